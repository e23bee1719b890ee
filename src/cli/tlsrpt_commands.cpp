// tlsrpt: reports about TLS (RFC 8460), those that this node sends and those that came in.
#include "base/text.hpp"
#include "cli/answering.hpp"
#include "cli/report_commands.hpp"
#include "cli/service_store.hpp"
#include "cli/stream_file.hpp"
#include "core/tlsreports/reports.hpp"
#include "serve/tlsreports/sender.hpp"
#include "wire/tlsrpt/report_mail.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace sealpost::cli {
namespace json = boost::json;

namespace {

using tlsreports::Period;
using tlsreports::Reports;
using tlsrpt::Report;

using Options = ReportOptions;

json::array to_json(const std::vector<std::string>& texts)
{
    json::array array;
    for (const auto& text : texts) array.push_back(json::string(text));
    return array;
}

// As RFC 8460 §4.4 names its members.
json::value to_json(const Report& report) { return json::parse(tlsrpt::format_json(report)); }

std::string describe_failure(const tlsrpt::Failure& failure)
{
    std::string text = pad_number(static_cast<std::int64_t>(failure.sessions), 10) + "  " + pad(failure.result, 28) +
                       pad(failure.receiving_host, 24) + failure.receiving_ip;
    if (!failure.receiving_helo.empty()) text += "  helo=" + failure.receiving_helo;
    if (!failure.sending_ip.empty()) text += "  from " + failure.sending_ip;
    for (const auto& more : {failure.reason, failure.information})
        if (!more.empty()) text += "  (" + more + ")";
    return text + "\n";
}

std::string describe(const Report& report)
{
    std::string text = "from     " + report.organisation + (report.contact.empty() ? "" : " <" + report.contact + ">") + "\n";
    text += "report   " + report.id + "\n";
    text += "time     " + format_minute(report.begin) + " to " + format_minute(report.end) + "\n";
    for (const auto& result : report.policies) {
        const auto& policy = result.policy;
        text += "\ndomain   " + policy.domain + "  policy " + std::string(tlsrpt::format_policy_type(policy.type)) + "\n";
        for (const auto& line : policy.lines) text += "         " + line + "\n";
        if (!policy.mx_patterns.empty()) text += "hosts    " + join(policy.mx_patterns, ", ") + "\n";
        text += "sessions " + std::to_string(result.succeeded) + " went well, " + std::to_string(result.failed) + " failed\n";
        for (const auto& failure : result.failures) text += describe_failure(failure);
    }
    return text;
}

Result<std::shared_ptr<Reports>> open_reports(const Context& context)
{
    SEALPOST_TRY(auto database, open_database(context));
    return Reports::open(std::move(database), system_clock(), log::Log::silent());
}

// --- what this node sends

json::object to_json(const Period& period)
{
    return {{"number", period.id.value()},   {"day", format_day(WallTime(period.day))},
            {"domain", period.domain},       {"state", tlsreports::format_state(period.state)},
            {"succeeded", period.succeeded}, {"failed", period.failed},
            {"omitted", period.omitted},     {"due_at", format_rfc3339(period.due_at)},
            {"attempts", period.attempts},   {"sent_to", to_json(period.done)},
            {"problem", period.told}};
}

std::string describe(const Period& period)
{
    return pad_number(period.id.value(), 6) + "  " + format_day(WallTime(period.day)) + "  " + pad(period.domain, 24) +
           pad_number(period.succeeded, 8) + " well" + pad_number(period.failed, 8) + " failed  " +
           pad(std::string(tlsreports::format_state(period.state)), 10) + pad(join(period.done, ", "), 0) + period.told + "\n";
}

Error find_nothing(std::int64_t number, std::string_view command)
{
    return {Fault::denied, "there is no report " + std::to_string(number) + "; `sealpost tlsrpt reports " + std::string(command) +
                               "` shows them"};
}

// As it left, or as it would now.
Result<> show_sent(Context& context, const Options& options)
{
    SEALPOST_TRY(const auto config, config::load_config(context.config_path));
    SEALPOST_TRY(const auto store, open_reports(context));
    const tlsreports::PeriodId id(options.number);
    SEALPOST_TRY(const auto period, wait_for(store->find_period(id)));
    if (!period) return find_nothing(options.number, "sent");
    SEALPOST_TRY(auto results, wait_for(store->load_results(id)));
    const tlsreports::Reporter reporter{config.tls_reports.organisation, config.tls_reports.contact, config.node.hostname};
    const Report report = tlsreports::make_report(reporter, *period, std::move(results));
    json::object object = to_json(*period);
    object["report"] = to_json(report);
    context.answer(object, describe(*period) + "\n" + describe(report));
    return {};
}

Result<> list_sent(Context& context, const Options& options)
{
    if (options.number > 0) return show_sent(context, options);
    SEALPOST_TRY(const auto store, open_reports(context));
    SEALPOST_TRY(const auto periods, wait_for(store->list_periods({options.domain, options.limit})));
    const auto make_line = [](const tlsreports::Period& period) { return Line{to_json(period), describe(period)}; };
    answer_list(context, "reports", periods, make_line, "nothing was counted for a report");
    return {};
}

// --- what came in

Result<> show(Context& context, const Options& options)
{
    SEALPOST_TRY(const auto store, open_reports(context));
    SEALPOST_TRY(const auto report, wait_for(store->load_received(tlsreports::ReceivedId(options.number))));
    if (!report) return find_nothing(options.number, "list");
    context.answer(to_json(*report), describe(*report));
    return {};
}

Result<> list_received(Context& context, const Options& options)
{
    SEALPOST_TRY(const auto store, open_reports(context));
    SEALPOST_TRY(const auto reports, wait_for(store->list_received({options.domain, options.limit})));
    const auto make_line = [](const auto& each) {
        return Line{json::object{{"number", each.id.value()},
                                 {"organisation", each.organisation},
                                 {"report_id", each.report_id},
                                 {"domains", to_json(each.domains)},
                                 {"sender", each.origin.sender},
                                 {"author", each.origin.author},
                                 {"begin", format_rfc3339(each.begin)},
                                 {"end", format_rfc3339(each.end)},
                                 {"received_at", format_rfc3339(each.received_at)},
                                 {"succeeded", each.succeeded},
                                 {"failed", each.failed}},
                    pad_number(each.id.value(), 6) + "  " + format_minute(each.begin) + "  " + pad(join(each.domains, ","), 24) +
                        pad_number(each.succeeded, 8) + " well" + pad_number(each.failed, 8) + " failed  " + each.organisation +
                        "\n"};
    };
    answer_list(context, "reports", reports, make_line, "no report has come");
    return {};
}

Result<> list_domains(Context& context, const Options& options)
{
    SEALPOST_TRY(const auto store, open_reports(context));
    SEALPOST_TRY(const auto domains, wait_for(store->summarise_domains(find_since(options.days), options.limit)));
    const auto make_line = [](const auto& each) {
        return Line{json::object{{"domain", each.domain},
                                 {"reports", each.reports},
                                 {"succeeded", each.succeeded},
                                 {"failed", each.failed},
                                 {"last_end", format_rfc3339(each.last_end)}},
                    pad(each.domain, 32) + pad_number(each.succeeded, 9) + " well" + pad_number(each.failed, 9) + " failed" +
                        pad_number(each.reports, 7) + " reports\n"};
    };
    answer_list(context, "domains", domains, make_line, "no report has come");
    return {};
}

Result<> list_failures(Context& context, const Options& options)
{
    SEALPOST_TRY(const auto store, open_reports(context));
    SEALPOST_TRY(const auto failures,
                 wait_for(store->summarise_failures(options.domain, find_since(options.days), options.limit)));
    const auto make_line = [](const auto& each) {
        return Line{json::object{{"result", each.result},
                                 {"receiving_host", each.receiving_host},
                                 {"sessions", each.sessions},
                                 {"reports", each.reports}},
                    pad_number(each.sessions, 9) + "  " + pad(each.result, 28) + pad(each.receiving_host, 32) +
                        pad_number(each.reports, 5) + " reports\n"};
    };
    answer_list(context, "failures", failures, make_line, "no report tells of a failure with " + options.domain + " in this time",
                {{"domain", ascii_lower(options.domain)}});
    return {};
}

// --- files

// A mail, or a report as it is attached to one.
Result<Report> read_report(const std::string& octets)
{
    const bool is_file = trim(octets).starts_with('{') || octets.starts_with("\xef\xbb\xbf") || octets.starts_with("\x1f\x8b") ||
                         octets.starts_with("PK");
    if (is_file) return tlsrpt::read_report(octets);
    auto received = tlsrpt::read_report_mail(octets);
    if (received.state == tlsrpt::ReceivedReport::State::report) return std::move(received.report);
    if (received.state == tlsrpt::ReceivedReport::State::broken) return Error{Fault::peer_broke_it, received.problem};
    return Error{Fault::peer_broke_it, "neither a report nor a mail that brings one"};
}

Result<> read(Context& context, const Options& options)
{
    SEALPOST_TRY(const std::string octets, read_report_file(options.file));
    auto report = read_report(octets);
    if (report.has_error()) return as_answer(report.error().in(options.file));
    json::object object = to_json(*report).as_object();
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

void add_read(CLI::App& group, Context& context)
{
    auto options = std::make_shared<Options>();
    auto* command =
        add_report_command(group, context, "read", "Print a report: JSON, gzip, or the mail that brings it", read, options);
    command->add_option("FILE", options->file, "\"-\" reads standard input")->required();
    command->add_flag("--save", options->save, "keep it in the store, too, as if it had come by mail");
    command->footer(
        "Exit status: 0 read, 1 it is no report.\n\nExample:\n"
        "  sealpost tlsrpt read 'example.org!acme.example!1795478400!1795564799.json.gz'");
}

// The same names as below `dmarc reports`.
void add_reports(CLI::App& group, Context& context)
{
    auto* parent = group.add_subcommand("reports", "Reports that came in, and those that this node sends");
    parent->require_subcommand(1);
    parent->footer("Works beside a running server.\n\nExample:\n  sealpost tlsrpt reports failures acme.example --days 7");
    auto options = std::make_shared<Options>();
    auto* command =
        add_report_command(*parent, context, "list", "Reports that came in, the newest first", list_received, options);
    command->add_option("--domain", options->domain, "only about this domain");
    add_limit(*command, *options);
    command->footer("Example:\n  sealpost tlsrpt reports list --domain acme.example");
    options = std::make_shared<Options>();
    command = add_report_command(*parent, context, "show", "One report that came in, whole", show, options);
    command->add_option("NUMBER", options->number, "as `list` names it")->required();
    command->footer("Example:\n  sealpost tlsrpt reports show 3");
    options = std::make_shared<Options>();
    command =
        add_report_command(*parent, context, "domains", "What came in: sessions summed up by domain", list_domains, options);
    add_days(*command, *options);
    add_limit(*command, *options);
    command->footer("Example:\n  sealpost tlsrpt reports domains --days 90");
    options = std::make_shared<Options>();
    command = add_report_command(*parent, context, "failures", "What failed on the way to DOMAIN, by kind and host",
                                 list_failures, options);
    command->add_option("DOMAIN", options->domain, "as the reports name it")->required();
    add_days(*command, *options);
    add_limit(*command, *options);
    command->footer("Example:\n  sealpost tlsrpt reports failures acme.example --days 7");
    options = std::make_shared<Options>();
    command = add_report_command(*parent, context, "sent", "Reports that this node owes, has sent or gave up; or one of them",
                                 list_sent, options);
    auto* number = command->add_option("NUMBER", options->number, "this one, as it left or would leave now");
    number->check(CLI::PositiveNumber);
    number->excludes(command->add_option("--domain", options->domain, "only about this domain"));
    number->excludes(add_limit(*command, *options));
    command->footer("Examples:\n  sealpost tlsrpt reports sent --domain partner.example\n  sealpost tlsrpt reports sent 7");
}

}  // namespace

void add_tlsrpt_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("tlsrpt", "Reports about TLS of deliveries (RFC 8460), sent and received");
    group->require_subcommand(1);
    group->footer(
        "Works beside a running server. [tls_reports] in the configuration says whether reports are sent and read.\n\n"
        "Example:\n  sealpost tlsrpt reports domains");
    add_read(*group, context);
    add_reports(*group, context);
}

}  // namespace sealpost::cli
