#pragma once

#include "base/clock.hpp"

#include <string>
#include <string_view>

namespace sealpost::mail {

// "<random@domain>" (RFC 5322 §3.6.4), 128 random bits.
[[nodiscard]] std::string make_message_id(std::string_view domain);

struct ReceivedFacts {
    std::string helo;          // what the client called itself
    std::string host;          // its verified host name; may be empty
    std::string address;       // its IP address as text, without brackets
    std::string by;            // our host name
    std::string id;            // our name for the message
    std::string tls_protocol;  // "TLSv1.3"; empty: no TLS
    std::string tls_cipher;
    bool extended = true;  // EHLO
    bool authenticated = false;
    bool smtputf8 = false;
    std::string recipient;  // with exactly one recipient; otherwise empty
    WallTime at;
};

// RFC 5321 §4.4 with the protocol words of RFC 3848 and RFC 6531, folded, ending in CRLF.
[[nodiscard]] std::string format_received(const ReceivedFacts& facts);

}  // namespace sealpost::mail
