#include "base/text.hpp"
#include "cli/cert_text.hpp"
#include "cli/new_files.hpp"
#include "cli/service_store.hpp"
#include "core/certificates/report.hpp"
#include "core/certificates/trust.hpp"

namespace sealpost::cli {
namespace {

namespace json = boost::json;
using certificates::Finding;

struct ImportFlags {
    std::string name;  // with --out: one more file
    std::vector<std::string> files;
    std::string key;
    std::string pkcs12;
    std::string password_file;
    std::vector<std::string> trust;
    bool even_though_it_does_not_verify = false;
    std::string out;
    std::string key_out;

    [[nodiscard]] bool is_into_files() const { return !out.empty() || !key_out.empty(); }
};

Error usage(std::string text) { return {Fault::config, std::move(text)}; }

// A certificate may be open to all, and its file may be one that holds a key: what is in it is found out later.
Result<Secret> load_piece(const std::string& path)
{
    SEALPOST_TRY(std::string bytes, files::read_file(path, crypto::max_material_bytes));
    Secret piece = Secret::copy_of(bytes);
    volatile char* at = bytes.data();
    for (std::size_t i = 0; i < bytes.size(); ++i) at[i] = 0;
    return piece;
}

Result<certificates::Material> load_material(const ImportFlags& flags, std::vector<std::string> paths)
{
    if (!flags.key.empty()) paths.push_back(flags.key);
    if (!flags.pkcs12.empty()) paths.push_back(flags.pkcs12);
    if (paths.empty()) return usage("there is nothing to import: name files, or --pkcs12 FILE");
    certificates::Material material;
    for (const auto& path : paths) {
        SEALPOST_TRY(auto piece, load_piece(path));
        material.pieces.push_back(std::move(piece));
    }
    if (!flags.password_file.empty()) {
        SEALPOST_TRY(material.password, config::load_secret(flags.password_file));
    }
    return material;
}

std::string list_left_out(const std::vector<crypto::Certificate>& left_out)
{
    std::string text;
    for (const auto& certificate : left_out) text += "  left out     " + certificate.subject() + "\n";
    return text;
}

void answer_installed(Context& context, const certificates::Installed& installed, json::object object, const std::string& done)
{
    const Finding& finding = installed.finding;
    object["installed"] = installed.is_installed;
    object["finding"] = certificates::to_json(finding, Language::en);
    object["left_out"] = certificates::to_json(installed.left_out);
    if (installed.is_installed) return context.answer(object, done + format_finding(finding) + list_left_out(installed.left_out));
    context.exit = Exit::no;
    const std::string longer_word = finding.is_installable()
                                        ? "  Nothing changed. To install it as it is: --even-though-it-does-not-verify\n"
                                        : std::string("  Nothing changed.\n");
    context.answer(object, "refused\n" + format_finding(finding) + longer_word);
}

void import_into_node(Context& context, const ImportFlags& flags)
{
    if (!flags.trust.empty()) return context.fail(usage("--trust goes with --out; a node trusts what [tls] trust names"));
    const std::string& name = flags.name;
    auto store = open_certificates(context);
    if (!store) return context.fail(store.error());
    auto material = load_material(flags, flags.files);
    if (!material) return context.fail(material.error());
    auto installed = store->install(name, *material, flags.even_though_it_does_not_verify);
    if (!installed) return context.fail(installed.error());
    const std::string done = name + " is installed. " + std::string(reload_hint) + "\n";
    answer_installed(context, *installed, {{"name", name}}, done);
}

Result<certificates::Installed> import_into_files(const ImportFlags& flags)
{
    if (flags.out.empty() || flags.key_out.empty()) return usage("--out and --key-out go together");
    SEALPOST_CHECK(check_new_key(flags.key_out));
    SEALPOST_CHECK(check_new_file(flags.out, flags.key_out, "chain"));
    auto paths = flags.files;
    paths.insert(paths.begin(), flags.name);
    SEALPOST_TRY(const auto material, load_material(flags, std::move(paths)));
    SEALPOST_TRY(const auto trust,
                 certificates::load_trust(std::vector<std::filesystem::path>(flags.trust.begin(), flags.trust.end())));
    auto prepared = certificates::prepare(material, {}, *trust, {{}, system_clock().now()});
    certificates::Installed installed;
    installed.left_out = std::move(prepared.left_out);
    installed.is_installed = prepared.finding.may_be_installed(flags.even_though_it_does_not_verify);
    if (installed.is_installed) {
        SEALPOST_CHECK(files::write_secret(flags.key_out, prepared.key->to_pem()));
        SEALPOST_CHECK(files::write_file(flags.out, crypto::format_chain_pem(prepared.finding.chain), files::Access::everybody));
    }
    installed.finding = std::move(prepared.finding);
    return installed;
}

void import(Context& context, const ImportFlags& flags)
{
    if (!flags.is_into_files()) return import_into_node(context, flags);
    auto installed = import_into_files(flags);
    if (!installed) return context.fail(installed.error());
    const std::string done = "The chain is in " + flags.out + ", its key in " + flags.key_out + ".\n";
    answer_installed(context, *installed, {{"chain_file", flags.out}, {"key_file", flags.key_out}}, done);
}

}  // namespace

void add_cert_import_command(CLI::App& group, Context& context)
{
    auto flags = std::make_shared<ImportFlags>();
    auto* command = group.add_subcommand("import", "Install a signed certificate, with its intermediates, put in order");
    command->add_option("NAME", flags->name, "the certificate's name in the configuration; with --out, a file like the others")
        ->required();
    command->add_option("FILE", flags->files, "PEM, DER or PKCS#12, in any order");
    command->add_option("--key", flags->key, "the private key; without it, that of the pending request, or the installed one")
        ->type_name("FILE");
    command->add_option("--pkcs12", flags->pkcs12, "certificates and key in one file")->type_name("FILE");
    command->add_option("--password-file", flags->password_file, "holds the password of what is encrypted")->type_name("FILE");
    command->add_flag("--even-though-it-does-not-verify", flags->even_though_it_does_not_verify,
                      "install a chain that others will not trust");
    command->add_option("--out", flags->out, "without a node: write the chain here, in order")->type_name("PEM");
    command->add_option("--key-out", flags->key_out, "and its key here; must not exist yet")->type_name("PEM");
    command->add_option("--trust", flags->trust, "with --out: trust the authorities in this file too")->type_name("PEM");
    command->footer(
        "A chain that does not verify is refused, with what is wrong and what mends it. An intermediate that was forgotten may\n"
        "be imported alone, later.\n"
        "Exit status: 0 installed, 1 refused, 2 a file or the configuration cannot be read, 3 somebody else is at it.\n\n"
        "Examples:\n"
        "  sealpost cert import mx1 signed.pem intermediate.pem\n"
        "  sealpost cert import mx1 signed.der --key mx1.key\n"
        "  sealpost cert import mx1 --pkcs12 mx1.p12 --password-file mx1.password\n"
        "  sealpost cert import bundle.pem --out mx1.pem --key-out mx1.key");
    command->callback([&context, flags] { import(context, *flags); });
}

}  // namespace sealpost::cli
