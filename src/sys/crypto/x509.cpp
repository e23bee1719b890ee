#include "sys/crypto/x509.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "sys/crypto/x509_detail.hpp"

#include <openssl/pem.h>

#include <array>

namespace sealpost::crypto {
using namespace detail;
namespace {

std::string format_name(const X509_NAME* name)
{
    // Readable order (most specific first), UTF-8 as it is, control characters escaped.
    constexpr unsigned long flags = XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_DN_REV | XN_FLAG_FN_SN |
                                    ((ASN1_STRFLGS_RFC2253) & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
    const BioHandle out(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(out.get(), name, 0, flags);
    return take_text(out.get());
}

std::string find_in_name(const X509_NAME* name, int nid)
{
    const int at = X509_NAME_get_index_by_NID(const_cast<X509_NAME*>(name), nid, -1);
    if (at < 0) return {};
    unsigned char* utf8 = nullptr;
    const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    if (size < 0) return {};
    std::string text(reinterpret_cast<char*>(utf8), static_cast<std::size_t>(size));
    OPENSSL_free(utf8);
    return text;
}

WallTime from_asn1(const ASN1_TIME* time)
{
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return {};
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::from_time_t(timegm(&parts)));
}

std::string text_of(const ASN1_STRING* string)
{
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)), static_cast<std::size_t>(ASN1_STRING_length(string))};
}

GeneralNamesHandle alternative_names(X509* certificate)
{
    return GeneralNamesHandle(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
}

std::string format_key_type(const EVP_PKEY* key)
{
    const char* name = key == nullptr ? nullptr : OBJ_nid2sn(EVP_PKEY_get_base_id(key));
    if (name == nullptr) return "unknown";
    if (std::string_view(name) == "rsaEncryption") return "RSA";
    return std::string_view(name) == "id-ecPublicKey" ? "EC" : name;
}

std::optional<IpAddress> address_of(const ASN1_OCTET_STRING* octets)
{
    const unsigned char* data = ASN1_STRING_get0_data(octets);
    if (ASN1_STRING_length(octets) == 4) return IpAddress::v4({data[0], data[1], data[2], data[3]});
    if (ASN1_STRING_length(octets) != 16) return std::nullopt;
    std::array<std::uint8_t, 16> all{};
    std::copy_n(data, 16, all.begin());
    return IpAddress::v6(all);
}

// A key with a passphrase is refused, not asked for at a terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

}  // namespace

Result<PrivateKey> PrivateKey::parse_pem(std::string_view pem)
{
    if (pem.size() > max_chain_pem_bytes) return Error{Fault::config, "the private key file is too large"};
    const BioHandle in = read_memory(pem);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr);
    if (key == nullptr) {
        last_error();
        return Error{Fault::config, "not a private key in PEM form without a passphrase"};
    }
    return PrivateKey(std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free));
}

PrivateKey PrivateKey::share(EVP_PKEY* key)
{
    EVP_PKEY_up_ref(key);
    return PrivateKey(std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free));
}

Result<PrivateKey> PrivateKey::make_rsa(int bits)
{
    EVP_PKEY* key = EVP_RSA_gen(static_cast<unsigned>(bits));
    if (key == nullptr) return Error{Fault::give_up, "cannot make an RSA key: " + last_error()};
    return PrivateKey(std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free));
}

Result<PrivateKey> PrivateKey::make_ecdsa_p256()
{
    EVP_PKEY* key = EVP_EC_gen("P-256");
    if (key == nullptr) return Error{Fault::give_up, "cannot make an ECDSA key: " + last_error()};
    return PrivateKey(std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free));
}

Result<PrivateKey> PrivateKey::make_ed25519()
{
    EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    if (key == nullptr) return Error{Fault::give_up, "cannot make an Ed25519 key: " + last_error()};
    return PrivateKey(std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free));
}

Result<PrivateKey> PrivateKey::make_of_type(std::string_view type)
{
    constexpr int rsa_bits = 3072;
    return type == "rsa" ? make_rsa(rsa_bits) : make_ecdsa_p256();
}

Secret PrivateKey::to_pem() const
{
    const BioHandle out(BIO_new(BIO_s_secmem()));
    PEM_write_bio_PKCS8PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* data = nullptr;
    const long size = BIO_get_mem_data(out.get(), &data);
    return Secret::copy_of(std::string_view(data, static_cast<std::size_t>(size)));
}

Bytes PrivateKey::public_der() const
{
    const int size = i2d_PUBKEY(key_.get(), nullptr);
    Bytes der(static_cast<std::size_t>(std::max(size, 0)));
    unsigned char* at = der.data();
    if (size > 0) i2d_PUBKEY(key_.get(), &at);
    return der;
}

int PrivateKey::bits() const { return EVP_PKEY_get_bits(key_.get()); }
std::string PrivateKey::type() const { return format_key_type(key_.get()); }

bool PrivateKey::belongs_to(const Certificate& certificate) const
{
    const bool same = X509_check_private_key(certificate.handle(), key_.get()) == 1;
    ERR_clear_error();
    return same;
}

Certificate Certificate::share(X509* certificate)
{
    X509_up_ref(certificate);
    return Certificate(std::shared_ptr<X509>(certificate, X509_free));
}

Result<Certificate> Certificate::parse_pem(std::string_view pem)
{
    if (pem.size() > max_chain_pem_bytes) return Error{Fault::config, "the certificate file is too large"};
    const BioHandle in = read_memory(pem);
    X509* certificate = PEM_read_bio_X509(in.get(), nullptr, no_passphrase, nullptr);
    if (certificate == nullptr) return Error{Fault::config, "not a certificate in PEM form: " + last_error()};
    return Certificate(std::shared_ptr<X509>(certificate, X509_free));
}

Result<Certificate> Certificate::parse_der(ByteView der)
{
    if (der.size() > max_chain_pem_bytes) return Error{Fault::peer_broke_it, "the certificate is too large"};
    const unsigned char* at = der.data();
    X509Handle certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    if (!certificate) return Error{Fault::peer_broke_it, "not a certificate in DER form: " + last_error()};
    if (at != der.data() + der.size()) return Error{Fault::peer_broke_it, "something follows the certificate"};
    return Certificate(std::shared_ptr<X509>(certificate.release(), X509_free));
}

std::string Certificate::to_pem() const
{
    const BioHandle out(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(out.get(), handle());
    return take_text(out.get());
}

Bytes Certificate::to_der() const
{
    const int size = i2d_X509(handle(), nullptr);
    Bytes der(static_cast<std::size_t>(std::max(size, 0)));
    unsigned char* at = der.data();
    if (size > 0) i2d_X509(handle(), &at);
    return der;
}

std::string Certificate::subject() const { return format_name(X509_get_subject_name(handle())); }
std::string Certificate::issuer() const { return format_name(X509_get_issuer_name(handle())); }
std::string Certificate::common_name() const { return find_in_name(X509_get_subject_name(handle()), NID_commonName); }
std::string Certificate::issuer_common_name() const { return find_in_name(X509_get_issuer_name(handle()), NID_commonName); }

std::string Certificate::issuer_organization() const
{
    return find_in_name(X509_get_issuer_name(handle()), NID_organizationName);
}

std::string Certificate::serial() const
{
    const ASN1_INTEGER* number = X509_get0_serialNumber(handle());
    return format_hex(as_bytes(text_of(number)));
}

WallTime Certificate::not_before() const { return from_asn1(X509_get0_notBefore(handle())); }
WallTime Certificate::not_after() const { return from_asn1(X509_get0_notAfter(handle())); }

std::vector<std::string> Certificate::dns_names() const
{
    std::vector<std::string> found;
    const GeneralNamesHandle names = alternative_names(handle());
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type == GEN_DNS) found.push_back(text_of(name->d.dNSName));
    }
    return found;
}

std::vector<IpAddress> Certificate::ip_names() const
{
    std::vector<IpAddress> found;
    const GeneralNamesHandle names = alternative_names(handle());
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != GEN_IPADD) continue;
        if (const auto address = address_of(name->d.iPAddress)) found.push_back(*address);
    }
    return found;
}

std::string Certificate::sha256_fingerprint() const
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    X509_digest(handle(), EVP_sha256(), digest.data(), &size);
    return format_hex(ByteView(digest.data(), size));
}

bool Certificate::is_ca() const { return X509_check_ca(handle()) == 1; }

bool Certificate::is_self_signed() const
{
    const bool yes = X509_self_signed(handle(), 1) == 1;
    ERR_clear_error();
    return yes;
}

int Certificate::key_bits() const
{
    const EVP_PKEY* key = X509_get0_pubkey(handle());
    ERR_clear_error();
    return key == nullptr ? 0 : EVP_PKEY_get_bits(key);
}

std::string Certificate::key_type() const { return format_key_type(X509_get0_pubkey(handle())); }

std::string Certificate::signature_hash() const
{
    int hash = NID_undef;
    if (X509_get_signature_info(handle(), &hash, nullptr, nullptr, nullptr) != 1 || hash == NID_undef) return {};
    return OBJ_nid2sn(hash);
}

std::string Certificate::aia_issuer_url() const
{
    using Handle = std::unique_ptr<AUTHORITY_INFO_ACCESS, Freer<AUTHORITY_INFO_ACCESS_free>>;
    const Handle access(static_cast<AUTHORITY_INFO_ACCESS*>(X509_get_ext_d2i(handle(), NID_info_access, nullptr, nullptr)));
    for (int i = 0; access && i < sk_ACCESS_DESCRIPTION_num(access.get()); ++i) {
        const ACCESS_DESCRIPTION* entry = sk_ACCESS_DESCRIPTION_value(access.get(), i);
        if (OBJ_obj2nid(entry->method) == NID_ad_ca_issuers && entry->location->type == GEN_URI)
            return text_of(entry->location->d.uniformResourceIdentifier);
    }
    return {};
}

bool Certificate::names(std::string_view host) const
{
    if (host.ends_with('.')) host.remove_suffix(1);
    const std::string text(host);
    if (parse_ip(host)) return X509_check_ip_asc(handle(), text.c_str(), 0) == 1;
    // RFC 6125 §6.4.4 lets the common name go; without this flag OpenSSL falls back to it.
    constexpr unsigned flags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
    return !text.empty() && X509_check_host(handle(), text.data(), text.size(), flags, nullptr) == 1;
}

Result<std::vector<Certificate>> detail::read_certificates(std::string_view pem, std::size_t most)
{
    const BioHandle in = read_memory(pem);
    std::vector<Certificate> certificates;
    while (const X509Handle next{PEM_read_bio_X509(in.get(), nullptr, no_passphrase, nullptr)}) {
        if (certificates.size() == most)
            return Error{Fault::config, "more than " + std::to_string(most) + " certificates in one file"};
        certificates.push_back(Certificate::share(next.get()));
    }
    // The normal end of a PEM file is this error; any other means a damaged certificate.
    const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    const std::string reason = last_error();
    if (!ended) return Error{Fault::config, "certificate " + std::to_string(certificates.size() + 1) + " is damaged: " + reason};
    if (certificates.empty()) return Error{Fault::config, "no certificate in PEM form"};
    return certificates;
}

Result<std::vector<Certificate>> parse_chain_pem(std::string_view pem)
{
    if (pem.size() > max_chain_pem_bytes) return Error{Fault::config, "the certificate file is too large"};
    return detail::read_certificates(pem, max_chain_certificates);
}

std::string format_chain_pem(std::span<const Certificate> chain)
{
    std::string pem;
    for (const Certificate& certificate : chain) pem += certificate.to_pem();
    return pem;
}

Result<KeyPair> parse_key_pair(std::string_view chain_pem, std::string_view key_pem)
{
    SEALPOST_TRY(auto chain, parse_chain_pem(chain_pem));
    SEALPOST_TRY(auto key, PrivateKey::parse_pem(key_pem));
    if (!key.belongs_to(chain.front()))
        return Error{Fault::config, "the key does not belong to the first certificate, \"" + chain.front().subject() + "\""};
    return KeyPair{std::move(chain), std::move(key)};
}

}  // namespace sealpost::crypto
