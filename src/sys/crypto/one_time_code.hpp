#pragma once

#include "base/clock.hpp"
#include "base/secret.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace sealpost::crypto {

// RFC 6238 with SHA-1, 6 digits and steps of 30 s: what authenticator apps make of a secret.
inline constexpr std::size_t one_time_secret_bytes = 20;  // RFC 4226 §4 R6: "RECOMMENDED 160 bits"
inline constexpr std::chrono::seconds one_time_step{30};

[[nodiscard]] std::int64_t one_time_step_of(WallTime time);
[[nodiscard]] std::string make_one_time_code(const Secret& secret, std::int64_t step);

// The step whose code it is: now's, the one before or the one after (§5.2), but none up to `used`.
[[nodiscard]] std::optional<std::int64_t> find_one_time_step(const Secret& secret, const Secret& code, WallTime now,
                                                             std::int64_t used);

}  // namespace sealpost::crypto
