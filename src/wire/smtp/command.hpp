#pragma once

#include "wire/smtp/reply.hpp"
#include "wire/smtp/transaction.hpp"

#include <cstdint>
#include <string_view>
#include <variant>

namespace sealpost::smtp {

enum class Verb {
    helo,
    ehlo,
    starttls,
    auth,
    mail,
    rcpt,
    data,
    bdat,
    rset,
    noop,
    quit,
    vrfy,
    expn,
    help,
    http,  // a web browser, or a script inside one
    unknown,
};

struct Command {
    Verb verb = Verb::unknown;
    std::string_view argument;  // behind the verb, trimmed of spaces at both ends
};

// `line` is without its CRLF.
[[nodiscard]] Command parse_command(std::string_view line);

// The longest line of that command, CRLF included: RFC 5321 §4.5.3.1.4 and what extensions add.
[[nodiscard]] std::size_t max_line_bytes(Verb verb);
inline constexpr std::size_t max_auth_line_bytes = 12288;  // RFC 4954 §4

// The parameters that this session understands.
struct ParameterOffer {
    bool extended = true;  // after EHLO; HELO has none
    bool auth = false;
    bool bare_addresses = false;  // "<anna>": the owner completes them, or refuses them itself
    bool require_tls = false;     // REQUIRETLS; whether TLS is there is the session's to see
};

// The parsed command, or the reply that refuses it (501 5.5.4, 553 5.1.7, 555 5.5.4 …).
[[nodiscard]] std::variant<MailFrom, Reply> parse_mail(std::string_view argument, const ParameterOffer& offer);
[[nodiscard]] std::variant<RcptTo, Reply> parse_rcpt(std::string_view argument, const ParameterOffer& offer, bool smtputf8);

struct Chunk {
    std::uint64_t bytes = 0;
    bool is_last = false;
};
[[nodiscard]] std::variant<Chunk, Reply> parse_bdat(std::string_view argument);

// The client's side: what stands behind "MAIL FROM:" and "RCPT TO:", with those parameters only that
// the server offers.
[[nodiscard]] std::string format_mail(const MailFrom& mail, const Capabilities& offered);
[[nodiscard]] std::string format_rcpt(const RcptTo& rcpt, const Capabilities& offered);

}  // namespace sealpost::smtp
