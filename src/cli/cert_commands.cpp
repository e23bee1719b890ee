#include "base/text.hpp"
#include "cli/context.hpp"
#include "sys/crypto/x509_check.hpp"
#include "sys/files/files.hpp"
#include "sys/tls/context.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <filesystem>

namespace sealpost::cli {
namespace {

namespace json = boost::json;
using crypto::Certificate;
using crypto::PrivateKey;

struct NewFlags {
    std::string subject;
    std::vector<std::string> dns_names;
    std::vector<std::string> addresses;
    std::string key_type = "ecdsa";
    bool is_ca = false;
    unsigned days = 365;
    std::string issuer_chain;
    std::string issuer_key;
    std::string out;
    std::string key_out;
};

Error usage(std::string text) { return {Fault::config, std::move(text)}; }

Result<std::vector<Certificate>> load_chain(const std::string& path)
{
    SEALPOST_TRY(std::string pem, files::read_file(path, crypto::max_chain_pem_bytes));
    auto chain = crypto::parse_chain_pem(pem);
    if (!chain) return chain.error().in(path);
    return chain;
}

Result<PrivateKey> load_key(const std::string& path)
{
    SEALPOST_TRY(Secret pem, files::read_secret(path, crypto::max_chain_pem_bytes));
    auto key = PrivateKey::parse_pem(pem.reveal_text());
    if (!key) return key.error().in(path);
    return key;
}

// A new key never takes the place of another: that one may be in use.
Result<PrivateKey> make_key(const NewFlags& flags)
{
    if (std::filesystem::exists(flags.key_out)) return usage(flags.key_out + " exists; a key is not overwritten");
    auto key = flags.key_type == "rsa" ? PrivateKey::make_rsa(3072) : PrivateKey::make_ecdsa_p256();
    if (!key) return key.error();
    SEALPOST_CHECK(files::write_secret(flags.key_out, key->to_pem()));
    return key;
}

Result<crypto::CertificateOrder> order_from(const NewFlags& flags)
{
    crypto::CertificateOrder order;
    order.dns_names = flags.dns_names;
    for (const std::string& text : flags.addresses) {
        const auto address = parse_ip(text);
        if (!address) return usage("--ip " + text + ": not an address");
        order.ips.push_back(*address);
    }
    order.is_ca = flags.is_ca;
    order.subject = flags.subject;
    if (order.subject.empty() && !order.dns_names.empty()) order.subject = order.dns_names.front();
    if (order.subject.empty()) return usage("a certificate needs --dns or --subject");
    const WallTime now = SystemClock().now();
    order.not_before = now - std::chrono::hours(1);  // clocks differ
    order.not_after = now + std::chrono::hours(24) * flags.days;
    return order;
}

Result<std::optional<crypto::Issuer>> issuer_from(const NewFlags& flags, std::vector<Certificate>& above)
{
    if (flags.issuer_chain.empty() != flags.issuer_key.empty()) return usage("--issuer and --issuer-key go together");
    if (flags.issuer_chain.empty()) return std::optional<crypto::Issuer>();
    SEALPOST_TRY(above, load_chain(flags.issuer_chain));
    SEALPOST_TRY(PrivateKey key, load_key(flags.issuer_key));
    if (!key.belongs_to(above.front())) return usage(flags.issuer_key + " is not the key of " + above.front().subject());
    if (!above.front().is_ca()) return usage(above.front().subject() + " is no authority; it may not sign others");
    return std::optional<crypto::Issuer>(crypto::Issuer{above.front(), std::move(key)});
}

json::object describe(const Certificate& certificate)
{
    json::array names;
    for (const std::string& name : certificate.dns_names()) names.emplace_back(name);
    for (const IpAddress& address : certificate.ip_names()) names.emplace_back(format_ip(address));
    json::object object;
    object["subject"] = certificate.subject();
    object["issuer"] = certificate.issuer();
    object["serial"] = certificate.serial();
    object["names"] = std::move(names);
    object["not_before"] = format_rfc3339(certificate.not_before());
    object["not_after"] = format_rfc3339(certificate.not_after());
    object["key"] = certificate.key_type() + " " + std::to_string(certificate.key_bits());
    object["signature_hash"] = certificate.signature_hash();
    object["ca"] = certificate.is_ca();
    object["self_signed"] = certificate.is_self_signed();
    object["sha256"] = certificate.sha256_fingerprint();
    return object;
}

std::string format_names(const Certificate& certificate)
{
    std::vector<std::string> names = certificate.dns_names();
    for (const IpAddress& address : certificate.ip_names()) names.push_back(format_ip(address));
    return names.empty() ? "(none)" : join(names, ", ");
}

std::string format_certificate(const Certificate& certificate)
{
    return certificate.subject() + (certificate.is_ca() ? "  (authority)" : "") + "\n  issuer       " + certificate.issuer() +
           (certificate.is_self_signed() ? "  (itself)" : "") + "\n  names        " + format_names(certificate) +
           "\n  valid        " + format_rfc3339(certificate.not_before()) + " to " + format_rfc3339(certificate.not_after()) +
           "\n  key          " + certificate.key_type() + " " + std::to_string(certificate.key_bits()) + ", signed with " +
           certificate.signature_hash() + "\n  sha256       " + certificate.sha256_fingerprint() + "\n";
}

// The leaf, then what a server has to send above it: everything but the root.
Result<> issue(const NewFlags& flags, std::vector<Certificate>& made)
{
    SEALPOST_TRY(crypto::CertificateOrder order, order_from(flags));
    std::vector<Certificate> above;
    SEALPOST_TRY(const auto issuer, issuer_from(flags, above));
    SEALPOST_TRY(PrivateKey key, make_key(flags));
    SEALPOST_TRY(Certificate certificate, crypto::make_certificate(order, key, issuer));
    made.push_back(std::move(certificate));
    for (const Certificate& one : above)
        if (!one.is_self_signed()) made.push_back(one);
    return files::write_file(flags.out, crypto::format_chain_pem(made), files::Access::everybody);
}

void make_new(Context& context, const NewFlags& flags)
{
    std::vector<Certificate> made;
    if (auto issued = issue(flags, made); !issued) return context.fail(issued.error());
    json::object object = describe(made.front());
    object["chain_file"] = flags.out;
    object["key_file"] = flags.key_out;
    context.answer(object, format_certificate(made.front()) + "  written to " + flags.out + ", key in " + flags.key_out + "\n");
}

Result<> request(const NewFlags& flags)
{
    SEALPOST_TRY(crypto::CertificateOrder order, order_from(flags));
    if (std::filesystem::exists(flags.key_out)) {
        SEALPOST_TRY(PrivateKey key, load_key(flags.key_out));
        SEALPOST_TRY(std::string pem, crypto::make_request(order, key));
        return files::write_file(flags.out, pem, files::Access::everybody);
    }
    SEALPOST_TRY(PrivateKey key, make_key(flags));
    SEALPOST_TRY(std::string pem, crypto::make_request(order, key));
    return files::write_file(flags.out, pem, files::Access::everybody);
}

void make_csr(Context& context, const NewFlags& flags)
{
    if (auto done = request(flags); !done) return context.fail(done.error());
    const json::object object{{"csr_file", flags.out}, {"key_file", flags.key_out}};
    context.answer(object, "Send " + flags.out + " to the authority; keep " + flags.key_out +
                               " to yourself.\nInstall what it answers with: the certificate, then its intermediate.\n");
}

void show(Context& context, const std::string& path)
{
    auto chain = load_chain(path);
    if (!chain) return context.fail(chain.error());
    json::array list;
    std::string text;
    for (const Certificate& certificate : *chain) {
        list.emplace_back(describe(certificate));
        text += format_certificate(certificate);
    }
    context.answer(json::object{{"certificates", std::move(list)}}, text);
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
    crypto::TrustStore::Sources sources;
    for (const std::string& path : flags.trust) {
        SEALPOST_TRY(std::string pem, files::read_file(path, crypto::max_chain_pem_bytes));
        sources.pem_texts.push_back(std::move(pem));
    }
    SEALPOST_TRY(const auto trust, crypto::TrustStore::make(sources));
    const crypto::ChainCheck checked = crypto::check_chain(chain, *trust, crypto::ChainUse::server, SystemClock().now());
    if (!checked.verified()) return Verified{std::string(crypto::format_chain_problem(checked.problem)), checked.detail};
    if (!flags.name.empty() && !chain.front().names(flags.name))
        return Verified{"name_mismatch", "the certificate names " + format_names(chain.front()) + ", not " + flags.name};
    if (flags.key.empty()) return Verified{"ok", {}};
    SEALPOST_TRY(const PrivateKey key, load_key(flags.key));
    if (!key.belongs_to(chain.front())) return Verified{"wrong_key", flags.key + " is not the key of " + chain.front().subject()};
    return Verified{"ok", {}};
}

void verify(Context& context, const VerifyFlags& flags)
{
    auto checked = check(flags);
    if (!checked) return context.fail(checked.error());
    const json::object object{{"verdict", checked->verdict}, {"detail", checked->detail}};
    context.answer(object, flags.chain + ": " + checked->verdict + (checked->detail.empty() ? "" : "\n  " + checked->detail));
    context.exit = checked->verdict == "ok" ? Exit::yes : Exit::no;
}

void add_name_options(CLI::App& command, NewFlags& flags)
{
    command.add_option("--dns", flags.dns_names, "host name that the certificate is for (repeat for more)")->type_name("NAME");
    command.add_option("--ip", flags.addresses, "address that it is for")->type_name("IP");
    command.add_option("--subject", flags.subject, "such as \"CN=mx.acme.example, O=Acme\"; default: the first name");
    command.add_option("--key-type", flags.key_type, "of a new key")
        ->capture_default_str()
        ->check(CLI::IsMember({"ecdsa", "rsa"}));
}

void add_new(CLI::App& group, Context& context)
{
    auto flags = std::make_shared<NewFlags>();
    auto* command = group.add_subcommand("new", "Make a key and a certificate, signed by itself or by your own authority");
    add_name_options(*command, *flags);
    command->add_flag("--ca", flags->is_ca, "make an authority, which may sign others");
    command->add_option("--days", flags->days, "how long it is valid")->capture_default_str()->check(CLI::Range(1, 36500));
    command->add_option("--issuer", flags->issuer_chain, "certificate (chain) of the authority")->type_name("PEM");
    command->add_option("--issuer-key", flags->issuer_key, "and its key")->type_name("PEM");
    command->add_option("--out", flags->out, "the certificate, with intermediates")->required()->type_name("PEM");
    command->add_option("--key-out", flags->key_out, "the new key; must not exist yet")->required()->type_name("PEM");
    command->footer(
        "A certificate signed by itself gives TLS, but nobody can verify it: the TLS test fails it.\n\n"
        "Examples:\n"
        "  sealpost cert new --ca --subject \"CN=Acme Root, O=Acme\" --days 3650 --out root.pem --key-out root.key\n"
        "  sealpost cert new --dns mx1.acme.example --issuer root.pem --issuer-key root.key --out mx1.pem --key-out mx1.key");
    command->callback([&context, flags] { make_new(context, *flags); });
}

void add_csr(CLI::App& group, Context& context)
{
    auto flags = std::make_shared<NewFlags>();
    auto* command = group.add_subcommand("csr", "Make a signing request (PKCS#10) for an authority");
    add_name_options(*command, *flags);
    command->add_option("--key", flags->key_out, "the key: used when it exists, made otherwise")->required()->type_name("PEM");
    command->add_option("--out", flags->out, "the request")->required()->type_name("PEM");
    command->footer("Example:\n  sealpost cert csr --dns mx1.acme.example --key mx1.key --out mx1.csr");
    command->callback([&context, flags] { make_csr(context, *flags); });
}

void add_show(CLI::App& group, Context& context)
{
    auto path = std::make_shared<std::string>();
    auto* command = group.add_subcommand("show", "Tell what is in a certificate file");
    command->add_option("FILE", *path, "certificates in PEM form")->required();
    command->footer("Example:\n  sealpost cert show mx1.pem");
    command->callback([&context, path] { show(context, *path); });
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
    command->callback([&context, flags] { verify(context, *flags); });
}

}  // namespace

void add_cert_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("cert", "Make, request, show and verify certificates");
    group->require_subcommand(1);
    add_new(*group, context);
    add_csr(*group, context);
    add_show(*group, context);
    add_verify(*group, context);
}

}  // namespace sealpost::cli
