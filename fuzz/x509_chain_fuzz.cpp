// room: sys/crypto
// Certificates come from outside: from a handshake (DER) and from files (PEM).
#include "sys/crypto/x509.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

void read_everything(const sealpost::crypto::Certificate& certificate)
{
    std::size_t seen = certificate.subject().size() + certificate.issuer().size() + certificate.serial().size();
    seen += certificate.dns_names().size() + certificate.ip_names().size() + certificate.aia_issuer_url().size();
    seen += certificate.signature_hash().size() + certificate.key_type().size() + certificate.issuer_organization().size();
    if (certificate.is_ca() || certificate.is_self_signed()) ++seen;
    if (certificate.names("mx.acme.test") && certificate.not_after() < certificate.not_before()) ++seen;
    if (seen == static_cast<std::size_t>(certificate.key_bits()) + SIZE_MAX / 2) std::abort();  // keeps it all in use
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const sealpost::ByteView bytes(data, size);
    if (const auto certificate = sealpost::crypto::Certificate::parse_der(bytes)) read_everything(*certificate);
    if (const auto chain = sealpost::crypto::parse_chain_pem(sealpost::as_text(bytes)))
        for (const auto& certificate : *chain) read_everything(certificate);
    return 0;
}
