#pragma once

#include "base/result.hpp"
#include "wire/mail/mailbox.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sealpost::smtp {

// MAIL FROM with its parameters. RFC 1870, 6152, 6531, 3461, 4954.
struct MailFrom {
    mail::Mailbox sender;               // empty: the null reverse-path; without a domain: ParameterOffer::bare_addresses
    std::optional<std::uint64_t> size;  // SIZE=
    bool eight_bit = false;             // BODY=8BITMIME
    bool smtputf8 = false;
    bool require_tls = false;  // REQUIRETLS, RFC 8689
    std::string ret;           // "FULL", "HDRS" or empty
    std::string envid;         // xtext decoded, printable; may be empty
};

// RCPT TO with its parameters.
struct RcptTo {
    mail::Mailbox recipient;  // an empty domain only for "Postmaster" (RFC 5321 §4.1.1.3) and with bare_addresses
    std::string notify;       // "NEVER", or some of "SUCCESS,FAILURE,DELAY" in this order; may be empty
    std::string orcpt;        // "rfc822;alice@acme.test", xtext decoded; may be empty
};

// What a server offered, or offers, after EHLO.
struct Capabilities {
    bool extended = false;  // EHLO was understood
    bool starttls = false;
    bool pipelining = false;
    bool chunking = false;
    bool eight_bit_mime = false;
    bool smtputf8 = false;
    bool dsn = false;
    bool require_tls = false;  // offered inside TLS only
    bool enhanced_codes = false;
    bool size = false;
    std::uint64_t max_size = 0;  // 0: no limit said
    bool auth_plain = false;
    bool auth_login = false;
};

// The lines of a positive EHLO reply; unknown keywords are passed over.
[[nodiscard]] Capabilities parse_capabilities(const std::vector<std::string>& lines);

}  // namespace sealpost::smtp
