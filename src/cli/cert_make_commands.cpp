#include "base/text.hpp"
#include "cli/cert_text.hpp"
#include "cli/new_files.hpp"
#include "cli/service_store.hpp"
#include "core/certificates/report.hpp"

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

// csr only: for a certificate that the node keeps.
struct RequestFlags {
    NewFlags files;
    std::string name;  // empty: into files
    certificates::RequestOrder order;
};

Error usage(std::string text) { return {Fault::config, std::move(text)}; }

// A new key never takes the place of another: that one may be in use. It is written once what it was made for is made, so
// that what failed can be repeated.
Result<PrivateKey> make_key(const NewFlags& flags)
{
    SEALPOST_CHECK(check_new_key(flags.key_out));
    return PrivateKey::make_of_type(flags.key_type);
}

Result<> write_key(const NewFlags& flags, const PrivateKey& key) { return files::write_secret(flags.key_out, key.to_pem()); }

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

// The leaf, then what a server has to send above it: everything but the root.
Result<> issue(const NewFlags& flags, std::vector<Certificate>& made)
{
    SEALPOST_TRY(crypto::CertificateOrder order, order_from(flags));
    SEALPOST_CHECK(check_new_file(flags.out, flags.key_out, "chain"));
    std::vector<Certificate> above;
    SEALPOST_TRY(const auto issuer, issuer_from(flags, above));
    SEALPOST_TRY(PrivateKey key, make_key(flags));
    SEALPOST_TRY(Certificate certificate, crypto::make_certificate(order, key, issuer));
    made.push_back(std::move(certificate));
    for (const Certificate& one : above)
        if (!one.is_self_signed()) made.push_back(one);
    SEALPOST_CHECK(write_key(flags, key));
    return files::write_file(flags.out, crypto::format_chain_pem(made), files::Access::everybody);
}

void make_new(Context& context, const NewFlags& flags)
{
    std::vector<Certificate> made;
    if (auto issued = issue(flags, made); !issued) return context.fail(issued.error());
    json::object object = certificates::to_json(made.front());
    object["chain_file"] = flags.out;
    object["key_file"] = flags.key_out;
    context.answer(object, format_certificate(made.front()) + "  written to " + flags.out + ", key in " + flags.key_out + "\n");
}

Result<> request(const NewFlags& flags)
{
    SEALPOST_TRY(crypto::CertificateOrder order, order_from(flags));
    SEALPOST_CHECK(check_new_file(flags.out, flags.key_out, "request"));
    if (files::is_there(flags.key_out)) {
        SEALPOST_TRY(PrivateKey key, load_key(flags.key_out));
        SEALPOST_TRY(std::string pem, crypto::make_request(order, key));
        return files::write_file(flags.out, pem, files::Access::everybody);
    }
    SEALPOST_TRY(PrivateKey key, make_key(flags));
    SEALPOST_TRY(std::string pem, crypto::make_request(order, key));
    SEALPOST_CHECK(write_key(flags, key));
    return files::write_file(flags.out, pem, files::Access::everybody);
}

void make_csr(Context& context, const NewFlags& flags)
{
    if (auto done = request(flags); !done) return context.fail(done.error());
    const json::object object{{"csr_file", flags.out}, {"key_file", flags.key_out}};
    context.answer(object, "Send " + flags.out + " to the authority; keep " + flags.key_out +
                               " to yourself.\nInstall what it answers with: the certificate, then its intermediate.\n");
}

void request_from_node(Context& context, const RequestFlags& flags)
{
    if (!flags.files.key_out.empty()) return context.fail(usage("--key is for files; the node makes and keeps the key itself"));
    if (!flags.files.subject.empty() || !flags.files.addresses.empty())
        return context.fail(usage("--subject and --ip are for files; --organisation and others name the subject here"));
    if (auto free = check_new_file(flags.files.out, "", "request"); !free) return context.fail(free.error());
    auto store = open_certificates(context);
    if (!store) return context.fail(store.error());
    auto order = flags.order;
    order.names = flags.files.dns_names;
    auto made = store->make_request(flags.name, order);
    if (!made) return context.fail(made.error());
    json::object object = certificates::to_json(*made);
    object["name"] = flags.name;
    if (flags.files.out.empty()) return context.answer(object, made->pem);
    if (auto written = files::write_file(flags.files.out, made->pem, files::Access::everybody); !written)
        return context.fail(written.error());
    object["csr_file"] = flags.files.out;
    context.answer(object, "Send " + flags.files.out +
                               " to the authority; the node keeps the key.\nInstall what it answers with: sealpost cert import " +
                               flags.name + " FILE…, the certificate and its intermediate.\n");
}

void make_csr(Context& context, const RequestFlags& flags)
{
    if (!flags.name.empty()) return request_from_node(context, flags);
    if (flags.files.key_out.empty() || flags.files.out.empty())
        return context.fail(usage("name a certificate of the configuration, or both --key and --out"));
    make_csr(context, flags.files);
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
    auto flags = std::make_shared<RequestFlags>();
    auto* command = group.add_subcommand("csr", "Make a signing request (PKCS#10) for an authority");
    command->add_option("NAME", flags->name,
                        "a certificate of the configuration that the node keeps: a new key, kept there; what is installed stays");
    add_name_options(*command, flags->files);
    command->add_option("--organisation", flags->order.subject.organization, "with NAME: who asks");
    command->add_option("--unit", flags->order.subject.unit, "with NAME: its unit");
    command->add_option("--city", flags->order.subject.city, "with NAME");
    command->add_option("--state", flags->order.subject.state, "with NAME");
    command->get_option("--dns")->description(
        "host name that it is for (repeat for more); with NAME: default, those of the configuration");
    command->get_option("--ip")->description("without NAME: address that it is for");
    command->get_option("--subject")
        ->description("without NAME: such as \"CN=mx.acme.example, O=Acme\"; default: the first name");
    command->add_option("--country", flags->order.subject.country, "with NAME: two letters");
    command->add_option("--key", flags->files.key_out, "without NAME: the key, used when it exists, made otherwise")
        ->type_name("PEM");
    command->add_option("--out", flags->files.out, "the request; with NAME, standard output by default")->type_name("PEM");
    command->footer(
        "Examples:\n"
        "  sealpost cert csr mx1 --organisation Acme --country FR > mx1.csr\n"
        "  sealpost cert csr --dns mx1.acme.example --key mx1.key --out mx1.csr");
    command->callback([&context, command, flags] {
        if (command->count("--key-type") > 0) flags->order.key_type = flags->files.key_type;
        make_csr(context, *flags);
    });
}

}  // namespace

void add_cert_make_commands(CLI::App& group, Context& context)
{
    add_new(group, context);
    add_csr(group, context);
}

}  // namespace sealpost::cli
