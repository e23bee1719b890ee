#pragma once

#include "base/language.hpp"
#include "sys/crypto/x509_check.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sealpost::certificates {

// What becomes of a chain that a client is shown, or of what somebody wants to install. The first four say
// that there is nothing to install; weak_key and weak_signature that no listener can show it, and go before the others.
enum class Verdict {
    not_read,
    no_certificate,
    no_key,
    wrong_key,
    ok,
    missing_intermediate,
    self_signed,
    untrusted_root,
    expired,
    not_yet_valid,
    weak_key,
    weak_signature,
    not_for_this_use,
    name_mismatch,
    invalid,
};
[[nodiscard]] std::string_view format_verdict(Verdict verdict);  // "missing_intermediate"

struct Finding {
    Verdict verdict = Verdict::no_certificate;
    std::string detail;                      // what is wrong, naming the certificate at fault; empty when nothing is
    Words fix;                               // what mends it; the same
    std::string missing_issuer;              // with missing_intermediate: its subject
    std::string missing_issuer_url;          // and where it can be had, when the certificate says so
    std::vector<crypto::Certificate> chain;  // as it is sent, leaf first
    std::optional<std::size_t> faulty;       // which of it is at fault; its length: one behind the last, which is not sent

    // Perhaps by the longer word only. What is too weak is not: no listener could show it, and the node not start again.
    [[nodiscard]] bool is_installable() const
    {
        return verdict >= Verdict::ok && verdict != Verdict::weak_key && verdict != Verdict::weak_signature;
    }
    [[nodiscard]] bool may_be_installed(bool even_though_it_does_not_verify) const
    {
        return verdict == Verdict::ok || (even_though_it_does_not_verify && is_installable());
    }
};

struct ChainQuestion {
    std::vector<crypto::Certificate> chain;
    std::vector<crypto::Certificate> roots = {};  // given and not sent: they tell an untrusted root from a missing intermediate
    std::vector<std::string> names = {};          // which the leaf must bear
};
// Would others accept this chain from a server?
[[nodiscard]] Finding check_chain(ChainQuestion question, const crypto::TrustStore& trust, WallTime now);

// A finding that there is nothing to install; `detail` says why.
[[nodiscard]] Finding refuse(Verdict verdict, std::string detail);

[[nodiscard]] bool is_demo(const crypto::Certificate& leaf);
inline constexpr std::string_view demo_organization = "Sealpost demo certificate";

[[nodiscard]] WallTime find_end(const std::vector<crypto::Certificate>& chain);  // the first of them to expire; not empty
// Whole days until then, less than 0 once it is over.
[[nodiscard]] int count_days_left(const std::vector<crypto::Certificate>& chain, WallTime now);

}  // namespace sealpost::certificates
