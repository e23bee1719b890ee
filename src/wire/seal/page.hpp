#pragma once

#include "base/clock.hpp"
#include "base/language.hpp"
#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sealpost::seal {

// What is asked of who gets the key.
enum class Proof {
    link,           // nothing but the link
    mailbox,        // a code by mail
    password,       // the password
    second_factor,  // a passkey, or the password and a one-time code
};

// What the attachment page says. Everything is escaped when written.
struct PageFacts {
    std::string envelope_id;   // 26 characters of lower-case base32
    std::string service_url;   // "https://keys.test" (origin only, no path)
    std::string organisation;  // of the sender
    std::string sender_name;   // may be empty
    std::string sender_address;
    std::string logo;  // "data:image/png;base64,…" or empty
    Language language = Language::en;
    std::optional<WallTime> expires_at;
    bool hosted = true;            // the service has a copy, so that the link opens it
    bool may_reply = true;         // from the opened message
    Proof proof = Proof::mailbox;  // what opens it
};

// 128 random bits in lower-case base32: what key-api.md calls an envelope id.
[[nodiscard]] std::string make_envelope_id();
[[nodiscard]] bool is_envelope_id(std::string_view text);
// "https://host[:port]" in lower case, without path, user or query.
[[nodiscard]] Result<std::string> parse_service_url(std::string_view text);
// SERVICE/open/<envelope id>; without a hosted copy SERVICE/open, where the file can be handed in.
[[nodiscard]] std::string open_url(const PageFacts& facts);
// SERVICE/tls?domain=<domain>, where its administrator sees why; without a domain, or one that is no host name, SERVICE/tls.
[[nodiscard]] std::string why_url(const PageFacts& facts, std::string_view domain);

// The page is page_head(facts) + the armored age file + page_tail(facts). No script, ever.
// page_head fails (Fault::config) when the id or the service URL is not well-formed.
[[nodiscard]] Result<std::string> page_head(const PageFacts& facts);
[[nodiscard]] std::string page_tail(const PageFacts& facts);

// What a page says about itself. An attacker can edit the file: these are claims, for display and for
// finding a hosted copy, never a server address to follow or a sender to believe.
struct PageClaims {
    std::string envelope_id;
    std::string service_url;
    std::string organisation;
    std::string sender_address;
    std::string language;
};
[[nodiscard]] PageClaims read_claims(std::string_view beginning_of_page);

}  // namespace sealpost::seal
