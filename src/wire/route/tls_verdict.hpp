#pragma once

#include "base/language.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sealpost::route {

// What the TLS test found at one address of a mail host (interfaces.md).
enum class TlsVerdict {
    ok,
    missing_intermediate,
    self_signed,
    untrusted_root,
    expired,
    not_yet_valid,
    name_mismatch,
    weak_key,
    weak_signature,
    weak_protocol,  // nothing newer than TLS 1.1
    no_starttls,
    starttls_refused,
    handshake_failed,
    unreachable,
    refused_by_banner,
    revoked,        // by its authority, as a stapled answer says
    dane_mismatch,  // TLSA records that do not know the certificate
};

[[nodiscard]] std::string_view format_verdict(TlsVerdict verdict);  // "missing_intermediate"
[[nodiscard]] std::optional<TlsVerdict> parse_verdict(std::string_view name);

// What it means, in a few words, and what the administrator of the host can do; empty for ok.
[[nodiscard]] std::string_view explain_verdict(TlsVerdict verdict, Language language);
[[nodiscard]] std::string_view fix_for(TlsVerdict verdict, Language language);

}  // namespace sealpost::route
