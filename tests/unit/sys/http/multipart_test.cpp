#include "sys/http/multipart.hpp"

#include "sys/async/workers.hpp"

#include <gtest/gtest.h>

namespace sealpost::http {
namespace {

const std::string body =
    "--b7\r\nContent-Disposition: form-data; name=\"reply\"\r\n\r\n{\"mode\":\"reply\"}\r\n"
    "--b7\r\nContent-Disposition: form-data; name=\"attachment\"; filename=\"a %22b%22.pdf\"\r\n"
    "Content-Type: application/pdf\r\n\r\n\r\n--b6 is not the end\r\n\r\n--b7--\r\n";

// The events as one text, adjacent data joined: what must not depend on the split.
std::string describe(const std::vector<MultipartEvent>& events)
{
    std::string text;
    for (const auto& event : events) {
        if (const auto* begin = std::get_if<PartBegin>(&event))
            text += "[" + begin->name + "|" + begin->file_name.value_or("-") + "|" + begin->content_type + ":";
        if (const auto* data = std::get_if<PartData>(&event)) text += data->bytes;
        if (std::holds_alternative<PartEnd>(event)) text += "]";
    }
    return text;
}

Result<std::string> parse_in_pieces(std::string_view text, std::size_t size, MultipartLimits limits = {})
{
    MultipartParser parser("b7", limits);
    std::vector<MultipartEvent> all;
    for (std::size_t at = 0; at < text.size(); at += size) {
        SEALPOST_TRY(auto events, parser.feed(text.substr(at, size)));
        for (auto& event : events) all.push_back(std::move(event));
    }
    SEALPOST_CHECK(parser.finish());
    return describe(all);
}

TEST(MultipartParser, FindsTheSamePartsHoweverTheOctetsAreSplit)
{
    const std::string expected =
        "[reply|-|text/plain:{\"mode\":\"reply\"}]"
        "[attachment|a \"b\".pdf|application/pdf:\r\n--b6 is not the end\r\n]";
    for (std::size_t size = 1; size <= body.size(); ++size) EXPECT_EQ(parse_in_pieces(body, size).value(), expected) << size;
}

TEST(MultipartParser, TakesAnEmptyFile)
{
    const std::string text = "--b7\r\nContent-Disposition: form-data; name=\"a\"; filename=\"\"\r\n\r\n\r\n--b7--";
    EXPECT_EQ(parse_in_pieces(text, 3).value(), "[a||text/plain:]");
}

TEST(MultipartParser, RefusesABodyThatStopsEarlyAtEveryOctet)
{
    const std::size_t complete = body.size() - 2;  // the CRLF behind the last boundary is epilogue
    for (std::size_t length = 0; length < complete; ++length)
        EXPECT_EQ(parse_in_pieces(body.substr(0, length), 7).error().fault, Fault::peer_broke_it) << length;
}

TEST(MultipartParser, RefusesWhatIsNoForm)
{
    for (const std::string text : {"hello", "x--b7\r\n", "--b7 \r\n", "--b7xx", "--b7\r\nContent-Disposition: form-data\r\n\r\n",
                                   "--b7\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n", "--b7\r\nno colon\r\n\r\n",
                                   "--b7\r\nContent-Disposition: form-data; name=\"a\r\n\r\n",
                                   "--b7\r\nContent-Disposition: form-data; name=\"a\" name=\"b\"\r\n\r\n", "--b7\r\n\r\n\r\n"}) {
        EXPECT_EQ(parse_in_pieces(text, text.size()).error().fault, Fault::peer_broke_it) << text;
        EXPECT_EQ(parse_in_pieces(text, 1).error().fault, Fault::peer_broke_it) << text;
    }
}

TEST(MultipartParser, StaysDeadAfterAnError)
{
    MultipartParser parser("b7");
    EXPECT_TRUE(parser.feed("wrong").has_error());
    EXPECT_TRUE(parser.feed("--b7--").has_error());
    EXPECT_TRUE(parser.finish().has_error());
}

TEST(MultipartParser, LimitsThePartsAndTheirHeads)
{
    EXPECT_EQ(parse_in_pieces(body, 5, {.max_parts = 1}).error().fault, Fault::denied);
    const auto with_head = [](std::size_t size) {
        const std::string first = "Content-Disposition: form-data; name=a\r\nX: ";
        return "--b7\r\n" + first + std::string(size - first.size(), 'x') + "\r\n\r\n\r\n--b7--";
    };
    for (const std::size_t piece : {1UL, 2UL, 3UL, 1000UL}) {
        EXPECT_TRUE(parse_in_pieces(with_head(100), piece, {.max_part_head_bytes = 100}).has_value()) << piece;
        EXPECT_EQ(parse_in_pieces(with_head(101), piece, {.max_part_head_bytes = 100}).error().fault, Fault::denied) << piece;
    }
}

TEST(ParseBoundary, TakesTheParameterAndNothingElse)
{
    EXPECT_EQ(parse_boundary("multipart/form-data; boundary=abc").value(), "abc");
    EXPECT_EQ(parse_boundary("Multipart/Form-Data; charset=utf-8; boundary=\"a b\"").value(), "a b");
    EXPECT_TRUE(parse_boundary("multipart/mixed; boundary=abc").has_error());
    EXPECT_TRUE(parse_boundary("multipart/form-data").has_error());
    EXPECT_TRUE(parse_boundary("multipart/form-data; boundary=").has_error());
    EXPECT_TRUE(parse_boundary("multipart/form-data; boundary=" + std::string(71, 'x')).has_error());
    for (const std::string odd : {"a\r\nb", "\"a\nb\"", "a\tb", "a\x7f"})
        EXPECT_TRUE(parse_boundary("multipart/form-data; boundary=" + odd).has_error()) << odd;
}

Task<void> read_events()
{
    async::StringSource source(body);
    MultipartReader reader(source, "b7");
    std::vector<MultipartEvent> events;
    while (true) {
        auto event = co_await reader.next();
        if (event.has_error() || !*event) break;
        events.push_back(std::move(**event));
    }
    EXPECT_EQ(describe(events).substr(0, 12), "[reply|-|tex");
    EXPECT_TRUE(std::holds_alternative<PartEnd>(events.back()));
}

TEST(MultipartReader, GivesTheEventsOfABody) { async::run_here(read_events); }

Task<void> read_broken()
{
    async::StringSource source(body.substr(0, 30));
    MultipartReader reader(source, "b7");
    auto event = co_await reader.next();
    EXPECT_EQ(event.error().fault, Fault::peer_broke_it);
}

TEST(MultipartReader, NamesABodyThatStopsEarly) { async::run_here(read_broken); }

}  // namespace
}  // namespace sealpost::http
