// room: sys/http
// Octets of a client: a request's head and body, a multipart form, a URL; however they are split,
// what is read is the same, and nothing is longer than what came. The first octet chooses the split.
#include "sys/http/client.hpp"
#include "sys/http/decoder.hpp"
#include "sys/http/multipart.hpp"
#include "sys/http/router.hpp"

#include <algorithm>
#include <cstdlib>

namespace {

using namespace sealpost;

void expect(bool holds)
{
    if (!holds) std::abort();
}

// Everything that was decoded, as one text; "!" at a refusal.
std::string decode_request(std::string_view text, std::size_t step)
{
    http::RequestDecoder decoder(4096);
    std::string told;
    std::string buffer;
    bool has_begun = false;
    for (std::size_t at = 0; at < text.size() && !decoder.is_done(); at += step) {
        buffer += text.substr(at, step);
        while (true) {
            const auto used = decoder.feed(buffer);
            if (used.has_error()) return told + "!";
            buffer.erase(0, *used);
            if (decoder.has_head() && !has_begun) {
                const auto head = decoder.take_head();
                if (head.has_error()) return told + "!";
                told += std::string(http::format_method(head->method)) + head->path + "?" + head->query + ";";
                decoder.begin_body();
                has_begun = true;
                continue;
            }
            told += decoder.take_body();
            if (*used == 0 || buffer.empty() || decoder.is_done()) break;
        }
        expect(buffer.size() <= 4096 + step);
    }
    return told + (decoder.is_done() ? "." : " ");
}

std::string parse_form(std::string_view text, std::string_view boundary, std::size_t step)
{
    http::MultipartParser parser(boundary, {8, 256});
    std::string told;
    std::size_t data = 0;
    for (std::size_t at = 0; at < text.size(); at += step) {
        const auto events = parser.feed(text.substr(at, step));
        if (events.has_error()) return "!";  // how far it came depends on the split
        for (const auto& event : *events) {
            if (const auto* begin = std::get_if<http::PartBegin>(&event))
                told += "[" + begin->name + "|" + begin->file_name.value_or("-") + "|" + begin->content_type + ":";
            if (const auto* piece = std::get_if<http::PartData>(&event)) {
                told += piece->bytes;
                data += piece->bytes.size();
            }
            if (std::holds_alternative<http::PartEnd>(event)) told += "]";
        }
    }
    expect(data <= text.size());
    return told + (parser.finish().has_value() ? "." : " ");
}

// A refusal, or the last piece of something unfinished, may come earlier or later, as the text is
// split; what is complete in one way must be so, and the same, in the other.
bool agree(const std::string& a, const std::string& b) { return a == b || (!a.ends_with('.') && !b.ends_with('.')); }

// The first line is the Content-Type of a body that follows.
void try_form(std::string_view text, std::size_t step)
{
    const std::size_t end = std::min(text.find('\n'), text.size());
    for (const std::string_view type : {text, text.substr(0, end)}) {
        const auto boundary = http::parse_boundary(type);
        if (boundary.has_error()) continue;
        expect(!boundary->empty() && boundary->size() <= 70 && boundary->find_first_of("\r\n") == std::string::npos);
        const std::string_view body = text.substr(std::min(end + 1, text.size()));
        expect(agree(parse_form(body, *boundary, step), parse_form(body, *boundary, 1)));
    }
}

void try_url(std::string_view text)
{
    const auto url = http::parse_url(text);
    if (url.has_error()) return;
    expect(!url->host.empty() && url->port != 0 && url->target.front() == '/');
    expect(url->target.find_first_of("\r\n ") == std::string::npos);
    expect(http::parse_url(http::format_origin(*url) + url->target).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t count)
{
    if (count == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(octets) + 1, count - 1);
    const std::size_t step = std::max<std::size_t>(1, octets[0]);
    expect(agree(decode_request(text, step), decode_request(text, 1)));
    expect(agree(parse_form(text, "b", step), parse_form(text, "b", 1)));
    try_form(text, step);
    try_url(text);
    const auto decoded = http::decode_percent(text);
    expect(!decoded || http::decode_percent(http::encode_percent(*decoded)) == decoded);
    http::Router router;
    router.add(http::Method::get, "/open/{ref}", {});
    router.add(http::Method::get, "/assets/{path...}", {});
    const auto match = router.find(http::Method::get, text);
    for (const auto& [name, value] : match.parameters) expect(value.size() <= text.size());
    return 0;
}
