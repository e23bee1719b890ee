// room: sys/crypto
// A chain as a hostile server sends it: the first certificate of the input is trusted, the others are sent. What verifies
// does so by that certificate alone, with a leaf that is strong enough and valid just now; what does not is told in words.
#include "sys/crypto/x509_check.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace sealpost::crypto;

void require(bool promise)
{
    if (!promise) std::abort();
}

ChainCheck check(std::span<const Certificate> sent, const std::vector<std::string>& trusted, sealpost::WallTime now)
{
    const auto trust = TrustStore::make({.system = false, .pem_texts = trusted});
    require(trust.has_value());
    return check_chain(sent, **trust, ChainUse::server, now);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto all = parse_chain_pem(sealpost::as_text(sealpost::ByteView(data, size)));
    if (!all || !TrustStore::make({.system = false, .pem_texts = {all->front().to_pem()}})) return 0;
    const std::span<const Certificate> sent(all->begin() + 1, all->end());
    const sealpost::WallTime now(std::chrono::hours(24 * 365 * 57));
    const ChainCheck found = check(sent, {all->front().to_pem()}, now);
    require(found.verified() == (found.code == 0 && !sent.empty()));
    require(found.missing_issuer.empty() || found.problem == ChainProblem::missing_intermediate ||
            found.problem == ChainProblem::untrusted_root);
    if (!found.verified()) {
        require(!found.detail.empty());
        return 0;
    }
    require(sent.front().not_before() <= now && now <= sent.front().not_after());
    require(find_weakness(sent.first(1)).verified());
    require(!check(sent, {}, now).verified());
    return 0;
}
