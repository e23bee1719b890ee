// room: wire/route
// A TLSA record that is read is written as it was; whether it fits a chain is decided without tripping,
// and a chain whose key nobody has seen fits none.
#include "wire/route/dane.hpp"

#include <cstdlib>

using namespace sealpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto record = route::parse_tlsa(text);
    if (!record) return 0;
    if (route::parse_tlsa(route::format_tlsa(*record)) != record) std::abort();
    static const auto key = crypto::PrivateKey::make_ed25519().value();
    static const auto certificate = [] {
        crypto::CertificateOrder order;
        order.subject = "mx.acme.test";
        order.dns_names = {"mx.acme.test"};
        order.not_after = WallTime(std::chrono::hours(24 * 365 * 60));
        return crypto::make_certificate(order, key).value();
    }();
    const std::vector<crypto::Certificate> chain{certificate, certificate};
    const auto match = route::match_tlsa({*record}, chain, {"mx.acme.test"}, WallTime{});
    if (match.matched() || match.problem.empty()) std::abort();
    return 0;
}
