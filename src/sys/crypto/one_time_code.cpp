#include "sys/crypto/one_time_code.hpp"

#include "sys/crypto/digest.hpp"

#include <liboath/oath.h>

#include <algorithm>
#include <stdexcept>

namespace sealpost::crypto {
namespace {

constexpr unsigned digits = 6;

}  // namespace

std::int64_t one_time_step_of(WallTime time)
{
    return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()) / one_time_step;
}

std::string make_one_time_code(const Secret& secret, std::int64_t step)
{
    char code[digits + 1] = {};
    const auto text = secret.reveal_text();
    const int failure = oath_hotp_generate(text.data(), text.size(), static_cast<std::uint64_t>(step), digits, false,
                                           OATH_HOTP_DYNAMIC_TRUNCATION, code);
    if (failure != OATH_OK) throw std::runtime_error("no one-time code could be made");
    return {code, digits};
}

std::optional<std::int64_t> find_one_time_step(const Secret& secret, const Secret& code, WallTime now, std::int64_t used)
{
    if (secret.empty()) return std::nullopt;
    const auto step = one_time_step_of(now);
    std::optional<std::int64_t> found;
    for (auto each = std::max(step - 1, used + 1); each <= step + 1; ++each)
        if (code.equals(as_bytes(make_one_time_code(secret, each))) && !found) found = each;
    return found;
}

}  // namespace sealpost::crypto
