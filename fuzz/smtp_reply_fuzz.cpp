// room: wire/smtp
//
// Replies as servers send them: wherever the packets are split they read the same, and what is passed on to a client or
// written into a report is one reply of short lines without controls, whatever it says.
#include "wire/smtp/reply.hpp"
#include "wire/smtp/transaction.hpp"

#include <algorithm>
#include <cstdlib>

using namespace sealpost;
using namespace sealpost::smtp;

namespace {

void require(bool promise)
{
    if (!promise) std::abort();
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 32 || c == 127; }

struct Reading {
    std::vector<Reply> replies;
    bool sound = true;
    friend bool operator==(const Reading&, const Reading&) = default;
};

Reading read(std::string_view text, std::size_t step)
{
    Reading reading;
    ReplyReader reader;
    std::string waiting;
    for (std::size_t at = 0; at < text.size(); at += step) {
        waiting += text.substr(at, step);
        for (bool more = true; more;) {
            const auto found = reader.read(waiting);
            if (found.has_error()) {
                reading.sound = false;
                return reading;
            }
            waiting.erase(0, found->consumed);
            more = found->reply.has_value();
            if (more) reading.replies.push_back(*found->reply);
        }
        require(waiting.size() <= ReplyLimits().max_line_bytes + step);
    }
    return reading;
}

void check(const Reply& reply)
{
    const std::string said = format_reply(reply);
    const Reading again = read(said, said.size());
    require(again.sound && again.replies.size() == 1 && again.replies.front().code == reply.code);
    for (std::size_t at = 0; at < said.size(); at = said.find('\n', at) + 1) require(said.find('\n', at) - at < 512);
    const bool fits = std::all_of(reply.lines.begin(), reply.lines.end(), [&](const std::string& line) {
        return line.size() + reply.enhanced.size() < 500 && std::none_of(line.begin(), line.end(), is_control);
    });
    if (fits) require(again.replies.front() == reply);
    const std::string line = format_reply_line(reply);
    require(std::none_of(line.begin(), line.end(), is_control));
    (void)parse_capabilities(reply.lines);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const Reading whole = read(text, text.size() + 1);
    require(read(text, 1) == whole && read(text, 1 + data[0]) == whole);
    for (const Reply& reply : whole.replies) check(reply);
    // What we say ourselves may quote anything that a client said.
    const std::string said = format_reply({550, "5.1.1", text});
    require(read(said, said.size()).sound && read(said, said.size()).replies.size() == 1);
    return 0;
}
