// dmarc read, dmarc reports: aggregate reports in files and in the store.
#include "base/text.hpp"
#include "cli/answering.hpp"
#include "cli/context.hpp"
#include "cli/dmarc_reports.hpp"
#include "cli/report_commands.hpp"
#include "cli/service_store.hpp"
#include "cli/stream_file.hpp"
#include "core/dmarcreports/reports.hpp"
#include "wire/archive/archive.hpp"
#include "wire/dmarc/report_mail.hpp"

#include <boost/json.hpp>

namespace sealpost::cli {
namespace json = boost::json;

namespace {

using dmarcreports::Reports;

using Options = ReportOptions;

std::string describe_row(const dmarc::ReportRow& row)
{
    std::string text = pad_number(static_cast<std::int64_t>(row.count), 8) + "  " + pad(format_ip(row.source), 24) +
                       pad(row.header_from, 24) + (row.dkim_aligned ? "dkim=pass " : "dkim=fail ") +
                       (row.spf_aligned ? "spf=pass " : "spf=fail ") + std::string(dmarc::format_policy(row.disposition));
    for (const auto& dkim : row.dkim) text += "  [dkim " + dkim.domain + " " + dkim.result + "]";
    for (const auto& spf : row.spf) text += "  [spf " + spf.domain + " " + spf.result + "]";
    for (const auto& reason : row.reasons)
        text += "  (" + reason.type + (reason.comment.empty() ? "" : ": " + reason.comment) + ")";
    return text + "\n";
}

// --- dmarc read

// A mail, or a report as it is attached to one.
Result<dmarc::AggregateReport> read_report(const std::string& octets)
{
    const bool is_xml = trim(octets).starts_with('<') || octets.starts_with("\xef\xbb\xbf") || octets.starts_with("\xff\xfe") ||
                        octets.starts_with("\xfe\xff");
    if (is_xml || octets.starts_with("\x1f\x8b") || octets.starts_with("PK")) {
        SEALPOST_TRY(const std::string xml, archive::unpack(octets, dmarc::ReportLimits{}.max_xml_bytes));
        return dmarc::parse_xml(xml);
    }
    auto received = dmarc::read_report_mail(octets);
    if (received.state == dmarc::ReceivedReport::State::report) return std::move(received.report);
    if (received.state == dmarc::ReceivedReport::State::broken) return Error{Fault::peer_broke_it, received.problem};
    return Error{Fault::peer_broke_it, "neither a report nor a mail that brings one"};
}

Result<std::shared_ptr<Reports>> open_reports(const Context& context)
{
    SEALPOST_TRY(auto database, open_database(context));
    return Reports::open(std::move(database), system_clock(), log::Log::silent());
}

Result<> read(Context& context, const Options& options)
{
    SEALPOST_TRY(const std::string octets, read_report_file(options.file));
    auto report = read_report(octets);
    if (report.has_error()) return as_answer(report.error().in(options.file));
    auto object = to_json(*report);
    std::string text = describe(*report);
    if (options.save) {
        SEALPOST_TRY(const auto store, open_reports(context));
        SEALPOST_TRY(const bool is_new, wait_for(store->keep(std::move(*report), {})));
        object["saved"] = is_new;
        text += is_new ? "\nkept in the store\n" : "\nthe store knows it already\n";
    }
    context.answer(object, text);
    return {};
}

// --- dmarc reports

Result<> list_received(Context& context, const Options& options)
{
    SEALPOST_TRY(const auto store, open_reports(context));
    SEALPOST_TRY(const auto list, wait_for(store->list_received({options.domain, options.limit})));
    const auto make_line = [](const auto& each) {
        return Line{json::object{{"number", each.id.value()},
                                 {"organisation", each.organisation},
                                 {"report_id", each.report_id},
                                 {"domain", each.policy.domain},
                                 {"sender", each.origin.sender},
                                 {"author", each.origin.author},
                                 {"begin", format_rfc3339(each.begin)},
                                 {"end", format_rfc3339(each.end)},
                                 {"received_at", format_rfc3339(each.received_at)},
                                 {"records", each.rows},
                                 {"messages", each.messages},
                                 {"passed", each.passed}},
                    pad_number(each.id.value(), 6) + "  " + format_minute(each.begin) + "  " + pad(each.policy.domain, 24) +
                        pad_number(each.messages, 8) + " messages" + pad_number(each.passed, 8) + " passed  " +
                        each.organisation + "\n"};
    };
    answer_list(context, "reports", list, make_line, "no report has come");
    return {};
}

Result<> list_sent(Context& context, const Options& options)
{
    SEALPOST_TRY(const auto store, open_reports(context));
    SEALPOST_TRY(const auto list, wait_for(store->list_periods({options.domain, options.limit})));
    const auto make_line = [](const auto& each) {
        json::array addresses;
        for (const auto& address : each.addresses) addresses.push_back(json::string(address.address));
        return Line{json::object{{"number", each.id.value()},
                                 {"day", format_day(WallTime(each.day))},
                                 {"domain", each.policy.domain},
                                 {"policy", to_json(each.policy)},
                                 {"addresses", std::move(addresses)},
                                 {"state", dmarcreports::format_state(each.state)},
                                 {"records", each.rows},
                                 {"messages", each.messages},
                                 {"omitted", each.omitted},
                                 {"due_at", format_rfc3339(each.due_at)},
                                 {"attempts", each.attempts},
                                 {"told", each.told}},
                    pad_number(each.id.value(), 6) + "  " + format_day(WallTime(each.day)) + "  " + pad(each.policy.domain, 24) +
                        pad_number(each.messages, 8) + " messages  " +
                        pad(std::string(dmarcreports::format_state(each.state)), 10) + each.told + "\n"};
    };
    answer_list(context, "reports", list, make_line, "nothing was counted for a report");
    return {};
}

Result<> show(Context& context, const Options& options)
{
    SEALPOST_TRY(const auto store, open_reports(context));
    SEALPOST_TRY(const auto report, wait_for(store->load_received(dmarcreports::ReceivedId(options.number))));
    if (!report)
        return Error{Fault::denied,
                     "there is no report " + std::to_string(options.number) + "; `sealpost dmarc reports list` shows them"};
    context.answer(to_json(*report), describe(*report));
    return {};
}

Result<> list_domains(Context& context, const Options& options)
{
    SEALPOST_TRY(const auto store, open_reports(context));
    SEALPOST_TRY(const auto list, wait_for(store->summarise_domains(find_since(options.days))));
    const auto make_line = [](const auto& each) {
        return Line{json::object{{"domain", each.domain},
                                 {"reports", each.reports},
                                 {"messages", each.messages},
                                 {"passed", each.passed},
                                 {"last_end", format_rfc3339(each.last_end)}},
                    pad(each.domain, 32) + pad_number(each.messages, 9) + " messages" + pad_number(each.passed, 9) + " passed" +
                        pad_number(each.reports, 7) + " reports\n"};
    };
    answer_list(context, "domains", list, make_line, "no report has come");
    return {};
}

Result<> list_sources(Context& context, const Options& options)
{
    SEALPOST_TRY(const auto store, open_reports(context));
    SEALPOST_TRY(const auto list, wait_for(store->summarise_sources(options.domain, find_since(options.days), options.limit)));
    json::array array;
    std::string text = pad("source", 40) + " messages   passed     dkim      spf quarantined rejected\n";
    for (const auto& each : list) {
        array.push_back(json::object{{"source_ip", each.source},
                                     {"messages", each.messages},
                                     {"passed", each.passed},
                                     {"failed", each.messages - each.passed},
                                     {"dkim_aligned", each.dkim},
                                     {"spf_aligned", each.spf},
                                     {"quarantined", each.quarantined},
                                     {"rejected", each.rejected},
                                     {"reports", each.reports}});
        text += pad(each.source, 40) + pad_number(each.messages, 9) + pad_number(each.passed, 9) + pad_number(each.dkim, 9) +
                pad_number(each.spf, 9) + pad_number(each.quarantined, 12) + pad_number(each.rejected, 9) + "\n";
    }
    context.answer(json::object{{"domain", options.domain}, {"sources", std::move(array)}},
                   list.empty() ? "no report about " + options.domain + " has come in this time" : text);
    if (list.empty()) context.exit = Exit::no;
    return {};
}

void add_reports(CLI::App& group, Context& context)
{
    auto* parent = group.add_subcommand("reports", "Aggregate reports that came in, and those that this node sends");
    parent->require_subcommand(1);
    parent->footer("Works beside a running server.\n\nExample:\n  sealpost dmarc reports sources acme.example --days 7");
    auto options = std::make_shared<Options>();
    auto* command =
        add_report_command(*parent, context, "list", "Reports that came in, the newest first", list_received, options);
    command->add_option("--domain", options->domain, "only about this domain");
    add_limit(*command, *options);
    command->footer("Example:\n  sealpost dmarc reports list --domain acme.example");
    options = std::make_shared<Options>();
    command = add_report_command(*parent, context, "show", "One report that came in, with every record", show, options);
    command->add_option("NUMBER", options->number, "as `list` names it")->required();
    command->footer("Example:\n  sealpost dmarc reports show 12");
    options = std::make_shared<Options>();
    command = add_report_command(*parent, context, "domains", "What came in, summed up by domain", list_domains, options);
    add_days(*command, *options);
    command->footer("Example:\n  sealpost dmarc reports domains --days 90");
    options = std::make_shared<Options>();
    command =
        add_report_command(*parent, context, "sources",
                           "Who sends in the name of DOMAIN: by address, with what passed and failed", list_sources, options);
    command->add_option("DOMAIN", options->domain, "as the reports name it")->required();
    add_days(*command, *options);
    add_limit(*command, *options);
    command->footer("Example:\n  sealpost dmarc reports sources acme.example --days 7");
    options = std::make_shared<Options>();
    command =
        add_report_command(*parent, context, "sent", "Reports that this node owes, has sent or gave up", list_sent, options);
    command->add_option("--domain", options->domain, "only about this domain");
    add_limit(*command, *options);
    command->footer("Example:\n  sealpost --format json dmarc reports sent");
}

}  // namespace

json::object to_json(const dmarc::ReportRow& row)
{
    json::array reasons, dkim, spf;
    for (const auto& each : row.reasons) reasons.push_back(json::object{{"type", each.type}, {"comment", each.comment}});
    for (const auto& each : row.dkim)
        dkim.push_back(json::object{
            {"domain", each.domain}, {"selector", each.selector}, {"result", each.result}, {"human_result", each.human_result}});
    for (const auto& each : row.spf)
        spf.push_back(json::object{{"domain", each.domain}, {"scope", each.scope}, {"result", each.result}});
    return {{"source_ip", format_ip(row.source)},
            {"count", row.count},
            {"disposition", dmarc::format_policy(row.disposition)},
            {"dkim_aligned", row.dkim_aligned},
            {"spf_aligned", row.spf_aligned},
            {"reasons", std::move(reasons)},
            {"header_from", row.header_from},
            {"envelope_from", row.envelope_from},
            {"envelope_to", row.envelope_to},
            {"dkim", std::move(dkim)},
            {"spf", std::move(spf)}};
}

json::object to_json(const dmarc::PolicyPublished& policy)
{
    const auto letter = [](dmarc::Alignment alignment) { return alignment == dmarc::Alignment::strict ? "s" : "r"; };
    return {{"domain", policy.domain},
            {"p", dmarc::format_policy(policy.policy)},
            {"sp", dmarc::format_policy(policy.subdomain_policy)},
            {"adkim", letter(policy.dkim_alignment)},
            {"aspf", letter(policy.spf_alignment)},
            {"pct", policy.percent},
            {"fo", policy.failure_options}};
}

json::object to_json(const dmarc::AggregateReport& report)
{
    json::array records, errors;
    for (const auto& row : report.rows) records.push_back(to_json(row));
    for (const auto& error : report.errors) errors.push_back(json::string(error));
    return {{"organisation", report.organisation},
            {"email", report.email},
            {"contact", report.contact},
            {"report_id", report.id},
            {"begin", format_rfc3339(report.begin)},
            {"end", format_rfc3339(report.end)},
            {"errors", std::move(errors)},
            {"policy", to_json(report.policy)},
            {"records", std::move(records)}};
}

std::string describe(const dmarc::AggregateReport& report)
{
    const auto letter = [](dmarc::Alignment alignment) { return alignment == dmarc::Alignment::strict ? "s" : "r"; };
    const auto& policy = report.policy;
    std::string text = "from     " + report.organisation + (report.email.empty() ? "" : " <" + report.email + ">") + "\n";
    text += "report   " + report.id + "\n";
    text += "time     " + format_minute(report.begin) + " to " + format_minute(report.end) + "\n";
    text += "domain   " + policy.domain + "  p=" + std::string(dmarc::format_policy(policy.policy)) +
            " sp=" + std::string(dmarc::format_policy(policy.subdomain_policy)) + " adkim=" + letter(policy.dkim_alignment) +
            " aspf=" + letter(policy.spf_alignment) + " pct=" + std::to_string(policy.percent) + "\n";
    for (const auto& error : report.errors) text += "error    " + error + "\n";
    text += "\n";
    for (const auto& row : report.rows) text += describe_row(row);
    return text;
}

void add_dmarc_report_commands(CLI::App& group, Context& context)
{
    auto options = std::make_shared<Options>();
    auto* command = add_report_command(group, context, "read",
                                       "Print an aggregate report: XML, gzip, zip, or the mail that brings it", read, options);
    command->add_option("FILE", options->file, "\"-\" reads standard input")->required();
    command->add_flag("--save", options->save, "keep it in the store, too, as if it had come by mail");
    command->footer(
        "Exit status: 0 read, 1 it is no report.\n\nExamples:\n"
        "  sealpost dmarc read 'example.org!acme.example!1795478400!1795564799.xml.gz'\n"
        "  sealpost --format json dmarc read --save report.zip");
    add_reports(group, context);
}

}  // namespace sealpost::cli
