#include "base/text.hpp"
#include "cli/answering.hpp"
#include "cli/cert_renewal.hpp"
#include "cli/cert_text.hpp"
#include "cli/service_store.hpp"
#include "core/certificates/report.hpp"
#include "core/certificates/trust.hpp"

#include <filesystem>

namespace sealpost::cli {
namespace {

namespace json = boost::json;
using crypto::Certificate;

void list(Context& context)
{
    auto store = open_certificates(context);
    if (!store) return context.fail(store.error());
    const auto notes = RenewalNotes::open(context);
    if (!notes) return context.fail(notes.error());
    json::array all;
    std::string text;
    for (const auto& entry : store->list()) {
        json::object object = certificates::to_json(entry, Language::en);
        const std::string renewal = notes->add_to(object, entry);
        all.emplace_back(std::move(object));
        text += format_entry_line(entry) + (renewal.empty() ? "" : "  " + renewal + "\n");
    }
    if (text.empty()) text = "The configuration names no [[certificate]].\n";
    context.answer(json::object{{"certificates", std::move(all)}}, text);
}

void show_file(Context& context, const std::string& path)
{
    auto chain = load_chain(path);
    if (!chain) return context.fail(chain.error());
    std::string text;
    for (const Certificate& certificate : *chain) text += format_certificate(certificate);
    context.answer(json::object{{"certificates", certificates::to_json(*chain)}}, text);
}

void show_kept(Context& context, const std::string& name)
{
    auto store = open_certificates(context);
    if (!store) return context.fail(store.error());
    auto entry = store->find(name);
    if (!entry) return context.fail(entry.error());
    const auto notes = RenewalNotes::open(context);
    if (!notes) return context.fail(notes.error());
    json::object object = certificates::to_json(*entry, Language::en);
    const std::string renewal = notes->add_to(object, *entry);
    context.answer(object, format_entry(*entry) + (renewal.empty() ? "" : "\n" + renewal + "\n"));
}

// A file is a file, and a folder is none; a name of the configuration has no slash.
void show(Context& context, const std::string& name)
{
    std::error_code error;
    const bool is_file = name.find('/') != std::string::npos || std::filesystem::is_regular_file(name, error);
    const bool has_node = std::filesystem::exists(context.config_path, error);
    if (is_file || !has_node) return show_file(context, name);
    show_kept(context, name);
}

struct VerifyFlags {
    std::string chain;
    std::string key;
    std::string name;
    std::vector<std::string> trust;
};

struct Verified {
    std::string verdict;
    std::string detail;
};

Result<Verified> check(const VerifyFlags& flags)
{
    SEALPOST_TRY(const auto chain, load_chain(flags.chain));
    SEALPOST_TRY(const auto trust,
                 certificates::load_trust(std::vector<std::filesystem::path>(flags.trust.begin(), flags.trust.end())));
    const crypto::ChainCheck checked = crypto::check_chain(chain, *trust, crypto::ChainUse::server, SystemClock().now());
    if (!checked.verified()) return Verified{std::string(crypto::format_chain_problem(checked.problem)), checked.detail};
    if (!flags.name.empty() && !chain.front().names(flags.name))
        return Verified{"name_mismatch", "the certificate names " + format_names(chain.front()) + ", not " + flags.name};
    if (flags.key.empty()) return Verified{"ok", {}};
    SEALPOST_TRY(const crypto::PrivateKey key, load_key(flags.key));
    if (!key.belongs_to(chain.front())) return Verified{"wrong_key", flags.key + " is not the key of " + chain.front().subject()};
    return Verified{"ok", {}};
}

Result<> verify(Context& context, const VerifyFlags& flags)
{
    SEALPOST_TRY(const auto checked, check(flags));
    const json::object object{{"verdict", checked.verdict}, {"detail", checked.detail}};
    context.answer(object, flags.chain + ": " + checked.verdict + (checked.detail.empty() ? "" : "\n  " + checked.detail));
    context.exit = checked.verdict == "ok" ? Exit::yes : Exit::no;
    return {};
}

void add_list(CLI::App& group, Context& context)
{
    auto* command = group.add_subcommand("list", "The certificates of this node: state, expiry, and who shows them");
    command->footer("Example:\n  sealpost --format json cert list");
    command->callback([&context] { list(context); });
}

void add_show(CLI::App& group, Context& context)
{
    auto name = std::make_shared<std::string>();
    auto* command = group.add_subcommand("show", "Tell what is in a certificate of this node, or in a file");
    command->add_option("NAME", *name, "a certificate of the configuration, or a file of certificates in PEM form")->required();
    command->footer("Examples:\n  sealpost cert show mx1\n  sealpost cert show ./mx1.pem");
    command->callback([&context, name] { show(context, *name); });
}

void add_verify(CLI::App& group, Context& context)
{
    auto flags = std::make_shared<VerifyFlags>();
    auto* command = group.add_subcommand("verify", "Would others trust this chain, as it would be sent?");
    command->add_option("FILE", flags->chain, "leaf first, then intermediates")->required();
    command->add_option("--name", flags->name, "the host name that it must bear")->type_name("HOST");
    command->add_option("--key", flags->key, "the key that must belong to it")->type_name("PEM");
    command->add_option("--trust", flags->trust, "trust the authorities in this file too")->type_name("PEM");
    command->footer(
        "Exit status: 0 it verifies, 1 it does not; the reason names the certificate at fault.\n\n"
        "Example:\n  sealpost cert verify mx1.pem --key mx1.key --name mx1.acme.example");
    command->callback(answering(context, verify, flags));
}

}  // namespace

void add_cert_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("cert", "Make, request, import, list, show and verify certificates");
    group->require_subcommand(1);
    group->footer(
        "Examples:\n  sealpost cert list\n  sealpost cert csr mx1 > mx1.csr\n  sealpost cert import mx1 mx1.pem "
        "intermediate.pem\n"
        "  sealpost cert verify mx1.pem --name mx1.acme.example");
    add_cert_make_commands(*group, context);
    add_cert_import_command(*group, context);
    add_list(*group, context);
    add_show(*group, context);
    add_verify(*group, context);
}

}  // namespace sealpost::cli
