#include "sys/http/decoder.hpp"

#include "sys/http/client.hpp"
#include "sys/http/response_writer.hpp"

#include <gtest/gtest.h>

namespace sealpost::http {
namespace {

struct Decoded {
    Request request;
    std::string body;
    bool done = false;
};

Result<Decoded> decode(std::string_view text, std::size_t piece = 1)
{
    RequestDecoder decoder(1024);
    Decoded decoded;
    std::string buffer;
    bool has_begun = false;
    std::size_t at = 0;
    while (at < text.size() || !buffer.empty()) {
        buffer += text.substr(std::min(at, text.size()), piece);
        const bool at_end = at >= text.size();
        at += piece;
        SEALPOST_TRY(const std::size_t used, decoder.feed(buffer));
        buffer.erase(0, used);
        if (decoder.has_head() && !has_begun) {
            SEALPOST_TRY(decoded.request, decoder.take_head());
            decoder.begin_body();
            has_begun = true;
            continue;
        }
        decoded.body += decoder.take_body();
        if (decoder.is_done() || (at_end && used == 0)) break;
    }
    decoded.done = decoder.is_done();
    return decoded;
}

TEST(RequestDecoder, ReadsAHeadAndABodyHoweverTheyAreSplit)
{
    const std::string text = "POST /a%20b?x=1&y HTTP/1.1\r\nHost: keys.test\r\nContent-Length: 5\r\nX-A: 1\r\n\r\nhello";
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        const auto decoded = decode(text, piece);
        ASSERT_TRUE(decoded.has_value()) << piece;
        EXPECT_EQ(decoded->request.path, "/a%20b");
        EXPECT_EQ(decoded->request.query, "x=1&y");
        EXPECT_EQ(decoded->request.content_length, 5U);
        EXPECT_EQ(decoded->body, "hello");
        EXPECT_TRUE(decoded->done);
    }
}

TEST(RequestDecoder, ReadsChunksHoweverTheyAreSplit)
{
    const std::string head = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const auto& [chunks, body] :
         std::vector<std::pair<std::string, std::string>>{{"0\r\n\r\n", ""},
                                                          {"3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", "hello"},
                                                          {"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n", "hello"}}) {
        for (std::size_t piece = 1; piece <= head.size() + chunks.size(); ++piece) {
            const auto decoded = decode(head + chunks, piece);
            ASSERT_TRUE(decoded.has_value()) << piece;
            EXPECT_EQ(decoded->body, body);
            EXPECT_TRUE(decoded->done) << chunks << " by " << piece;
        }
    }
}

TEST(RequestDecoder, TakesAnAbsoluteTarget)
{
    EXPECT_EQ(decode("GET http://keys.test/a?b HTTP/1.1\r\nHost: keys.test\r\n\r\n")->request.path, "/a");
    EXPECT_EQ(decode("GET http://keys.test HTTP/1.1\r\nHost: keys.test\r\n\r\n")->request.path, "/");
}

TEST(RequestDecoder, RefusesTwoWaysToSayTheLength)
{
    const std::string start = "POST / HTTP/1.1\r\nHost: a\r\n";
    for (const std::string fields :
         {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 5\r\nContent-Length: 5\r\n",
          "Content-Length: 5\r\nContent-Length: 6\r\n", "Transfer-Encoding: gzip, chunked\r\n",
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: identity\r\n",
          "Content-Length: -1\r\n", "Content-Length: 5 5\r\n", "Content-Length: 5, 5\r\n", "Content-Length: +5\r\n",
          "Content-Length: 5,\r\n", "Content-Length:\r\n", "Content-Length: 99999999999999999999\r\n"})
        EXPECT_EQ(decode(start + fields + "\r\nhello", 1000).error().fault, Fault::peer_broke_it) << fields;
}

TEST(RequestDecoder, RefusesWhatIsNotHttp)
{
    for (const std::string text :
         {"HELO there\r\n\r\n", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET x HTTP/1.1\r\nHost: a\r\n\r\n",
          "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "GET / HTTP/1.1\nHost: a\n\n", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nX: a\x01z\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS greeting"})
        EXPECT_TRUE(decode(text, 1000).has_error()) << text;
}

TEST(RequestDecoder, RefusesALongHead)
{
    const std::string text = "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(2000, 'x') + "\r\n\r\n";
    EXPECT_EQ(decode(text, 5000).error().fault, Fault::denied);
    EXPECT_EQ(decode(text, 1).error().fault, Fault::denied);
}

// Feeds until it is refused; how much of `endless` waited for more by then.
template <class Decoder>
std::size_t feed_until_refused(Decoder& decoder, std::string text, std::string_view endless)
{
    for (int i = 0; i < 10'000; ++i) {
        const auto used = decoder.feed(text);
        if (used.has_error()) {
            EXPECT_EQ(used.error().fault, Fault::denied);
            return text.size();
        }
        text.erase(0, *used);
        text += endless;
    }
    ADD_FAILURE() << "took " << text.size() << " octets";
    return 0;
}

TEST(Decoders, RefuseChunkLinesAndTrailersWithoutEnd)
{
    for (const auto& [begin, endless] : {std::pair("1;", "abcdef"), std::pair("0\r\n", "a: bcdef\r\n")}) {
        RequestDecoder request(4096);
        EXPECT_TRUE(request.feed("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n").has_value());
        request.begin_body();
        EXPECT_LE(feed_until_refused(request, begin, endless), 4200U);
        ResponseDecoder response(4096, false);
        EXPECT_TRUE(response.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").has_value());
        EXPECT_LE(feed_until_refused(response, begin, endless), 4200U);
    }
}

TEST(ResponseHead, CannotBeInjectedInto)
{
    Response response;
    response.headers.set("Location", "/a\r\nSet-Cookie: x=1");
    const std::string head = format_response_head(response, {});
    EXPECT_NE(head.find("Location: /a  Set-Cookie: x=1\r\n"), std::string::npos);
}

TEST(Chunk, StatesItsSizeInHex)
{
    EXPECT_EQ(format_chunk("0123456789abcdef"), "10\r\n0123456789abcdef\r\n");
    EXPECT_EQ(format_chunk(""), "0\r\n\r\n");
}

TEST(Url, IsTakenApart)
{
    const Url url = parse_url("https://Keys.Test:8443/api/v1?x=%20").value();
    EXPECT_TRUE(url.tls);
    EXPECT_EQ(url.host, "keys.test");
    EXPECT_EQ(url.port, 8443);
    EXPECT_EQ(url.target, "/api/v1?x=%20");
    EXPECT_EQ(format_origin(url), "https://keys.test:8443");
    EXPECT_EQ(format_origin(parse_url("https://keys.test").value()), "https://keys.test");
    EXPECT_EQ(parse_url("http://[::1]:8080?x").value().target, "/?x");
    EXPECT_EQ(format_origin(parse_url("http://[::1]:8080").value()), "http://[::1]:8080");
}

TEST(Url, IsRefusedWhenItIsNotPlain)
{
    for (const std::string text :
         {"", "keys.test", "/a", "ftp://a/", "https://", "https:///x", "https://u:p@keys.test/", "https://keys.test/#f",
          "https://keys.test:0/", "https://keys.test:70000/", "https://keys test/", "https://keys.test%0d%0aX:y/",
          "https://keys%20.test/", "https://keys.test/\r\nX: y"})
        EXPECT_TRUE(parse_url(text).has_error()) << text;
}

}  // namespace
}  // namespace sealpost::http
