#pragma once

#include "serve/acme/failure.hpp"
#include "serve/acme/renewal_state.hpp"
#include "sys/crypto/x509.hpp"

namespace sealpost::acme {

// When a certificate is asked for, and why (doc/spec/acme.md, "When"). Pure; the clock is the caller's.
enum class Why { nothing_installed, names_changed, renewal, asked };
[[nodiscard]] std::string_view format_why(Why why);

struct Situation {
    std::vector<std::string> names;                // of the configuration
    std::optional<crypto::Certificate> installed;  // the leaf that is presented now
    bool is_asked = false;                         // by an administrator
    WallTime now{};
};
struct Plan {
    Why why = Why::nothing_installed;
    WallTime at{};
};
[[nodiscard]] Plan plan_next(const Situation& situation, const RenewalState& state);

// When a third of its life is left, or up to a twentieth of its life earlier: which, follows from the certificate.
[[nodiscard]] WallTime renewal_time(const crypto::Certificate& leaf);
// Whether so little of its life is left that an administrator has to look.
[[nodiscard]] bool is_urgent(const std::optional<crypto::Certificate>& installed, WallTime now);

// What the state is when a try begins, has failed, has succeeded.
[[nodiscard]] RenewalState begin_try(RenewalState state, const std::vector<std::string>& names, WallTime now);
[[nodiscard]] RenewalState note_failure(RenewalState state, const Failure& failure, WallTime now);
[[nodiscard]] RenewalState note_success(RenewalState state, const crypto::Certificate& leaf, WallTime now);

}  // namespace sealpost::acme
