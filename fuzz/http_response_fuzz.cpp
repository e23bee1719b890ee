// room: sys/http
//
// Octets of a server that we ask (policies of MTA-STS, ACME, the key service), and what stands inside a request: queries,
// cookies, JSON bodies. However the octets are split, a complete answer is the same. The first octet chooses the split.
#include "sys/async/workers.hpp"
#include "sys/http/decoder.hpp"
#include "sys/http/fields.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstdlib>

using namespace sealpost;

namespace {

void require(bool promise)
{
    if (!promise) std::abort();
}

// What was understood, as one text that ends in "." when it is complete.
std::string decode_response(std::string_view text, std::size_t step, bool head_only)
{
    constexpr std::size_t max_header_bytes = 4096;
    http::ResponseDecoder decoder(max_header_bytes, head_only);
    std::string told;
    std::string buffer;
    for (std::size_t at = 0; at < text.size() && !decoder.is_done(); at += step) {
        buffer += text.substr(at, step);
        const auto used = decoder.feed(buffer);
        if (used.has_error()) return "!";
        require(*used <= buffer.size());
        buffer.erase(0, *used);
        told += decoder.take_body();
        require(buffer.size() <= max_header_bytes + step);
    }
    if (decoder.feed_end().has_error()) return " ";
    told += decoder.take_body();
    require(told.size() <= text.size());
    const http::Headers headers = decoder.take_headers();
    for (const auto& [name, value] : headers.all()) require(!name.empty() && value.find_first_of("\r\n") == std::string::npos);
    return std::to_string(decoder.status()) + ":" + told + ".";
}

bool agree(const std::string& a, const std::string& b) { return a == b || (!a.ends_with('.') && !b.ends_with('.')); }

void read_request(std::string_view text)
{
    http::Request request;
    request.query = text;
    request.headers.add("cookie", std::string(text));
    for (const std::string& value : request.find_query_all("a")) require(value.size() <= text.size());
    const auto cookie = request.find_cookie("__Host-session");
    require(!cookie || (text.find(*cookie) != std::string_view::npos && cookie->find(';') == std::string_view::npos));
}

// JSON as a route reads it: by name, type and limit; every answer stays within its limit, whatever the body says.
void read_fields(const boost::json::object& object)
{
    http::Fields fields(object);
    require(fields.text("a", 10).size() <= 10 && fields.text_or("b", 10, "x").size() <= 10);
    (void)fields.flag("c");
    (void)fields.number("d");
    const auto texts = fields.texts("e", 3, 5);
    require(texts.size() <= 3 && std::all_of(texts.begin(), texts.end(), [](const auto& one) { return one.size() <= 5; }));
    require(fields.object("f").text("a", 10).size() <= 10);
    if (const auto checked = fields.check(); checked.has_error()) require(checked.error().status == 400);
}

async::Task<void> read_body(std::string_view text)
{
    async::StringSource source{std::string(text)};
    http::Request request;
    request.body = &source;
    auto object = co_await http::read_json(request);
    if (object.has_error()) co_return;
    read_fields(*object);
    const std::string written = boost::json::serialize(*object);
    async::StringSource again{written};
    request.body = &again;
    auto second = co_await http::read_json(request);
    // A number beyond every double becomes infinity, which has no JSON; nothing of ours reads such numbers.
    if (second.has_value()) require(boost::json::serialize(*second) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::size_t step = std::max<std::size_t>(1, data[0] / 2);
    const bool head_only = (data[0] & 1) != 0;
    require(agree(decode_response(text, step, head_only), decode_response(text, 1, head_only)));
    read_request(text);
    async::run_here([text] { return read_body(text); });
    return 0;
}
