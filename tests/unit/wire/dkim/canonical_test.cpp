#include "wire/dkim/canonical.hpp"

#include <gtest/gtest.h>

namespace sealpost::dkim {
namespace {

std::string canonical_body(std::string_view body, Canon canon, std::size_t piece_bytes)
{
    std::string out;
    BodyCanon stream(canon, [&](std::string_view block) { out += block; });
    for (; !body.empty(); body.remove_prefix(std::min(piece_bytes, body.size()))) stream.append(body.substr(0, piece_bytes));
    stream.finish();
    return out;
}

struct Body {
    std::string_view came, simple, relaxed;
};

// RFC 6376 §3.4.3 to §3.4.5.
constexpr Body bodies[] = {
    {"", "\r\n", ""},
    {"\r\n\r\n", "\r\n", ""},
    {" C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n", " C\r\nD E\r\n"},
    {"a", "a\r\n", "a\r\n"},
    {"a\r\n \r\n", "a\r\n \r\n", "a\r\n"},
    {" \t\r\n", " \t\r\n", ""},
    {" ", " \r\n", ""},
    {"a\r\n\r\nb\r\n", "a\r\n\r\nb\r\n", "a\r\n\r\nb\r\n"},
    {"a\rb\nc\r\n", "a\rb\nc\r\n", "a\rb\nc\r\n"},
    {"a\r", "a\r\r\n", "a\r\r\n"},
    {"a\r\r\n", "a\r\r\n", "a\r\r\n"},
    {"a \r b\r\n", "a \r b\r\n", "a \r b\r\n"},
};

TEST(BodyCanon, IsWhatTheRfcSaysInPiecesOfAnySize)
{
    for (const auto& body : bodies) {
        for (const std::size_t bytes : {1U, 2U, 3U, 100U}) {
            EXPECT_EQ(canonical_body(body.came, Canon::simple, bytes), body.simple) << body.came;
            EXPECT_EQ(canonical_body(body.came, Canon::relaxed, bytes), body.relaxed) << body.came;
        }
    }
}

TEST(BodyCanon, KeepsNoBodyOfLineEndsInMemory)
{
    std::size_t largest = 0;
    std::size_t all = 0;
    BodyCanon stream(Canon::simple, [&](std::string_view block) {
        largest = std::max(largest, block.size());
        all += block.size();
    });
    for (int i = 0; i < 100'000; ++i) stream.append("\r\n");
    stream.append("x");
    stream.finish();
    EXPECT_EQ(all, 200'003U);
    EXPECT_LE(largest, 20'000U);
}

// RFC 6376 §3.4.5, the example of header fields.
TEST(CanonicalField, IsWhatTheRfcSays)
{
    EXPECT_EQ(canonical_field("A: X\r\n", Canon::relaxed), "a:X\r\n");
    EXPECT_EQ(canonical_field("B : Y\t\r\n\tZ  \r\n", Canon::relaxed), "b:Y Z\r\n");
    EXPECT_EQ(canonical_field("B : Y\t\r\n\tZ  \r\n", Canon::simple), "B : Y\t\r\n\tZ  \r\n");
    EXPECT_EQ(canonical_field("A:\r\n", Canon::relaxed), "a:\r\n");
    EXPECT_EQ(canonical_field("A: \r\n \r\n", Canon::relaxed), "a:\r\n");
}

TEST(BodyHashes, HashEachLengthOfEachWayOnce)
{
    BodyHashes hashes;
    const auto whole = hashes.add(Canon::relaxed, std::nullopt);
    const auto two = hashes.add(Canon::relaxed, 2);
    EXPECT_EQ(hashes.add(Canon::relaxed, std::nullopt), whole);
    const auto simple = hashes.add(Canon::simple, std::nullopt);
    hashes.append("a  ");
    hashes.append("b\r\n");
    hashes.finish();
    EXPECT_EQ(hashes.digest(whole), crypto::sha256("a b\r\n"));
    EXPECT_EQ(hashes.digest(two), crypto::sha256("a "));
    EXPECT_EQ(hashes.digest(simple), crypto::sha256("a  b\r\n"));
    EXPECT_EQ(hashes.size(two), 5U);
    EXPECT_EQ(hashes.size(simple), 6U);
}

}  // namespace
}  // namespace sealpost::dkim
