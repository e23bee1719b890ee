#include "wire/smtp/reply.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace sealpost::smtp {
namespace {

constexpr std::size_t max_said_line_bytes = 512;  // RFC 5321 §4.5.3.1.5, CRLF included

void append_printable(std::string& line, std::string_view text)
{
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        line += octet < 0x20 || octet == 0x7f ? '?' : c;
    }
}

// RFC 3463 §2: class "." subject "." detail; the class agrees with the code (RFC 2034 §4).
std::size_t count_enhanced_octets(int code, std::string_view text)
{
    if (text.size() < 5 || text[0] - '0' != code / 100 || text[1] != '.') return 0;
    std::size_t at = 2;
    for (const char stop : {'.', ' '}) {
        const std::size_t start = at;
        while (at < text.size() && is_ascii_digit(text[at])) ++at;
        if (at == start || at - start > 3) return 0;
        if (stop == ' ' && at == text.size()) return at;
        if (at == text.size() || text[at] != stop) return 0;
        if (stop == '.') ++at;
    }
    return at;
}

Error broken(std::string_view what) { return {Fault::peer_broke_it, std::string(what)}; }

void separate_enhanced_code(Reply& reply)
{
    const std::size_t octets = count_enhanced_octets(reply.code, reply.lines.front());
    if (octets == 0) return;
    reply.enhanced = reply.lines.front().substr(0, octets);
    for (std::string& line : reply.lines) {
        const bool repeats = line.starts_with(reply.enhanced) && (line.size() == octets || line[octets] == ' ');
        if (repeats) line.erase(0, std::min(line.size(), octets + 1));
    }
}

}  // namespace

std::string Reply::text() const { return join(lines, " "); }

std::string format_reply(const Reply& reply)
{
    std::string wire;
    const std::size_t count = std::max<std::size_t>(reply.lines.size(), 1);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t start = wire.size();
        wire += std::to_string(reply.code);
        wire += i + 1 < count ? '-' : ' ';
        if (!reply.enhanced.empty()) wire.append(reply.enhanced).append(" ");
        if (i < reply.lines.size()) append_printable(wire, reply.lines[i]);
        wire.resize(std::min(wire.size(), start + max_said_line_bytes - 2));
        wire += "\r\n";
    }
    return wire;
}

std::string format_reply_line(const Reply& reply)
{
    std::string line = std::to_string(reply.code);
    if (!reply.enhanced.empty()) line += ' ' + reply.enhanced;
    const std::string text = reply.text();
    if (text.empty()) return line;
    line += ' ';
    append_printable(line, text);
    return line;
}

Result<ReplyReader::Step> ReplyReader::read(std::string_view input)
{
    Step step;
    for (;;) {
        const std::string_view rest = input.substr(step.consumed);
        const std::size_t end = rest.find('\n');
        if (end == std::string_view::npos) {
            if (rest.size() > limits_.max_line_bytes) return broken("the server's reply line is too long");
            return step;
        }
        if (end == 0 || rest[end - 1] != '\r') return broken("the server ended a reply line with a bare LF");
        if (end + 1 > limits_.max_line_bytes) return broken("the server's reply line is too long");
        SEALPOST_TRY(const bool complete, take_line(rest.substr(0, end - 1)));
        step.consumed += end + 1;
        if (!complete) continue;
        step.reply = std::exchange(partial_, {});
        partial_bytes_ = 0;
        separate_enhanced_code(*step.reply);
        return step;
    }
}

// RFC 5321 §4.2: three digits, then "-" when more lines follow, else SP or nothing.
Result<bool> ReplyReader::take_line(std::string_view line)
{
    if (line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, is_ascii_digit) || line[0] < '2' || line[0] > '5')
        return broken("the server's reply does not begin with a reply code");
    if (line.size() > 3 && line[3] != ' ' && line[3] != '-') return broken("the server's reply code is malformed");
    if (line.find_first_of(std::string_view("\r\0", 2)) != std::string_view::npos)
        return broken("the server's reply contains a bare CR or NUL");
    const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    if (!partial_.lines.empty() && partial_.code != code) return broken("the server changed its reply code within a reply");
    partial_bytes_ += line.size();
    if (partial_bytes_ > limits_.max_reply_bytes || partial_.lines.size() >= limits_.max_lines)
        return broken("the server's reply is too long");
    partial_.code = code;
    partial_.lines.emplace_back(line.size() > 4 ? line.substr(4) : std::string_view());
    return line.size() == 3 || line[3] == ' ';
}

}  // namespace sealpost::smtp
