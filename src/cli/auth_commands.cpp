#include "base/text.hpp"
#include "cli/answering.hpp"
#include "cli/context.hpp"
#include "cli/own_config.hpp"
#include "cli/policy_access.hpp"
#include "cli/stream_file.hpp"
#include "core/policy/authentication.hpp"
#include "serve/authcheck/auth_checker.hpp"
#include "sys/async/wait.hpp"
#include "sys/dns/verify_host.hpp"
#include "wire/mail/mailbox.hpp"

#include <boost/asio/ip/host_name.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <limits>

namespace sealpost::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t max_message_bytes = std::numeric_limits<std::int32_t>::max();  // more than any listener takes

struct AuthCheckFlags {
    std::string ip;
    std::string helo;
    std::string mail_from;
    std::string receiver;
    std::string listener;
    LookupFlags lookup{20};
};

// What the command was asked, checked.
struct Inquiry {
    authcheck::Sender sender;
    std::string receiver;
    std::string authserv_id;
    std::chrono::seconds timeout;
    std::string message;
    bool asks_policy = false;
    std::string listener;
};

struct Answer {
    authcheck::Report report;
    policy::ConnectionFacts host;
};

std::string own_host_name()
{
    boost::system::error_code error;
    auto name = boost::asio::ip::host_name(error);
    return error || name.empty() ? "localhost" : name;
}

Task<Answer> find_out(std::shared_ptr<dns::Resolver> resolver, const Clock& clock, Inquiry inquiry)
{
    Answer answer;
    auto host = co_await dns::verify_host(*resolver, inquiry.sender.ip, Deadline::after(inquiry.timeout));
    answer.host.listener = inquiry.listener;
    answer.host.ip = inquiry.sender.ip;
    authcheck::take_host(answer.host, host);
    inquiry.sender.iprev = authcheck::format_iprev(answer.host.host_state);
    authcheck::Options options;
    options.hostname = inquiry.receiver;
    options.query_limit = inquiry.timeout;
    options.time_limit = inquiry.timeout;
    const authcheck::AuthChecker checker(std::move(resolver), clock, std::move(options));
    auto spf = co_await checker.check_sender(inquiry.sender);
    const auto end = mail::find_end_of_head(inquiry.message).value_or(inquiry.message.size());
    auto check = checker.begin_message();
    check.append_head(mail::HeaderBlock::parse(std::string_view(inquiry.message).substr(0, end)).value());  // checked before
    check.append_body(std::string_view(inquiry.message).substr(end));
    auto report = co_await checker.check_message(std::move(check), inquiry.sender, std::move(spf), true);
    answer.report = std::move(report);
    co_return answer;
}

// --- the answer

json::object to_json(const spf::Report& report)
{
    return {{"result", spf::format_verdict(report.verdict)},
            {"domain", report.domain},
            {"mechanism", report.mechanism},
            {"explanation", report.explanation},
            {"problem", report.problem},
            {"lookups", report.lookups}};
}

json::array to_json(const std::vector<dkim::SignatureReport>& signatures)
{
    json::array out;
    for (const auto& signature : signatures)
        out.push_back(json::object{{"result", dkim::format_verdict(signature.verdict)},
                                   {"domain", signature.domain},
                                   {"selector", signature.selector},
                                   {"identity", signature.identity},
                                   {"algorithm", signature.algorithm},
                                   {"key_bits", signature.key_bits},
                                   {"testing", signature.testing},
                                   {"problem", signature.problem}});
    return out;
}

json::object to_json(const authcheck::DmarcReport& report)
{
    const auto& [author, discovery, verdict] = report.judgement;
    return {{"result", dmarc::format_outcome(verdict.outcome)},
            {"author_domain", author},
            {"domain", discovery.domain},
            {"record", discovery.text},
            {"spf_aligned", verdict.spf_aligned},
            {"dkim_aligned", verdict.dkim_aligned},
            {"requested", dmarc::format_policy(verdict.requested)},
            {"applied", dmarc::format_policy(verdict.applied)},
            {"problem", report.problem.empty() ? discovery.problem : report.problem}};
}

json::object to_json(const policy::AuthDecision& decision)
{
    json::array marks;
    for (const auto& mark : decision.marks) marks.emplace_back(mark);
    return {{"action", policy::format_auth_action(decision.action)},
            {"code", decision.code},
            {"enhanced_code", decision.enhanced_code},
            {"text", join(decision.lines, " ")},
            {"marks", std::move(marks)},
            {"overridden_by", decision.overridden_by}};
}

// The gateway's side: which policy the connection meets, and what it says about these results.
struct Consequence {
    policy::AuthDecision decision;
    json::object object;
};

Result<Consequence> ask_policy(const Context& context, const Inquiry& inquiry, const Answer& answer)
{
    Consequence out;
    policy::AuthParameters parameters;  // the built-in defaults
    bool is_judged = true;
    if (inquiry.asks_policy) {
        SEALPOST_TRY(const auto decider, find_decider(context.config_path));
        const auto verdict = decider.snapshot->decide_connection(answer.host);
        parameters = verdict.parameters->authentication;
        is_judged = verdict.behavior == policy::Behavior::accept;
        out.object = {{"sender_group", verdict.sender_group},
                      {"policy", verdict.policy},
                      {"behavior", policy::format_behavior(verdict.behavior)}};
    }
    if (is_judged) out.decision = policy::decide_authentication(parameters, authcheck::make_facts(answer.report));
    out.object["judged"] = is_judged;
    for (auto& member : to_json(out.decision)) out.object[member.key()] = std::move(member.value());
    return out;
}

bool could_not_tell(const authcheck::Report& report)
{
    const auto dmarc = report.dmarc->judgement.verdict.outcome;
    if (dmarc == dmarc::Outcome::pass) return false;
    return dmarc == dmarc::Outcome::temperror || report.spf->mail_from.verdict == spf::Verdict::temperror ||
           authcheck::find_best(report.message->signatures) == dkim::Verdict::temperror;
}

std::string unfolded(const std::string& field) { return mail::unfold(mail::HeaderBlock::parse(field).value().fields().front()); }

void tell(Context& context, const Inquiry& inquiry, const Answer& answer, const Consequence& consequence)
{
    const auto& report = answer.report;
    const auto results = authcheck::make_results(report, inquiry.authserv_id, consequence.decision.overridden_by);
    const auto received = authres::format_received_spf(authcheck::make_received_spf(report, inquiry.receiver));
    json::object object{{"iprev", report.sender.iprev}, {"spf", to_json(report.spf->mail_from)}};
    object["spf_helo"] = report.spf->helo ? json::value(to_json(*report.spf->helo)) : json::value(nullptr);
    object["dkim"] = to_json(report.message->signatures);
    const auto& chain = report.message->chain;
    object["arc"] = json::object{{"result", dkim::format_chain_verdict(chain.verdict)},
                                 {"instances", chain.instances},
                                 {"sealer", chain.sealer},
                                 {"problem", chain.problem}};
    object["dmarc"] = to_json(*report.dmarc);
    object["authentication_results"] = authres::format_value(results);
    object["received_spf"] = unfolded(received);
    object["decision"] = consequence.object;
    const auto& decision = consequence.decision;
    std::string text = authres::format_field(results) + received;
    text.erase(std::remove(text.begin(), text.end(), '\r'), text.end());
    text += "\naction  " + std::string(policy::format_auth_action(decision.action));
    if (decision.action >= policy::AuthAction::defer)
        text += "  " + std::to_string(decision.code) + ' ' + decision.enhanced_code + ' ' + join(decision.lines, " ");
    if (!decision.marks.empty()) text += "\nmarks   " + join(decision.marks, ", ");
    if (!decision.overridden_by.empty()) text += "\ntrusts  " + decision.overridden_by;
    context.answer(object, text);
    const bool is_deferred = decision.action == policy::AuthAction::defer;
    context.exit = decision.action == policy::AuthAction::reject ? Exit::no
                   : is_deferred || could_not_tell(report)       ? Exit::temporary
                                                                 : Exit::yes;
}

// --- the question

Result<Inquiry> read_inquiry(const Context& context, const AuthCheckFlags& flags)
{
    Inquiry inquiry;
    const auto ip = parse_ip(flags.ip);
    if (!ip) return Error{Fault::config, "--ip: not an IP address"};
    auto sender = mail::parse_path(flags.mail_from.starts_with('<') ? flags.mail_from : '<' + flags.mail_from + '>');
    if (!sender) return Error{Fault::config, "--mail-from: not an address; \"\" is the null sender: " + sender.error().text};
    inquiry.sender.ip = *ip;
    inquiry.sender.helo = flags.helo;
    if (!sender->empty()) inquiry.sender.mail_from = mail::format_mailbox(*sender);
    inquiry.receiver = flags.receiver.empty() ? own_host_name() : flags.receiver;
    inquiry.authserv_id = inquiry.receiver;
    inquiry.timeout = flags.lookup.timeout();
    inquiry.listener = flags.listener;
    inquiry.asks_policy = !flags.listener.empty();
    if (inquiry.asks_policy) {
        SEALPOST_TRY(const auto config, config::load_config(context.config_path));
        if (config.find_listener(flags.listener) == nullptr)
            return Error{Fault::config, "there is no listener \"" + flags.listener + "\" in " + context.config_path};
        if (flags.receiver.empty()) {
            inquiry.receiver = config.node.hostname;
            inquiry.authserv_id = config.node.authserv_id;
        }
    }
    SEALPOST_TRY(inquiry.message, read_message(max_message_bytes));
    const auto end = mail::find_end_of_head(inquiry.message).value_or(inquiry.message.size());
    const auto head = mail::HeaderBlock::parse(std::string_view(inquiry.message).substr(0, end));
    if (!head) return as_answer(head.error().in("the header of the message"));
    return inquiry;
}

Result<> check(Context& context, const AuthCheckFlags& flags)
{
    SEALPOST_TRY(const auto inquiry, read_inquiry(context, flags));
    SEALPOST_TRY(auto resolver, open_lookup_resolver(context, flags.lookup.resolver));
    const SystemClock clock;
    const auto answer = async::wait_here(find_out(std::move(resolver), clock, inquiry));
    SEALPOST_TRY(const auto consequence, ask_policy(context, inquiry, answer));
    tell(context, inquiry, answer, consequence);
    return {};
}

}  // namespace

void add_auth_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("auth", "Whether a message comes from whom it says (SPF, DKIM, ARC, DMARC)");
    group->require_subcommand(1);
    group->footer(
        "Example:\n  sealpost auth check --ip 192.0.2.1 --helo mx.partner.test --mail-from bob@partner.test < message.eml");
    auto flags = std::make_shared<AuthCheckFlags>();
    auto* command = group->add_subcommand("check", "What the gateway would find out about the message on standard input");
    command->add_option("--ip", flags->ip, "the address that it comes from")->required();
    command->add_option("--helo", flags->helo, "what the client calls itself")->required();
    command->add_option("--mail-from", flags->mail_from, "the envelope sender; \"\" for the null sender")->required();
    command->add_option("--receiver", flags->receiver,
                        "our name in the fields (default: this host, or the node's with --listener)");
    add_lookup_options(*command, flags->lookup, "for SPF, again for the keys of DKIM and ARC, and for DMARC");
    command->add_option("--listener", flags->listener, "ask the policy that this listener of the configured node would apply");
    command->footer(
        "Prints Authentication-Results and Received-SPF as they would be written, and what the policy would do: with\n"
        "--listener the node's own, otherwise the built-in defaults. Nothing is delivered.\n"
        "Exit status: 0 taken, 1 it would be rejected, 3 deferred, or could not tell.\n\n"
        "Examples:\n"
        "  sealpost auth check --ip 192.0.2.5 --helo mx.acme.example --mail-from carol@acme.example < message.eml\n"
        "  sealpost --format json auth check --ip 192.0.2.5 --helo x --mail-from \"\" --listener public < bounce.eml");
    command->callback(answering(context, check, flags));
}

}  // namespace sealpost::cli
