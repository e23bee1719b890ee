// room: wire/smtp
//
// Content as it comes in, dotted (DATA) or counted (BDAT): wherever the packets are split, the scanner finds what a
// reader that sees all of it at once finds, octet by octet. The first octet chooses the framing and the packets.
#include "wire/smtp/text_scanner.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

using namespace sealpost::smtp;

namespace {

using Found = TextScanner::Found;
using Framing = TextScanner::Framing;

void require(bool promise)
{
    if (!promise) std::abort();
}

struct Reading {
    Found found = Found::more;
    std::string content;
    std::size_t consumed = 0;
};

// RFC 5321 §4.1.1.4 and §4.5.2, the slow way.
Reading read_slowly(std::string_view text, Framing framing)
{
    Reading reading;
    bool at_line_start = true;
    for (std::size_t& at = reading.consumed; at < text.size();) {
        const std::string_view rest = text.substr(at);
        if (framing == Framing::dots && at_line_start && rest.front() == '.') {
            if (rest.starts_with(".\r\n")) return {Found::end, reading.content, at + 3};
            if (rest == "." || rest == ".\r") return reading;
            at_line_start = false;
            ++at;
            continue;
        }
        if (rest.front() == '\0') return {Found::nul, reading.content, at};
        if (rest.front() == '\n') return {Found::bare_lf, reading.content, at};
        if (rest.front() == '\r' && rest.size() > 1 && rest[1] != '\n') return {Found::bare_cr, reading.content, at};
        const std::size_t count = rest.starts_with("\r\n") ? 2 : 1;
        at_line_start = count == 2;
        reading.content += rest.substr(0, count);
        at += count;
    }
    return reading;
}

Reading scan(std::string_view text, Framing framing, std::size_t step)
{
    Reading reading;
    TextScanner scanner(framing);
    for (std::size_t seen = std::min(step, text.size());;) {
        const std::string_view waiting = text.substr(reading.consumed, seen - reading.consumed);
        const TextScanner::Step found = scanner.scan(waiting);
        require(found.consumed <= waiting.size() && found.piece.empty() == (found.found != Found::piece));
        reading.consumed += found.consumed;
        reading.content += found.piece;
        require(scanner.content_bytes() >= reading.content.size());
        reading.found = found.found;
        if (found.found == Found::piece) continue;
        if (found.found != Found::more || seen == text.size()) return reading;
        require(seen - reading.consumed <= 2);
        seen = std::min(seen + step, text.size());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const Framing framing = (data[0] & 1) != 0 ? Framing::counted : Framing::dots;
    const Reading slow = read_slowly(text, framing);
    for (const std::size_t step : {std::size_t{1}, std::size_t{1} + data[0] / 2, text.size() + 1}) {
        Reading fast = scan(text, framing, step);
        require(fast.found == slow.found);
        // A CR that ended a packet has been handed on when it turns out to be bare.
        if (fast.found == Found::bare_cr && fast.content.size() > slow.content.size()) fast.content.pop_back();
        require(fast.content == slow.content);
        if (fast.found == Found::end || fast.found == Found::more) require(fast.consumed == slow.consumed);
    }
    return 0;
}
