#include "serve/trace/trace.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace sealpost::trace {

namespace json = boost::json;

std::string_view format_stage(Stage stage)
{
    switch (stage) {
        case Stage::host_facts: return "host_facts";
        case Stage::host_access_table: return "host_access_table";
        case Stage::mail_flow_policy: return "mail_flow_policy";
        case Stage::envelope_sender: return "envelope_sender";
        case Stage::masquerade: return "masquerade";
        case Stage::recipient: return "recipient";
        case Stage::alias: return "alias";
        case Stage::authentication: return "authentication";
        case Stage::encryption: return "encryption";
        case Stage::route: return "route";
        case Stage::destination: break;
    }
    return "destination";
}

std::string_view format_word(Word word)
{
    switch (word) {
        case Word::ok: return "ok";
        case Word::refused: return "refused";
        case Word::undecided: return "undecided";
        case Word::skipped: break;
    }
    return "skipped";
}

std::string_view format_outcome(Outcome outcome)
{
    switch (outcome) {
        case Outcome::accepted: return "accepted";
        case Outcome::refused: return "refused";
        case Outcome::undecided: break;
    }
    return "undecided";
}

namespace {

json::object to_json(const Step& step)
{
    json::array facts;
    for (const auto& fact : step.facts) {
        json::object object{{"name", fact.name}, {"value", fact.value}};
        if (!fact.from.empty()) object["from"] = fact.from;
        facts.emplace_back(std::move(object));
    }
    json::object out{{"stage", format_stage(step.stage)},
                     {"title", step.title},
                     {"verdict", step.verdict},
                     {"result", format_word(step.word)},
                     {"facts", std::move(facts)}};
    if (!step.reply.empty()) out["reply"] = step.reply;
    return out;
}

std::string_view mark_of(Word word)
{
    switch (word) {
        case Word::ok: return "+ ";
        case Word::refused: return "x ";
        case Word::undecided: return "? ";
        case Word::skipped: break;
    }
    return "- ";
}

std::string format_facts(const std::vector<Fact>& facts, bool with_defaults)
{
    const auto is_shown = [with_defaults](const Fact& fact) { return with_defaults || fact.from != "default"; };
    std::size_t width = 0;
    std::size_t left_out = 0;
    for (const auto& fact : facts)
        if (is_shown(fact)) width = std::max(width, fact.name.size());
    std::string out;
    for (const auto& fact : facts) {
        if (!is_shown(fact)) ++left_out;
        if (!is_shown(fact)) continue;
        out += "    " + fact.name + std::string(width - fact.name.size() + 2, ' ') + fact.value;
        if (!fact.from.empty()) out += "  (" + fact.from + ')';
        out += '\n';
    }
    if (left_out != 0) out += "    and " + std::to_string(left_out) + " parameters at their defaults (--all)\n";
    return out;
}

}  // namespace

json::object to_json(const Report& report)
{
    json::array steps;
    for (const auto& step : report.steps) steps.emplace_back(to_json(step));
    json::array recipients;
    for (const auto& recipient : report.recipients) {
        json::object object{{"address", recipient.address}, {"outcome", format_outcome(recipient.outcome)}};
        if (recipient.is_discarded) object["discarded"] = true;
        if (!recipient.reply.empty()) object["reply"] = recipient.reply;
        recipients.emplace_back(std::move(object));
    }
    return {{"steps", std::move(steps)}, {"outcome", format_outcome(report.outcome)}, {"recipients", std::move(recipients)}};
}

std::string format_report(const Report& report, bool with_defaults)
{
    std::string out;
    for (const auto& step : report.steps) {
        out += std::string(mark_of(step.word)) + step.title + ": " + step.verdict + '\n';
        if (!step.reply.empty()) out += "    -> " + step.reply + '\n';
        out += format_facts(step.facts, with_defaults);
    }
    out += "\noutcome: " + std::string(format_outcome(report.outcome)) + '\n';
    for (const auto& recipient : report.recipients)
        out += "  " + recipient.address + "  " + std::string(format_outcome(recipient.outcome)) +
               (recipient.is_discarded ? ", and discarded" : "") + (recipient.reply.empty() ? "" : "  " + recipient.reply) + '\n';
    return out;
}

}  // namespace sealpost::trace
