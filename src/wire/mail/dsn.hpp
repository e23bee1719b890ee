#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <string>
#include <vector>

namespace sealpost::mail {

// What a delivery status notification reports (RFC 3464).
enum class DsnAction { failed, delayed, delivered, relayed };

struct DsnRecipient {
    std::string address;   // final recipient
    std::string original;  // ORCPT as given ("rfc822;a@b"), may be empty
    DsnAction action = DsnAction::failed;
    std::string status;       // enhanced code, "5.1.1"; empty becomes 5.0.0, 4.0.0 or 2.0.0
    std::string remote_host;  // who said so; empty: we did
    std::string diagnostic;   // what was said; without "smtp;"
};

struct DsnFacts {
    std::string reporting_host;  // our host name
    std::string to;              // the envelope sender of the original, never empty
    std::string envelope_id;     // ENVID as given (xtext decoded), may be empty
    WallTime arrived_at;         // the original at our side
    WallTime now;
    WallTime retries_until;  // Will-Retry-Until of delayed recipients
    std::vector<DsnRecipient> recipients;
    std::string original_head;  // header block of the original message
    std::string original;       // all of it; empty: only the head comes back
    bool smtputf8 = false;
};

// The whole message: multipart/report with a text for people, message/delivery-status and the
// original, whole (message/rfc822, or message/global with smtputf8) or its header fields (text/rfc822-headers).
// An original that cannot stand there as it is (NUL, lines above 998 octets) comes back as header fields.
// Send it with the null reverse-path.
[[nodiscard]] std::string build_dsn(const DsnFacts& facts);

// RFC 3461 §4.
[[nodiscard]] std::string encode_xtext(std::string_view text);
[[nodiscard]] Result<std::string> decode_xtext(std::string_view text);
// Type and address for ORCPT and Original-Recipient, before its xtext: "rfc822;", or "utf-8;" and an address whose
// characters outside of ASCII are written as RFC 6533 §3 has it ("\x{FC}"). For an address in UTF-8.
[[nodiscard]] std::string format_original_recipient(std::string_view address);

}  // namespace sealpost::mail
