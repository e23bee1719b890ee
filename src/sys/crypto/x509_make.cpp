// Making certificates and requests: private authorities, the demo's and the tests' worlds.
#include "base/text.hpp"
#include "sys/crypto/x509.hpp"
#include "sys/crypto/x509_detail.hpp"

#include <openssl/pem.h>
#include <openssl/rand.h>

namespace sealpost::crypto {
using namespace detail;
namespace {

Error failed(std::string_view what) { return {Fault::give_up, "cannot " + std::string(what) + ": " + last_error()}; }

bool add_to_name(X509_NAME* name, std::string_view key, std::string_view value)
{
    return X509_NAME_add_entry_by_txt(name, std::string(key).c_str(), MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(value.data()), static_cast<int>(value.size()), -1,
                                      0) == 1;
}

// At commas, but for those behind a backslash (RFC 4514 §2.4), which is taken away.
std::vector<std::string> split_name(std::string_view text)
{
    std::vector<std::string> parts(1);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size())
            parts.back() += text[++i];
        else if (text[i] == ',')
            parts.emplace_back();
        else
            parts.back() += text[i];
    }
    return parts;
}

// "mx.acme.test" or "CN=mx.acme.test, O=Acme\, Inc.". Names are written least specific first, as usual.
Result<NameHandle> parse_name(std::string_view text)
{
    NameHandle name(X509_NAME_new());
    if (text.find('=') == std::string_view::npos) {
        if (!text.empty() && !add_to_name(name.get(), "CN", text)) return Error{Fault::config, "not a subject name"};
        return name;
    }
    const auto parts = split_name(text);
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
        const std::string_view entry = *part;
        const std::size_t equals = entry.find('=');
        if (equals == std::string_view::npos ||
            !add_to_name(name.get(), trim(entry.substr(0, equals)), trim(entry.substr(equals + 1)))) {
            ERR_clear_error();
            return Error{Fault::config, "not a part of a subject name: \"" + std::string(trim(entry)) + "\""};
        }
    }
    return name;
}

// Names reach OpenSSL's configuration syntax, where a comma would begin another entry.
Result<std::string> format_alternative_names(const CertificateOrder& order)
{
    std::vector<std::string> entries;
    for (const std::string& name : order.dns_names) {
        const bool plain =
            !name.empty() &&
            name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._*") == std::string::npos;
        if (!plain) return Error{Fault::config, "not a host name: \"" + name + "\""};
        entries.push_back("DNS:" + name);
    }
    for (const IpAddress& address : order.ips) entries.push_back("IP:" + format_ip(address));
    return join(entries, ",");
}

using Extensions = std::vector<std::pair<int, std::string>>;

Result<Extensions> choose_extensions(const CertificateOrder& order)
{
    Extensions chosen;
    chosen.emplace_back(NID_basic_constraints, order.is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    chosen.emplace_back(NID_key_usage,
                        order.is_ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature,keyEncipherment");
    if (!order.is_ca) chosen.emplace_back(NID_ext_key_usage, "serverAuth,clientAuth");
    SEALPOST_TRY(std::string names, format_alternative_names(order));
    if (!names.empty()) chosen.emplace_back(NID_subject_alt_name, names);
    return chosen;
}

bool add_extension(X509* certificate, X509V3_CTX* context, int nid, const std::string& value)
{
    const ExtensionHandle extension(X509V3_EXT_conf_nid(nullptr, context, nid, value.c_str()));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

Result<> add_extensions(X509* certificate, X509* issuer, const CertificateOrder& order)
{
    SEALPOST_TRY(Extensions chosen, choose_extensions(order));
    chosen.emplace_back(NID_subject_key_identifier, "hash");
    if (issuer != certificate) chosen.emplace_back(NID_authority_key_identifier, "keyid:always");
    if (!order.aia_issuer_url.empty()) {
        if (order.aia_issuer_url.find_first_of(",\r\n") != std::string::npos) return Error{Fault::config, "not a URL"};
        chosen.emplace_back(NID_info_access, "caIssuers;URI:" + order.aia_issuer_url);
    }
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    for (const auto& [nid, value] : chosen)
        if (!add_extension(certificate, &context, nid, value)) return failed("add an extension");
    return {};
}

bool set_dates(X509* certificate, const CertificateOrder& order)
{
    const auto seconds = [](WallTime time) { return std::chrono::system_clock::to_time_t(time); };
    return ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(order.not_before)) != nullptr &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(order.not_after)) != nullptr;
}

// CA/Browser Forum §7.1: at least 64 random bits; here 126, positive.
bool set_serial(X509* certificate)
{
    std::unique_ptr<BIGNUM, Freer<BN_free>> number(BN_new());
    return BN_rand(number.get(), 126, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
           BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

const EVP_MD* digest_for(const EVP_PKEY* key, const std::string& hash)
{
    return EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? nullptr : EVP_get_digestbyname(hash.c_str());
}

Result<RequestHandle> sign_request(const CertificateOrder& order, const PrivateKey& key)
{
    SEALPOST_TRY(NameHandle subject, parse_name(order.subject));
    SEALPOST_TRY(std::string names, format_alternative_names(order));
    RequestHandle request(X509_REQ_new());
    if (X509_REQ_set_subject_name(request.get(), subject.get()) != 1 || X509_REQ_set_pubkey(request.get(), key.handle()) != 1)
        return failed("make a request");
    if (!names.empty()) {
        const ExtensionHandle extension(X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str()));
        if (!extension) return failed("add the names to a request");
        STACK_OF(X509_EXTENSION)* list = sk_X509_EXTENSION_new_null();
        sk_X509_EXTENSION_push(list, extension.get());
        X509_REQ_add_extensions(request.get(), list);
        sk_X509_EXTENSION_free(list);
    }
    if (X509_REQ_sign(request.get(), key.handle(), digest_for(key.handle(), order.hash)) == 0) return failed("sign a request");
    return request;
}

}  // namespace

Result<Certificate> make_certificate(const CertificateOrder& order, const PrivateKey& key, const std::optional<Issuer>& issuer)
{
    SEALPOST_TRY(NameHandle subject, parse_name(order.subject));
    const X509Handle certificate(X509_new());
    X509* made = certificate.get();
    X509* signer = issuer ? issuer->certificate.handle() : made;
    EVP_PKEY* signing_key = issuer ? issuer->key.handle() : key.handle();
    const bool filled = X509_set_version(made, X509_VERSION_3) == 1 && set_serial(made) && set_dates(made, order) &&
                        X509_set_subject_name(made, subject.get()) == 1 && X509_set_pubkey(made, key.handle()) == 1 &&
                        X509_set_issuer_name(made, X509_get_subject_name(signer)) == 1;
    if (!filled) return failed("make a certificate");
    SEALPOST_CHECK(add_extensions(made, signer, order));
    if (X509_sign(made, signing_key, digest_for(signing_key, order.hash)) == 0) return failed("sign a certificate");
    // Read back, so that what we hand out is what others will parse.
    Bytes der = Certificate::share(made).to_der();
    return Certificate::parse_der(der);
}

Result<std::string> make_request(const CertificateOrder& order, const PrivateKey& key)
{
    SEALPOST_TRY(const RequestHandle request, sign_request(order, key));
    const BioHandle out(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509_REQ(out.get(), request.get());
    return take_text(out.get());
}

Result<Bytes> make_request_der(const CertificateOrder& order, const PrivateKey& key)
{
    SEALPOST_TRY(const RequestHandle request, sign_request(order, key));
    Bytes der(static_cast<std::size_t>(std::max(i2d_X509_REQ(request.get(), nullptr), 0)));
    unsigned char* at = der.data();
    if (i2d_X509_REQ(request.get(), &at) <= 0) return failed("write a request");
    return der;
}

Result<std::vector<std::string>> parse_request_names(std::string_view pem)
{
    if (pem.size() > max_chain_pem_bytes) return Error{Fault::config, "the request is too large"};
    const BioHandle in = read_memory(pem);
    const RequestHandle request(PEM_read_bio_X509_REQ(in.get(), nullptr, nullptr, nullptr));
    if (!request) {
        ERR_clear_error();
        return Error{Fault::config, "not a request in PEM form"};
    }
    STACK_OF(X509_EXTENSION)* extensions = X509_REQ_get_extensions(request.get());
    const GeneralNamesHandle names(
        static_cast<GENERAL_NAMES*>(X509V3_get_d2i(extensions, NID_subject_alt_name, nullptr, nullptr)));
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    std::vector<std::string> found;
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != GEN_DNS) continue;
        found.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                           static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    }
    return found;
}

}  // namespace sealpost::crypto
