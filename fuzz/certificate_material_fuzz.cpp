// room: sys/crypto
// Files of certificates and keys that administrators hand in, and OCSP answers that servers staple.
#include "sys/crypto/material.hpp"
#include "sys/crypto/ocsp.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace sealpost;

const crypto::TrustStore& nobody()
{
    static const auto store = crypto::TrustStore::make({.system = false, .pem_texts = {}}).value();
    return *store;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const ByteView bytes(data, size);
    static const Secret password = Secret::copy_of(std::string_view("secret"));
    const auto found = crypto::read_material(bytes, &password);
    if (!found) return 0;
    const auto arranged = crypto::arrange(found->certificates, found->key ? &*found->key : nullptr);
    if (!arranged) return 0;
    const std::size_t placed = arranged->chain.size() + arranged->roots.size() + arranged->unrelated.size();
    if (placed != found->certificates.size()) std::abort();  // none is lost
    const auto check = crypto::check_stapled(bytes, arranged->chain, nobody(), WallTime());
    if (check.status == crypto::StapledStatus::good) std::abort();  // nobody is trusted
    return 0;
}
