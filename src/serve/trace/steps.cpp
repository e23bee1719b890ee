#include "serve/trace/steps.hpp"

#include "base/text.hpp"
#include "core/policy/host_facts.hpp"
#include "wire/mail/mailbox.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace sealpost::trace {
namespace {

using policy::Ruling;

constexpr std::size_t max_alias_facts = 20;

std::string yes_no(bool flag) { return flag ? "yes" : "no"; }

// A JSON literal as people read it: "required" without its quotes.
std::string read_literal(const std::string& literal)
{
    boost::system::error_code broken;
    const auto value = boost::json::parse(literal, broken);
    return !broken && value.is_string() ? std::string(value.get_string()) : literal;
}

Word word_of(const Ruling& ruling)
{
    switch (find_outcome(ruling)) {
        case Outcome::accepted: return Word::ok;
        case Outcome::undecided: return Word::undecided;
        case Outcome::refused: break;
    }
    return Word::refused;
}

Step make_step(Stage stage, std::string title, const Ruling& ruling, std::string accepted)
{
    Step step;
    step.stage = stage;
    step.title = std::move(title);
    step.word = word_of(ruling);
    step.verdict = ruling.is_refusal() ? std::string(policy::format_cause(ruling.cause)) : std::move(accepted);
    step.reply = format_reply(ruling);
    return step;
}

void add(Step& step, std::string name, std::string value, std::string from = {})
{
    step.facts.push_back({std::move(name), std::move(value), std::move(from)});
}

void add_if(Step& step, std::string name, std::string value, std::string from = {})
{
    if (!value.empty()) add(step, std::move(name), std::move(value), std::move(from));
}

std::string_view describe_state(policy::HostState state)
{
    switch (state) {
        case policy::HostState::verified: return "verified";
        case policy::HostState::none: return "no PTR record";
        case policy::HostState::temporary: return "the lookup fails for the moment";
        case policy::HostState::mismatch: break;
    }
    return "the PTR does not lead back to the address";
}

std::string format_duration(std::chrono::seconds time)
{
    if (time.count() == 0) return "never";
    if (time.count() % 86400 == 0) return std::to_string(time.count() / 86400) + "d";
    if (time.count() % 3600 == 0) return std::to_string(time.count() / 3600) + "h";
    if (time.count() % 60 == 0) return std::to_string(time.count() / 60) + "m";
    return std::to_string(time.count()) + "s";
}

std::string format_hosts(const policy::Route& route)
{
    std::vector<std::string> hosts;
    for (const auto& host : route.hosts)
        hosts.push_back(host.host + ':' + std::to_string(host.port) + " (priority " + std::to_string(host.priority) + ')');
    return join(hosts, ", ");
}

std::string format_row(const std::string& domain, int line)
{
    return line == 0 ? "default" : "row " + domain + ", line " + std::to_string(line);
}

void add_spf(Step& step, const spf::Report& report, const char* name)
{
    std::string value(spf::format_verdict(report.verdict));
    if (!report.mechanism.empty()) value += " by " + report.mechanism;
    add(step, name, value, "record of " + report.domain);
}

std::string format_reputation(const policy::ConnectionFacts& facts)
{
    return facts.reputation ? policy::format_score(policy::round_score(*facts.reputation)) : "none";
}

bool has_list(const policy::ConnectionFacts& facts, const std::string& zone)
{
    return std::find(facts.dns_lists.begin(), facts.dns_lists.end(), zone) != facts.dns_lists.end();
}

std::string title_of(const hostfacts::Finding& question)
{
    if (!question.subject) return "DNS list " + question.source;
    return *question.subject == hostfacts::Subject::country ? "Country" : "Reputation";
}

// As what the answer counts in the table.
std::string find_weight(const hostfacts::Finding& question, const policy::ConnectionFacts& facts)
{
    if (!question.subject) return has_list(facts, question.source) ? "listed" : "not listed";
    if (*question.subject == hostfacts::Subject::reputation) return format_reputation(facts);
    return facts.country.empty() ? "not known" : facts.country;
}

// Why nothing came.
std::string find_problem(const hostfacts::Finding& question)
{
    using hostfacts::Told;
    if (question.told == Told::not_asked) return "DNS was not to be asked";
    if (question.told == Told::no_source)
        return "the configuration has no [" + std::string(hostfacts::format_subject(question.subject.value())) + ']';
    return question.problem;
}

Word word_of(hostfacts::Told told)
{
    using hostfacts::Told;
    if (told == Told::failed || told == Told::senseless) return Word::undecided;
    return told == Told::not_asked || told == Told::no_source ? Word::skipped : Word::ok;
}

std::string verdict_of(hostfacts::Told told, const std::string& weight)
{
    using hostfacts::Told;
    switch (told) {
        case Told::failed: return "cannot be asked for the moment: counts as " + weight;
        case Told::senseless: return "the answer makes no sense: counts as " + weight;
        case Told::not_asked:
        case Told::no_source: return "not asked: counts as " + weight;
        case Told::found:
        case Told::not_found:
        case Told::given: break;
    }
    return weight;
}

}  // namespace

Outcome find_outcome(const Ruling& ruling)
{
    if (!ruling.is_refusal()) return Outcome::accepted;
    const bool comes_again = ruling.code >= 400 && ruling.code < 500;
    const bool hangs_on_dns = ruling.cause == policy::Cause::undecided || ruling.cause == policy::Cause::sender_not_authentic ||
                              ruling.cause == policy::Cause::sender_unresolved;
    return comes_again && hangs_on_dns ? Outcome::undecided : Outcome::refused;
}

std::string format_reply(const Ruling& ruling)
{
    if (!ruling.is_refusal()) return "";
    if (ruling.code == 0) return "connection reset";
    return std::to_string(ruling.code) + ' ' + ruling.enhanced_code + ' ' + ruling.text;
}

Step describe_question(const hostfacts::Finding& question, const policy::ConnectionFacts& facts)
{
    const auto weight = find_weight(question, facts);
    const bool is_given = question.told == hostfacts::Told::given;
    const std::string from = is_given ? "given" : question.asked.empty() ? "file" : "DNS";
    Step step;
    step.stage = Stage::host_facts;
    step.title = title_of(question);
    step.word = word_of(question.told);
    step.verdict = verdict_of(question.told, weight);
    if (!is_given || !question.subject) add_if(step, "source", question.source);
    add_if(step, "asked", question.asked);
    add_if(step, "answer", question.answer, from);
    add_if(step, "problem", find_problem(question));
    add(step, "counts_as", weight, is_given ? from : "");
    return step;
}

Step describe_host(const policy::ConnectionFacts& facts, const policy::ConnectionVerdict& verdict, std::string name_from)
{
    Step step;
    step.stage = Stage::host_access_table;
    step.title = "Host access table of " + facts.listener;
    step.word = verdict.undecided ? Word::undecided : Word::ok;
    step.verdict = verdict.undecided
                       ? "undecided: " + verdict.undecided_group + " could match, and the name is not known for the moment"
                       : "sender group " + verdict.sender_group;
    add(step, "ip", format_ip(facts.ip));
    add(step, "host", facts.host_state == policy::HostState::verified ? facts.host : "none", name_from);
    add_if(step, "other_hosts", join(facts.other_hosts, ", "));
    add(step, "host_state", std::string(describe_state(facts.host_state)), std::move(name_from));
    add_if(step, "open_hosts", join(facts.open_hosts, ", "));
    add_if(step, "listed", join(facts.dns_lists, ", "));
    add_if(step, "country", facts.country);
    if (facts.reputation) add(step, "reputation", format_reputation(facts));
    add(step, "sender_group",
        verdict.sender_group + (verdict.order == 0 ? " (last)" : " (order " + std::to_string(verdict.order) + ')'));
    add(step, "matched", verdict.matched);
    add_if(step, "continued", join(verdict.passed_groups, ", "));
    return step;
}

Step describe_policy(const policy::ConnectionVerdict& verdict, const Ruling& ruling)
{
    auto step = make_step(Stage::mail_flow_policy, "Mail flow policy " + verdict.policy, ruling,
                          std::string(policy::format_behavior(verdict.behavior)));
    add(step, "behavior", std::string(policy::format_behavior(verdict.behavior)), "policy");
    for (const auto& parameter : *verdict.origins) add(step, parameter.name, read_literal(parameter.value), parameter.from);
    return step;
}

Step describe_sender(const policy::TransactionFacts& facts, const std::string& sender, bool asks_domain, const Ruling& ruling)
{
    auto step = make_step(Stage::envelope_sender, "Envelope sender", ruling, "accepted");
    add(step, "mail_from", facts.sender.empty() ? "<>" : facts.sender);
    if (sender != facts.sender) add(step, "asked_as", sender, "default domain");
    if (asks_domain) add(step, "sender_domain", std::string(policy::format_sender_domain(facts.sender_domain)), "DNS");
    add(step, "tls", yes_no(facts.inside_tls));
    add(step, "signed_in", yes_no(facts.signed_in));
    add(step, "size", std::to_string(facts.declared_size));
    add_if(step, "matched", ruling.matched);
    return step;
}

Step describe_masquerade(const std::string& sender, const std::string& as)
{
    Step step;
    step.stage = Stage::masquerade;
    step.title = "Masquerading of " + sender;
    step.verdict = "sent as " + as;
    add(step, "mail_from", as, "masquerade");
    return step;
}

Step describe_alias(const std::string& address, const policy::Expansion& expansion)
{
    Step step;
    step.stage = Stage::alias;
    step.title = "Alias " + address;
    step.verdict = expansion.recipients.empty() ? "stands for nobody: the mail is dropped"
                                                : "stands for " + std::to_string(expansion.recipients.size());
    add(step, "matched", expansion.matched);
    for (std::size_t i = 0; i < std::min(expansion.recipients.size(), max_alias_facts); ++i)
        add(step, "recipient", expansion.recipients[i], "alias " + expansion.matched);
    return step;
}

Step describe_recipient(const std::string& address, const std::string& asked, bool hangs_on_tag, const Ruling& ruling)
{
    auto step = make_step(Stage::recipient, "Recipient " + address, ruling, "accepted");
    if (asked != address) add(step, "asked_as", asked, "domain map or default domain");
    if (hangs_on_tag) add(step, "bounce_verification", "not asked");
    add_if(step, "matched", ruling.matched);
    return step;
}

Step describe_authentication(const authcheck::Report& report, const Ruling& ruling)
{
    auto step = make_step(Stage::authentication, "Sender authentication", ruling,
                          ruling.matched.empty() ? "accepted" : "accepted, marked " + ruling.matched);
    if (report.spf) add_spf(step, report.spf->mail_from, "spf");
    if (report.spf && report.spf->helo) add_spf(step, *report.spf->helo, "spf_helo");
    if (report.message) {
        add(step, "dkim", std::string(dkim::format_verdict(authcheck::find_best(report.message->signatures))));
        for (const auto& signature : report.message->signatures)
            add(step, "signature", std::string(dkim::format_verdict(signature.verdict)),
                signature.selector + "._domainkey." + signature.domain);
        add(step, "arc", std::string(dkim::format_chain_verdict(report.message->chain.verdict)));
    }
    if (!report.dmarc) return step;
    const auto& judgement = report.dmarc->judgement;
    add(step, "dmarc", report.dmarc->has_bad_from ? "bad From" : std::string(dmarc::format_outcome(judgement.verdict.outcome)),
        judgement.discovery.domain.empty() ? "" : "record of " + judgement.discovery.domain);
    add(step, "dmarc_requested", std::string(dmarc::format_policy(judgement.verdict.requested)));
    return step;
}

Step skip_authentication(std::string why)
{
    Step step;
    step.stage = Stage::authentication;
    step.title = "Sender authentication";
    step.word = Word::skipped;
    step.verdict = std::move(why);
    return step;
}

// Of a key that no profile ends, too.
std::string format_life(std::chrono::seconds life) { return life.count() == 0 ? "ten years" : format_duration(life); }

Step describe_encryption(const std::string& address, const policy::EncryptionDecision& decision)
{
    Step step;
    step.stage = Stage::encryption;
    step.title = "Encryption for " + address;
    step.verdict = policy::format_seal_action(decision.action);
    add(step, "action", std::string(policy::format_seal_action(decision.action)), decision.action_from);
    for (const auto& note : decision.notes) add(step, "note", note);
    if (decision.action == policy::SealAction::clear) return step;
    const auto& profile = decision.profile;
    const auto from = [&](const std::string& setting) {
        for (const auto& [name, origin] : decision.changed_by)
            if (name == setting) return origin;
        return "profile " + profile.name;
    };
    add(step, "profile", profile.name, decision.profile_from);
    add(step, "assurance", std::string(policy::format_assurance(profile.assurance)), from("assurance"));
    add(step, "expires_after", decision.expires_at_text.value_or(format_life(profile.expires_after)), from("expires_after"));
    add(step, "delivery", std::string(policy::format_envelope_delivery(profile.delivery)), from("delivery"));
    add(step, "reply", yes_no(profile.reply), from("reply"));
    add(step, "reply_all", yes_no(profile.reply_all), from("reply_all"));
    add(step, "forward", yes_no(profile.forward), from("forward"));
    add(step, "receipt", yes_no(profile.receipt), from("receipt"));
    add(step, "language", profile.language, from("language"));
    if (decision.subject) add(step, "subject", "its tag is taken out", decision.action_from);
    return step;
}

Step describe_route(const std::string& address, const policy::Route* route)
{
    Step step;
    step.stage = Stage::route;
    step.title = "Route for " + address;
    if (route == nullptr) {
        step.verdict = "by DNS";
        add(step, "hosts", "the MX records of " + mail::domain_of(address), "default");
        return step;
    }
    const auto from = format_row(route->domain, route->line);
    step.verdict = route->kind == policy::Route::Kind::discard ? "discarded" : "by " + from;
    add(step, "hosts", route->kind == policy::Route::Kind::discard ? "/dev/null" : format_hosts(*route), from);
    add_if(step, "login", route->login, from);
    return step;
}

Step describe_destination(const std::string& address, const policy::Destination& destination,
                          const policy::BounceProfile& bounces, std::string bounces_from)
{
    Step step;
    step.stage = Stage::destination;
    step.title = "Destination of " + address;
    const auto from = format_row(destination.domain, destination.line);
    const auto limit = [](unsigned number) { return number == 0 ? std::string("no limit") : std::to_string(number); };
    step.verdict = from;
    add(step, "tls", std::string(policy::format_tls_level(destination.tls)), from);
    add(step, "family", std::string(policy::format_address_family(destination.family)), from);
    add(step, "max_connections", limit(destination.max_connections), from);
    add(step, "max_messages_per_connection", limit(destination.max_messages_per_connection), from);
    add(step, "max_recipients", limit(destination.max_recipients), from);
    add(step, "recipient_minutes", std::to_string(destination.recipient_minutes), from);
    add(step, "tag_sender", yes_no(destination.tag_sender), from);
    add(step, "suspended", yes_no(destination.is_suspended), from);
    add(step, "bounce_profile", bounces.name, std::move(bounces_from));
    if (bounces.line == 0) {  // nobody wrote it: its times are the node's
        add(step, "max_age", "delivery.expire_after", "sealpost.toml");
    } else {
        add(step, "max_age", format_duration(bounces.max_age), "bounce profile " + bounces.name);
        add(step, "max_attempts", std::to_string(bounces.max_attempts), "bounce profile " + bounces.name);
    }
    add(step, "send_bounces", yes_no(bounces.send_bounces), "bounce profile " + bounces.name);
    return step;
}

}  // namespace sealpost::trace
