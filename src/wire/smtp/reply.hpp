// smtp: both sides of an SMTP dialogue without I/O. ServerSession and ClientSession take octets and
// give events; whoever owns the connection (serve/smtpd, serve/courier) moves the octets, keeps the
// time and decides. RFC 5321 with STARTTLS (3207), PIPELINING (2920), SIZE (1870), 8BITMIME (6152),
// ENHANCEDSTATUSCODES (2034, 3463), CHUNKING (3030), SMTPUTF8 (6531), DSN (3461), AUTH (4954).
// One thread a session, no shared state. What the peer does wrong is an event or a value that says
// so; it never makes a Result fail with anything but Fault::peer_broke_it.
#pragma once

#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::smtp {

// A reply as said or heard. `enhanced` ("2.1.0") is empty where RFC 2034 has none: greeting, EHLO, 3xx.
struct Reply {
    int code = 0;
    std::string enhanced;
    std::vector<std::string> lines;  // without code, enhanced code and CRLF; at least one when said

    Reply() = default;
    Reply(int reply_code, std::string_view enhanced_code, std::string_view text)
        : code(reply_code), enhanced(enhanced_code), lines{std::string(text)}
    {
    }

    [[nodiscard]] bool is_positive() const { return code >= 200 && code < 300; }
    [[nodiscard]] bool is_intermediate() const { return code >= 300 && code < 400; }
    [[nodiscard]] bool is_permanent() const { return code >= 500 && code < 600; }
    [[nodiscard]] std::string text() const;  // the lines joined by a space
    friend bool operator==(const Reply&, const Reply&) = default;
};

// As it goes on the wire, CRLF included. Octets that would break the framing (controls) become '?',
// and a line that would be longer than 512 octets is cut: RFC 5321 §4.5.3.1.5.
[[nodiscard]] std::string format_reply(const Reply& reply);
// On one line for logs and delivery reports: "550 5.1.1 No such person".
[[nodiscard]] std::string format_reply_line(const Reply& reply);

struct ReplyLimits {
    std::size_t max_line_bytes = 2048;  // RFC 5321 says 512; foreign servers say more
    std::size_t max_lines = 128;
    std::size_t max_reply_bytes = 32 * 1024;
};

// Puts replies together from lines. A bare CR or LF, a NUL, a changed code within a reply or a
// passed limit is Fault::peer_broke_it, and the reader is of no further use.
class ReplyReader {
public:
    explicit ReplyReader(ReplyLimits limits = {}) : limits_(limits) {}

    struct Step {
        std::size_t consumed = 0;
        std::optional<Reply> reply;  // absent: all of `input` that makes whole lines is consumed
    };
    [[nodiscard]] Result<Step> read(std::string_view input);

private:
    Result<bool> take_line(std::string_view line);

    ReplyLimits limits_;
    Reply partial_;
    std::size_t partial_bytes_ = 0;
};

}  // namespace sealpost::smtp
