#include "cli/dkim_commands.hpp"

#include "base/clock.hpp"
#include "cli/answering.hpp"
#include "cli/new_files.hpp"
#include "core/config/node_config.hpp"
#include "core/config/schema.hpp"
#include "serve/node/signing_keys.hpp"
#include "sys/async/wait.hpp"
#include "sys/dns/zone_text.hpp"
#include "wire/dkim/publication.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace sealpost::cli {
namespace {

namespace json = boost::json;

struct NewFlags {
    std::string domain;
    std::string selector;
    std::string key_out;
    std::string type = "rsa";
};

Result<> make_new(Context& context, const NewFlags& flags)
{
    if (!config::is_domain(flags.domain)) return Error{Fault::config, "--domain: not a domain name"};
    if (!config::is_domain(flags.selector)) return Error{Fault::config, "--selector: not a selector, such as s1"};
    SEALPOST_CHECK(check_new_key(flags.key_out));
    SEALPOST_TRY(const auto key, flags.type == "ed25519" ? crypto::PrivateKey::make_ed25519()
                                                         : crypto::PrivateKey::make_rsa(dkim::made_key_bits));
    SEALPOST_CHECK(files::write_secret(flags.key_out, key.to_pem()));
    const std::string name = dkim::record_name(flags.domain, flags.selector);
    const std::string record = dkim::format_record(key);
    const std::string line = dns::format_zone_line(name, record);
    context.answer(json::object{{"file", flags.key_out}, {"name", name}, {"record", record}, {"zone_line", line}}, line);
    return {};
}

void add_new_command(CLI::App& group, Context& context)
{
    auto flags = std::make_shared<NewFlags>();
    auto* command = group.add_subcommand("new", "Make a key; prints the TXT record to publish");
    command->add_option("--domain", flags->domain, "whose mail it signs: the domain in From")->required();
    command->add_option("--selector", flags->selector, "the key's name below _domainkey; another one for each key")->required();
    command->add_option("--key-out", flags->key_out, "the new key; must not exist yet")->required()->type_name("PEM");
    command->add_option("--key-type", flags->type, "of the key")->capture_default_str()->check(CLI::IsMember({"rsa", "ed25519"}));
    command->footer(
        "Publish the record first, then name domain, selector and key in a [[dkim]] table of sealpost.toml.\n"
        "Every verifier knows RSA; an Ed25519 key is for signing a second time beside it.\n\n"
        "Examples:\n"
        "  sealpost dkim new --domain acme.example --selector s1 --key-out dkim-s1.key\n"
        "  sealpost dkim new --domain acme.example --selector e1 --key-type ed25519 --key-out dkim-e1.key");
    command->callback(answering(context, make_new, flags));
}

// A key that the configuration names, beside what DNS says of it.
struct CheckedKey {
    dkim::SigningKey key;
    std::string use;  // signing | waiting | retired | sealing
    dkim::Publication publication;
};

std::string use_of(const config::NodeConfig::Dkim& dkim, WallTime now)
{
    if (now < dkim.active_from) return "waiting";
    return now < dkim.active_until ? "signing" : "retired";
}

Result<std::vector<CheckedKey>> load_keys(const config::NodeConfig& config)
{
    std::vector<CheckedKey> keys;
    const WallTime now = SystemClock().now();
    for (const auto& dkim : config.dkim) {
        SEALPOST_TRY(auto key, node::load_signing_key(dkim.domain, dkim.selector, dkim.key));
        keys.push_back({std::move(key), use_of(dkim, now), {}});
    }
    if (!config.arc) return keys;
    SEALPOST_TRY(auto key, node::load_signing_key(config.arc->domain, config.arc->selector, config.arc->key));
    keys.push_back({std::move(key), "sealing", {}});
    return keys;
}

Task<void> check_all(std::vector<CheckedKey>& keys, dns::Resolver& resolver, Deadline deadline)
{
    for (auto& each : keys) each.publication = co_await dkim::check_publication(each.key, resolver, deadline);
}

std::string_view kind_of(const CheckedKey& each) { return each.key.kind() == crypto::SignatureKind::rsa ? "rsa" : "ed25519"; }

bool is_known(const CheckedKey& each) { return each.publication.verdict != dkim::Verdict::temperror; }
bool is_published(const CheckedKey& each) { return each.publication.verdict == dkim::Verdict::pass; }

std::string problem_of(const CheckedKey& each)
{
    if (!each.publication.problem.empty()) return each.publication.problem;
    return each.publication.testing ? "it says t=y: verifiers take no notice" : "";
}

json::object to_json(const CheckedKey& each)
{
    return {{"domain", each.key.domain()},
            {"selector", each.key.selector()},
            {"name", dkim::record_name(each.key.domain(), each.key.selector())},
            {"kind", kind_of(each)},
            {"bits", each.key.key().bits()},
            {"use", each.use},
            {"published", is_known(each) ? json::value(is_published(each)) : json::value(nullptr)},
            {"problem", problem_of(each)},
            {"record", dkim::format_record(each.key.key())}};
}

std::string to_line(const CheckedKey& each)
{
    std::string line = each.use + std::string(9 - each.use.size(), ' ') +
                       dkim::record_name(each.key.domain(), each.key.selector()) + "  " + std::string(kind_of(each)) + ' ' +
                       std::to_string(each.key.key().bits()) + "  ";
    line += !is_known(each) ? "cannot tell" : is_published(each) ? "published" : "NOT published";
    const std::string problem = problem_of(each);
    if (!problem.empty()) line += ": " + problem;
    return line + '\n';
}

Result<> check(Context& context, const LookupFlags& flags)
{
    SEALPOST_TRY(const auto config, config::load_config(context.config_path));
    SEALPOST_TRY(const auto resolver, open_lookup_resolver(context, flags.resolver));
    SEALPOST_TRY(auto keys, load_keys(config));
    const auto deadline = flags.deadline();
    async::wait_here(check_all(keys, *resolver, deadline));
    json::array all;
    std::string text;
    for (const auto& each : keys) {
        all.push_back(to_json(each));
        text += to_line(each);
        if (!is_known(each))
            context.exit = Exit::temporary;
        else if (!is_published(each) && each.use != "retired" && context.exit == Exit::yes)
            context.exit = Exit::no;
    }
    if (keys.empty()) text = "no key: sealpost.toml has no [[dkim]] and no [arc]\n";
    context.answer(json::object{{"keys", std::move(all)}}, text);
    return {};
}

void add_check_command(CLI::App& group, Context& context)
{
    auto flags = std::make_shared<LookupFlags>(10);
    auto* command = group.add_subcommand("check", "Which configured keys sign, and does DNS publish them?");
    add_lookup_options(*command, *flags, "for all keys together");
    command->footer(
        "A key is waiting before its active_from and retired from its active_until on. Publish a waiting key\n"
        "before its day comes; leave the record of a retired one for a week, for mail under way.\n"
        "Exit status: 0 every key that signs or will is published, 1 one is not, 3 could not tell.\n\n"
        "Examples:\n"
        "  sealpost dkim check\n"
        "  sealpost --config acme.toml --format json dkim check --resolver 127.0.0.1:5353");
    command->callback(answering(context, check, flags));
}

}  // namespace

void add_dkim_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("dkim", "DKIM: keys that sign the mail that leaves, signatures of messages");
    group->require_subcommand(1);
    group->footer(
        "Examples:\n  sealpost dkim new --domain acme.example --selector s1 --key-out s1.key\n  sealpost dkim check\n"
        "  sealpost dkim verify < message.eml");
    add_new_command(*group, context);
    add_check_command(*group, context);
    add_dkim_message_commands(*group, context);
}

}  // namespace sealpost::cli
