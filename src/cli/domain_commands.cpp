#include "cli/answering.hpp"
#include "cli/option_checks.hpp"
#include "cli/service_mail.hpp"
#include "core/domains/domains.hpp"
#include "core/keys/key_store.hpp"
#include "serve/domaintests/records.hpp"
#include "serve/node/domain_test.hpp"
#include "serve/node/kek.hpp"
#include "serve/node/resolver.hpp"
#include "serve/node/trust.hpp"
#include "sys/async/wait.hpp"
#include "sys/dns/zone_text.hpp"

#include <boost/json.hpp>

namespace sealpost::cli {
namespace {

namespace json = boost::json;
using domains::Domain;
using domains::Domains;
using domains::OnFailure;

constexpr std::chrono::seconds dns_patience{20};
constexpr int most_tests_shown = 100;

json::object to_json(const domains::TestRecord& record)
{
    boost::system::error_code ignored;
    const auto report = json::parse(record.report, ignored);
    json::object test{{"at", format_rfc3339(record.at)},
                      {"ready", record.ready},
                      {"problem", nullptr},
                      {"cause", domains::format_cause(record.cause)},
                      {"hosts", json::array()}};
    if (!record.problem.empty()) test["problem"] = record.problem;
    if (report.is_object() && report.as_object().contains("hosts")) test["hosts"] = report.as_object().at("hosts");
    return test;
}

// The Domain object of key-api.md.
json::object to_json(const Domain& domain)
{
    json::object object{{"domain", domain.name},
                        {"proven", domain.is_proven()},
                        {"proven_by", nullptr},
                        {"account", nullptr},
                        {"proof", {{"name", domain.proof.name}, {"type", domain.proof.type}, {"value", domain.proof.value}}},
                        {"tls_replies", domain.tls_replies},
                        {"on_failure", domains::format_on_failure(domain.on_failure)},
                        {"contact", domain.contact},
                        {"needs_test", domain.needs_test},
                        {"last_test", nullptr}};
    if (domain.is_proven()) object["proven_by"] = domains::format_proven_by(domain.proven_by);
    if (domain.owner) object["account"] = domain.owner->value();
    if (domain.last_test) object["last_test"] = to_json(*domain.last_test);
    return object;
}

std::string describe(const Domain& domain)
{
    const std::string owner = domain.owner ? "account " + std::to_string(domain.owner->value()) : "its own administrator";
    const std::string proof =
        domain.is_proven() ? "proven by " + std::string(domains::format_proven_by(domain.proven_by)) : "not proven";
    std::string text = domain.name + " (" + owner + "): " + proof + ", TLS replies " + (domain.tls_replies ? "on" : "off") +
                       ", on failure " + std::string(domains::format_on_failure(domain.on_failure));
    if (!domain.last_test)
        text += ", never tested";
    else
        text += std::string(domain.last_test->ready ? ", ready at " : ", not ready at ") + format_rfc3339(domain.last_test->at);
    if (domain.needs_test) text += "; a delivery failed since: " + domain.last_failure;
    return text;
}

std::string explain_proof(const Domain& domain)
{
    return "publish this record, then run `sealpost domain verify " + domain.name + "`:\n  " +
           dns::format_zone_line(domain.proof.name, domain.proof.value);
}

// A command's surroundings: the store with its domains.
using DomainWork = std::function<Result<>(ServiceStore&, Domains&)>;

// Codes are made and checked here and by the running service alike. A node without its key file still answers everything
// else.
enum class Codes { unused, used };

Result<Secret> find_pepper(const ServiceStore& store, Codes codes)
{
    if (codes == Codes::unused) return Secret();
    SEALPOST_TRY(const auto kek, node::open_kek(store.config));
    SEALPOST_TRY(const auto keys, keys::KeyStore::open({store.database, &system_clock(), kek.wrapper, log::Log::silent(), {}}));
    return kek.wrapper->derive(node::domain_codes);
}

std::function<void()> with_domains(Context& context, DomainWork work, Codes codes = Codes::unused)
{
    return with_service(context, [work = std::move(work), codes](ServiceStore& store) -> Result<> {
        SEALPOST_TRY(auto pepper, find_pepper(store, codes));
        SEALPOST_TRY(const auto all, Domains::open(store.database, system_clock(), std::move(pepper)));
        return work(store, *all);
    });
}

Result<Domain> find_domain(Domains& all, const std::string& name)
{
    SEALPOST_TRY(auto domain, wait_for(all.find(name)));
    if (domain) return std::move(*domain);
    return Error{Fault::denied, "there is no domain " + name + " here; `sealpost domain add` adds it"};
}

struct AddOrder {
    std::string name;
    std::string account;
    std::string contact;
    bool is_trusted = false;
};

Result<> add_domain(Context& context, ServiceStore& store, Domains& all, const AddOrder& order)
{
    SEALPOST_TRY(const auto account, find_account(store, order.account));
    SEALPOST_TRY(auto verdict, wait_for(all.add(order.name, account.id, order.contact, "operator")));
    if (const auto* bad = std::get_if<domains::BadName>(&verdict)) return Error{Fault::config, order.name + ": " + bad->why};
    if (std::holds_alternative<domains::Exists>(verdict))
        return Error{Fault::denied, "this account has " + order.name + " already"};
    const auto claim = std::get<Domain>(verdict).key();
    if (order.is_trusted) {
        SEALPOST_TRY([[maybe_unused]] const auto proof, wait_for(all.proofs().trust_ownership(claim, "operator")));
    }
    SEALPOST_TRY(auto added, wait_for(all.find_claim(claim)));
    if (!added) return Error{Fault::denied, order.name + " was removed meanwhile"};
    const Domain& domain = *added;
    context.answer(to_json(domain), domain.is_proven() ? describe(domain) : describe(domain) + '\n' + explain_proof(domain));
    return {};
}

void add_add(CLI::App& group, Context& context)
{
    auto order = std::make_shared<AddOrder>();
    auto* command = group.add_subcommand("add", "Add a domain whose replies may come in clear form over verified TLS");
    command->add_option("DOMAIN", order->name, "The part behind the @")->required();
    command->add_option("--account", order->account, "The account that owns it")->required();
    command->add_option("--contact", order->contact, "Whom to ask and to alert, such as postmaster@acme.test")
        ->check(refuse_no_address);
    command->add_flag("--trust-ownership-without-proof", order->is_trusted, "You vouch for it: no DNS record is asked for");
    command->footer("Example:\n  sealpost domain add acme.test --account acme");
    command->callback(with_domains(
        context, [&context, order](ServiceStore& store, Domains& all) { return add_domain(context, store, all, *order); }));
}

// Every claim's record would do: who published it has it.
Result<> verify_by_record(Context& context, ServiceStore& store, Domains& all, const std::string& name)
{
    SEALPOST_TRY(const auto domain, find_domain(all, name));
    SEALPOST_TRY(const auto resolver, node::make_resolver(store.config.dns));
    const auto answer = async::wait_here(dns::find_txt(*resolver, domain.proof.name, Deadline::after(dns_patience)));
    if (answer.status == dns::Status::temporary) return Error{Fault::retry_later, "DNS: " + answer.problem};
    SEALPOST_TRY(const auto verdict, wait_for(all.proofs().check_any_records(name, answer.texts, {"operator", "local"})));
    SEALPOST_TRY(const auto now, find_domain(all, name));
    if (verdict == domains::ProofVerdict::proven) {
        context.answer(to_json(now), describe(now));
        return {};
    }
    context.exit = Exit::no;
    std::string text = "not proven: DNS does not show the record yet\n";
    SEALPOST_TRY(const auto claims, wait_for(all.list_claims(name)));
    for (const auto& claim : claims)
        if (claim.owner) text += explain_proof(claim) + '\n';
    context.answer(to_json(now), text);
    return {};
}

// A code that an account asked for; the postmaster tells it to the operator, by telephone perhaps.
Result<> verify_by_code(Context& context, Domains& all, const std::string& name, const std::string& code)
{
    SEALPOST_TRY(const auto claims, wait_for(all.list_claims(name)));
    if (claims.empty()) return Error{Fault::denied, "there is no domain " + name + " here; `sealpost domain add` adds it"};
    for (const auto& claim : claims) {
        if (!claim.owner) continue;
        const auto claimant = domains::Claimant::account(*claim.owner);
        SEALPOST_TRY(const auto verdict,
                     wait_for(all.proofs().check_code(name, claimant, Secret::copy_of(code), {"operator", "local"})));
        if (!std::holds_alternative<domains::Proven>(verdict)) continue;
        SEALPOST_TRY(const auto now, find_domain(all, name));
        context.answer(to_json(now), describe(now));
        return {};
    }
    context.exit = Exit::no;
    context.answer(to_json(claims.front()),
                   "not proven: this is no code that is valid now; a page or `sealpost domain code` sends one");
    return {};
}

Result<tlstest::DomainTestResult> run_test(const ServiceStore& store, const std::string& name)
{
    SEALPOST_TRY(const auto resolver, node::make_resolver(store.config.dns));
    SEALPOST_TRY(const auto trust, node::load_trust(store.config, store.config.tls.outbound));
    return async::wait_here(tlstest::test_domain(*resolver, trust, name, node::make_domain_test_options(store.config)));
}

Result<> test_and_record(Context& context, ServiceStore& store, Domains& all, const std::string& name)
{
    SEALPOST_TRY(const auto domain, find_domain(all, name));
    SEALPOST_TRY(const auto result, run_test(store, domain.name));
    // What could not tell proves nothing, in either direction.
    auto record = domaintests::find_record(result, system_clock().now(), domains::TestCause::asked);
    if (!record) return Error{Fault::retry_later, "could not tell: " + result.problem_detail};
    SEALPOST_TRY(const bool is_known, wait_for(all.record_test(domain.name, std::move(*record))));
    if (!is_known) return Error{Fault::denied, "there is no domain " + name + " here any more"};
    SEALPOST_TRY(const auto now, find_domain(all, name));
    context.answer(to_json(now), tlstest::format_table(result, Language::en));
    if (!result.ready()) context.exit = Exit::no;
    return {};
}

Result<> switch_replies(Context& context, Domains& all, const std::string& name, bool on, OnFailure choice)
{
    SEALPOST_TRY(const auto domain, find_domain(all, name));
    SEALPOST_TRY(const auto verdict, wait_for(all.set_replies(domain.key(), on, choice, "operator")));
    switch (verdict) {
        case domains::SwitchVerdict::not_proven: return Error{Fault::denied, name + " is not proven.\n" + explain_proof(domain)};
        case domains::SwitchVerdict::not_ready:
            return Error{Fault::denied, name + " has not passed its test; run `sealpost domain test " + name + "`"};
        case domains::SwitchVerdict::unknown: return Error{Fault::denied, "there is no domain " + name + " here"};
        case domains::SwitchVerdict::done: break;
    }
    SEALPOST_TRY(const auto now, find_domain(all, name));
    context.answer(to_json(now), describe(now));
    return {};
}

void add_switches(CLI::App& group, Context& context)
{
    auto name = std::make_shared<std::string>();
    auto choice = std::make_shared<std::string>("envelope");
    auto* enable = group.add_subcommand("enable", "Switch TLS replies on; needs a proven domain whose last test passed");
    enable->add_option("DOMAIN", *name, "As `domain list` shows it")->required();
    enable->add_option("--on-failure", *choice, "When verified TLS is not to be had for a reply")
        ->check(CLI::IsMember({"envelope", "hold", "bounce"}))
        ->capture_default_str();
    enable->footer("Example:\n  sealpost domain enable acme.test --on-failure hold");
    enable->callback(with_domains(context, [&context, name, choice](ServiceStore&, Domains& all) {
        return switch_replies(context, all, *name, true, domains::parse_on_failure(*choice).value_or(OnFailure::envelope));
    }));
    auto* disable = group.add_subcommand("disable", "Switch TLS replies off: replies are envelopes again");
    disable->add_option("DOMAIN", *name, "As `domain list` shows it")->required();
    disable->footer("Example:\n  sealpost domain disable acme.test");
    disable->callback(with_domains(context, [&context, name](ServiceStore&, Domains& all) -> Result<> {
        SEALPOST_TRY(const auto domain, find_domain(all, *name));
        return switch_replies(context, all, *name, false, domain.on_failure);
    }));
}

void add_list(CLI::App& group, Context& context)
{
    auto account = std::make_shared<std::string>();
    auto* command = group.add_subcommand("list", "List the domains");
    command->add_option("--account", *account, "Only those of this account");
    command->footer("Example:\n  sealpost --format json domain list");
    command->callback(with_domains(context, [&context, account](ServiceStore& store, Domains& all) -> Result<> {
        std::optional<people::AccountId> id;
        if (!account->empty()) {
            SEALPOST_TRY(const auto owner, find_account(store, *account));
            id = owner.id;
        }
        SEALPOST_TRY(const auto found, wait_for(all.list(id)));
        const auto make_line = [](const domains::Domain& domain) { return Line{to_json(domain), describe(domain) + '\n'}; };
        answer_list(context, "domains", found, make_line, "no domains");
        return {};
    }));
}

// A command that takes one domain.
using OneDomainWork = Result<> (*)(Context&, ServiceStore&, Domains&, const std::string&);

CLI::App* add_one(CLI::App& group, Context& context, const std::string& word, const std::string& what, OneDomainWork work,
                  Codes codes = Codes::unused)
{
    auto name = std::make_shared<std::string>();
    auto* command = group.add_subcommand(word, what);
    command->add_option("DOMAIN", *name, "As `domain list` shows it")->required();
    command->footer("Example:\n  sealpost domain " + word + " acme.test");
    command->callback(with_domains(
        context, [&context, name, work](ServiceStore& store, Domains& all) { return work(context, store, all, *name); }, codes));
    return command;
}

Result<> show_domain(Context& context, ServiceStore&, Domains& all, const std::string& name)
{
    SEALPOST_TRY(const auto domain, find_domain(all, name));
    SEALPOST_TRY(const auto claims, wait_for(all.list_claims(name)));
    json::object object = to_json(domain);
    json::array others;
    std::string text = domain.is_proven() ? describe(domain) : describe(domain) + '\n' + explain_proof(domain);
    for (const auto& claim : claims) {
        if (claim.owner == domain.owner) continue;
        others.push_back(json::object{{"account", claim.owner ? json::value(claim.owner->value()) : json::value(nullptr)},
                                      {"contact", claim.contact}});
        text +=
            "\nclaimed, too, by " + (claim.owner ? "account " + std::to_string(claim.owner->value()) : "its own administrator");
    }
    object["other_claims"] = std::move(others);
    context.answer(object, text);
    return {};
}

std::string describe_test(const domains::TestRecord& test)
{
    std::string text = format_rfc3339(test.at) + "  " + (test.ready ? "ready    " : "not ready") + "  " +
                       std::string(domains::format_cause(test.cause));
    if (!test.problem.empty()) text += "  " + test.problem;
    const auto whole = to_json(test);
    for (const auto& host : whole.at("hosts").as_array()) {
        if (!host.is_object() || !host.get_object().contains("verdict")) continue;
        text += "\n    " + json::value_to<std::string>(host.get_object().at("mx")) + "  " +
                json::value_to<std::string>(host.get_object().at("verdict"));
    }
    return text;
}

Result<> show_history(Context& context, ServiceStore&, Domains& all, const std::string& name)
{
    SEALPOST_TRY(const auto domain, find_domain(all, name));
    SEALPOST_TRY(const auto tests, wait_for(all.list_tests(domain.name, most_tests_shown)));
    const auto make_line = [](const domains::TestRecord& test) { return Line{to_json(test), describe_test(test) + '\n'}; };
    answer_list(context, "tests", tests, make_line, "never tested", {{"domain", domain.name}});
    return {};
}

// Mails it through the queue, for the account whose claim counts; the running service carries it.
Result<> mail_code(Context& context, ServiceStore& store, Domains& all, const std::string& name)
{
    SEALPOST_TRY(const auto domain, find_domain(all, name));
    if (!domain.owner) return Error{Fault::denied, name + " belongs to no account: its administrator asks at the page /tls"};
    SEALPOST_TRY(auto outbox, open_outbox(store));
    SEALPOST_TRY(auto code, wait_for(all.proofs().begin_code(domain.name, domains::Claimant::account(*domain.owner))));
    replies::DomainCodeMail mail{code.address, domain.name, "en", std::move(code.code), code.reference};
    SEALPOST_CHECK(wait_for(outbox.send_domain_code(std::move(mail))));
    context.answer(json::object{{"sent_to", code.address}, {"reference", code.reference}},
                   "a code is on its way to " + code.address + " (" + code.reference + ")");
    return {};
}

void add_verify(CLI::App& group, Context& context)
{
    auto name = std::make_shared<std::string>();
    auto code = std::make_shared<std::string>();
    auto* command =
        group.add_subcommand("verify", "Ask DNS for the proof of ownership, or take a code that was mailed to the postmaster");
    command->add_option("DOMAIN", *name, "As `domain list` shows it")->required();
    command->add_option("--code", *code, "Eight digits from the mail to postmaster@DOMAIN");
    command->footer("Examples:\n  sealpost domain verify acme.test\n  sealpost domain verify acme.test --code '1234 5678'");
    const auto by_record = [&context, name](ServiceStore& store, Domains& all) {
        return verify_by_record(context, store, all, *name);
    };
    const auto by_code = [&context, name, code](ServiceStore&, Domains& all) {
        return verify_by_code(context, all, *name, *code);
    };
    command->callback([code, ask = with_domains(context, by_record), take = with_domains(context, by_code, Codes::used)] {
        return code->empty() ? ask() : take();
    });
}

Result<> remove_domain(Context& context, ServiceStore&, Domains& all, const std::string& name)
{
    SEALPOST_TRY(const auto claims, wait_for(all.list_claims(name)));
    if (claims.empty()) return Error{Fault::denied, "there is no domain " + name + " here"};
    for (const auto& claim : claims) {
        SEALPOST_TRY([[maybe_unused]] const bool removed, wait_for(all.remove(claim.key(), "operator")));
    }
    context.answer(json::object{{"domain", name}, {"removed", true}}, name + " removed: its replies are envelopes");
    return {};
}

}  // namespace

void add_domain_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("domain", "Domains that take replies in clear form over verified TLS");
    group->require_subcommand(1);
    group->footer(
        "Examples:\n  sealpost domain add acme.test --account acme\n"
        "  sealpost domain verify acme.test\n"
        "  or, when no record can be published:\n"
        "  sealpost domain code acme.test\n  sealpost domain verify acme.test --code '1234 5678'\n"
        "  sealpost domain test acme.test\n  sealpost domain enable acme.test --on-failure hold");
    add_add(*group, context);
    add_list(*group, context);
    add_one(*group, context, "show", "Show a domain, its proof and its last test", show_domain);
    add_verify(*group, context);
    add_one(*group, context, "code", "Mail a code to the domain's postmaster, which proves the domain", mail_code, Codes::used)
        ->footer(
            "The code goes into the queue: the running service carries it.\n\n"
            "Examples:\n  sealpost domain code acme.test\n  sealpost domain verify acme.test --code '1234 5678'");
    add_one(*group, context, "history", "Show the tests of a domain, the newest first", show_history);
    add_one(*group, context, "test", "Run the TLS test and keep its result", test_and_record);
    add_one(*group, context, "remove", "Remove a domain and its tests", remove_domain);
    add_switches(*group, context);
}

}  // namespace sealpost::cli
