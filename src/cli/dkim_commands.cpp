#include "cli/context.hpp"
#include "core/config/schema.hpp"
#include "sys/files/files.hpp"
#include "wire/dkim/signer.hpp"

#include <boost/json/object.hpp>

#include <filesystem>
#include <memory>

namespace sealpost::cli {
namespace {

namespace json = boost::json;

struct NewFlags {
    std::string domain;
    std::string selector;
    std::string key_out;
};

Result<> make_new(const Context& context, const NewFlags& flags)
{
    if (!config::is_domain(flags.domain)) return Error{Fault::config, "--domain: not a domain name"};
    if (!config::is_domain(flags.selector)) return Error{Fault::config, "--selector: not a selector, such as s1"};
    // A new key never takes the place of another: that one may be in use.
    if (std::filesystem::exists(flags.key_out)) return Error{Fault::config, flags.key_out + " exists; a key is not overwritten"};
    SEALPOST_TRY(const auto key, crypto::PrivateKey::make_rsa(dkim::made_key_bits));
    SEALPOST_CHECK(files::write_secret(flags.key_out, key.to_pem()));
    const std::string name = dkim::record_name(flags.domain, flags.selector);
    const std::string record = dkim::format_record(key);
    const std::string line = dkim::format_zone_line(name, record);
    context.answer(json::object{{"file", flags.key_out}, {"name", name}, {"record", record}, {"zone_line", line}}, line);
    return {};
}

}  // namespace

void add_dkim_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("dkim", "Keys that sign the mail that leaves");
    group->require_subcommand(1);
    auto flags = std::make_shared<NewFlags>();
    auto* command = group->add_subcommand("new", "Make a key; prints the TXT record to publish");
    command->add_option("--domain", flags->domain, "whose mail it signs: the domain in From")->required();
    command->add_option("--selector", flags->selector, "the key's name below _domainkey; another one for each key")->required();
    command->add_option("--key-out", flags->key_out, "the new key; must not exist yet")->required()->type_name("PEM");
    command->footer(
        "Publish the record first, then name domain, selector and key in a [[dkim]] table of sealpost.toml.\n\n"
        "Example:\n  sealpost dkim new --domain acme.example --selector s1 --key-out dkim-s1.key");
    command->callback([&context, flags] {
        auto made = make_new(context, *flags);
        if (made.has_error()) context.fail(made.error());
    });
}

}  // namespace sealpost::cli
