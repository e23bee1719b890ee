// The summary for programs, and for a terminal.
#include "core/traffic/summary.hpp"
#include "wire/mail/visible_text.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>

namespace sealpost::traffic {
namespace json = boost::json;
namespace {

// --- for programs

json::object to_json(const Figures& figures, bool with_connections)
{
    json::object out;
    if (with_connections) {
        out["connections"] = figures.connections;
        out["connections_refused"] = figures.connections_refused;
    }
    out["messages"] = figures.messages;
    out["messages_refused"] = figures.messages_refused;
    out["with_tls"] = figures.with_tls;
    out["spf_failed"] = figures.spf_failed;
    out["dkim_failed"] = figures.dkim_failed;
    out["dmarc_failed"] = figures.dmarc_failed;
    return out;
}

json::object to_json(const Known& known)
{
    return {{"count", known.count},
            {"oldest_at", known.count == 0 ? json::value(nullptr) : json::value(format_rfc3339(known.oldest))}};
}

json::value or_null(bool is_there, std::string_view text) { return is_there ? json::value(text) : json::value(nullptr); }

// --- for a terminal

// "10000 connections since 2026-11-22T08:15:30.123Z"
std::string format_known(const Known& known, const std::string& one)
{
    if (known.count == 0) return "no " + one;
    return std::to_string(known.count) + ' ' + one + (known.count == 1 ? "" : "s") + " since " + format_rfc3339(known.oldest);
}

bool reaches_back(const Known& known, WallTime since, std::size_t keep) { return known.count < keep || known.oldest <= since; }

std::string describe_known(const Summary& summary, std::size_t keep)
{
    const auto& since = summary.question.since;
    std::string out = "known: " + format_known(summary.connections, "connection") + ", " +
                      format_known(summary.messages, "message") + "; of each at most " + std::to_string(keep) +
                      " are kept ([traffic] keep)\n";
    const bool is_whole =
        !since || ((reaches_back(summary.connections, *since, keep) || !counts_connections(summary.question.by)) &&
                   reaches_back(summary.messages, *since, keep));
    if (!is_whole) out += "what came before is forgotten: not all since " + format_rfc3339(*since) + " is counted\n";
    return out;
}

// "-" of nothing. All and nothing are said of all and nothing only.
std::string format_percent(std::uint64_t part, std::uint64_t whole)
{
    if (whole == 0) return "-";
    const auto percent = part * 100 / whole;
    return std::to_string(part > 0 && percent == 0 ? 1 : percent) + '%';
}

struct Column {
    std::string_view title;
    std::size_t width;
    bool is_of_connections;
    std::string (*format)(const Figures&);
};

const std::array<Column, 8> columns{{
    {"connections", 11, true, [](const Figures& of) { return std::to_string(of.connections); }},
    {"refused", 7, true, [](const Figures& of) { return std::to_string(of.connections_refused); }},
    {"messages", 8, false, [](const Figures& of) { return std::to_string(of.messages); }},
    {"refused", 7, false, [](const Figures& of) { return std::to_string(of.messages_refused); }},
    {"with TLS", 8, false, [](const Figures& of) { return format_percent(of.with_tls, of.messages); }},
    {"failed SPF", 10, false, [](const Figures& of) { return std::to_string(of.spf_failed); }},
    {"DKIM", 6, false, [](const Figures& of) { return std::to_string(of.dkim_failed); }},
    {"DMARC", 6, false, [](const Figures& of) { return std::to_string(of.dmarc_failed); }},
}};

// Of the titles without figures.
std::string format_row(const Figures* figures, const std::string& name, bool with_connections)
{
    std::string row;
    for (const auto& column : columns) {
        if (column.is_of_connections && !with_connections) continue;
        const auto cell = figures == nullptr ? std::string(column.title) : column.format(*figures);
        row += std::string(column.width - std::min(column.width, cell.size()), ' ') + cell + "  ";
    }
    return row + name + '\n';
}

std::string format_table(const Summary& summary)
{
    const bool with_connections = counts_connections(summary.question.by);
    std::string out = format_row(nullptr, std::string(format_subject(summary.question.by)), with_connections);
    for (const auto& row : summary.rows) out += format_row(&row.figures, mail::show_line(row.name), with_connections);
    if (summary.other_rows > 0)
        out += format_row(&summary.others, '(' + std::to_string(summary.other_rows) + " more)", with_connections);
    return out + format_row(&summary.all, "all", with_connections);
}

}  // namespace

json::object to_json(const Summary& summary, std::size_t keep)
{
    const auto& question = summary.question;
    const bool with_connections = counts_connections(question.by);
    json::array rows;
    for (const auto& row : summary.rows) {
        json::object object = to_json(row.figures, with_connections);
        object["name"] = row.name;
        rows.emplace_back(std::move(object));
    }
    json::object others = to_json(summary.others, with_connections);
    others["rows"] = summary.other_rows;
    json::object known{{"keep", keep}, {"connections", to_json(summary.connections)}, {"messages", to_json(summary.messages)}};
    return {{"by", format_subject(question.by)},
            {"listener", or_null(!question.listener.empty(), question.listener)},
            {"since", question.since ? json::value(format_rfc3339(*question.since)) : json::value(nullptr)},
            {"only", or_null(question.only.has_value(), question.only ? format_concern(*question.only) : "")},
            {"known", std::move(known)},
            {"all", to_json(summary.all, with_connections)},
            {"rows", std::move(rows)},
            {"others", std::move(others)}};
}

std::string format_summary(const Summary& summary, std::size_t keep)
{
    if (summary.connections.count + summary.messages.count == 0)
        return keep == 0 ? "nothing is kept: [traffic] keep is 0\n" : "no connection and no message is known yet\n";
    return describe_known(summary, keep) + '\n' + format_table(summary);
}

}  // namespace sealpost::traffic
