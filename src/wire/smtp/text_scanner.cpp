#include "wire/smtp/text_scanner.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sealpost::smtp {
namespace {

std::size_t find_octet(std::string_view text, char octet)
{
    if (text.empty()) return 0;
    const void* found = std::memchr(text.data(), octet, text.size());
    return found == nullptr ? text.size() : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

struct Offence {
    TextScanner::Found found = TextScanner::Found::piece;  // none
    std::size_t at = 0;
};

// `line` is without its LF. A CR at its end is half of the CRLF that is there (`ends`) or may come.
Offence find_offence(std::string_view line, bool ends)
{
    using Found = TextScanner::Found;
    const bool ends_in_cr = !line.empty() && line.back() == '\r';
    const std::string_view text = line.substr(0, line.size() - (ends_in_cr ? 1 : 0));
    const std::size_t nul = find_octet(text, '\0');
    const std::size_t cr = find_octet(text.substr(0, nul), '\r');
    if (cr < nul) return {Found::bare_cr, cr};
    if (nul < text.size()) return {Found::nul, nul};
    if (ends && !ends_in_cr) return {Found::bare_lf, line.size()};
    return {};
}

}  // namespace

TextScanner::Step TextScanner::scan(std::string_view input)
{
    std::size_t at = 0;
    std::size_t piece_start = 0;
    const auto stop = [&](Found found) {
        const std::string_view piece = input.substr(piece_start, at - piece_start);
        return piece.empty() ? Step{found, at, {}} : Step{Found::piece, at, piece};
    };
    while (at < input.size()) {
        if (framing_ == Framing::dots && at_line_start_ && input[at] == '.') {
            if (at != piece_start) return stop(Found::piece);
            const Step dot = scan_dot(input.substr(at));
            if (dot.found != Found::piece) return {dot.found, at + dot.consumed, {}};
            at_line_start_ = false;
            piece_start = ++at;
            continue;
        }
        const Step line = scan_line(input.substr(at));
        at += line.consumed;
        if (line.found != Found::piece) return stop(line.found);
    }
    return stop(Found::more);
}

// One line, or as much of it as there is. Found::piece: all of it is good.
TextScanner::Step TextScanner::scan_line(std::string_view input)
{
    if (std::exchange(cr_pending_, false)) {
        if (input.front() != '\n') {
            cr_pending_ = true;
            return {Found::bare_cr, 0, {}};
        }
        take_segment(input.substr(0, 1), true);
        return {Found::piece, 1, {}};
    }
    const std::size_t line_end = find_octet(input, '\n');
    const bool ends = line_end < input.size();
    const std::string_view line = input.substr(0, line_end);
    const Offence offence = find_offence(line, ends);
    if (offence.found != Found::piece) {
        take_segment(line.substr(0, offence.at), false);
        return {offence.found, offence.at, {}};
    }
    cr_pending_ = !ends && line.back() == '\r';
    take_segment(input.substr(0, line_end + (ends ? 1 : 0)), ends);
    return {Found::piece, line_end + (ends ? 1 : 0), {}};
}

// `input` begins with the dot of a line. Found::piece: the dot is stuffing.
TextScanner::Step TextScanner::scan_dot(std::string_view input)
{
    if (input.size() < 2) return {Found::more, 0, {}};
    if (input[1] == '\n') return {Found::bare_lf, 1, {}};
    if (input[1] != '\r') return {Found::piece, 1, {}};
    if (input.size() < 3) return {Found::more, 0, {}};
    if (input[2] != '\n') return {Found::bare_cr, 1, {}};
    return {Found::end, 3, {}};
}

void TextScanner::take_segment(std::string_view segment, bool ends_line)
{
    content_bytes_ += segment.size();
    line_bytes_ += segment.size();
    if (in_head_) head_bytes_ += segment.size();
    longest_line_ = std::max(longest_line_, line_bytes_);
    if (!segment.empty()) at_line_start_ = false;
    if (!ends_line) return;
    if (line_bytes_ == 2) in_head_ = false;
    line_bytes_ = 0;
    at_line_start_ = true;
}

}  // namespace sealpost::smtp
