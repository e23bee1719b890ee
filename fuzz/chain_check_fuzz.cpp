// room: sys/crypto
// A chain as a hostile server sends it: the first certificate of the input is trusted, the others are sent.
#include "sys/crypto/x509_check.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace sealpost::crypto;
    const auto all = parse_chain_pem(sealpost::as_text(sealpost::ByteView(data, size)));
    if (!all) return 0;
    const auto trust = TrustStore::make({.system = false, .pem_texts = {all->front().to_pem()}});
    if (!trust) return 0;
    const std::span<const Certificate> sent(all->begin() + 1, all->end());
    const ChainCheck found = check_chain(sent, **trust, ChainUse::server, sealpost::WallTime(std::chrono::hours(24 * 365 * 57)));
    if (!found.verified() && found.detail.empty()) std::abort();  // a finding without words
    return 0;
}
