#include "base/encoding.hpp"
#include "subprocess.hpp"
#include "wire/seal/bech32.hpp"
#include "wire/seal/identity.hpp"
#include "wire/seal/opener.hpp"
#include "wire/seal/sealer.hpp"

#include <gtest/gtest.h>

namespace sealpost::seal {
namespace {

using testing::read_file;
using testing::run;
using testing::TemporaryFolder;
using testing::write_file;

std::string sample(std::size_t size)
{
    std::string text(size, '\0');
    std::uint32_t state = 1;
    for (auto& c : text) {
        state = state * 1664525 + 1013904223;
        c = static_cast<char>(state >> 24);
    }
    return text;
}

std::string seal_all(const Identity& identity, std::string_view text)
{
    Sealer sealer(identity);
    std::string out = sealer.append(text);
    out += sealer.finish();
    return out;
}

Result<std::string> open_all(const Identity& identity, std::string_view file)
{
    Opener opener(identity);
    SEALPOST_TRY(std::string out, opener.append(file));
    SEALPOST_TRY(const std::string rest, opener.finish());
    return out + rest;
}

TEST(Bech32, ReadsTheKeysOfAge)
{
    // BIP 173's own vectors, with their checksums and prefixes.
    EXPECT_TRUE(decode_bech32("a", "a12uel5l").has_value());
    EXPECT_EQ(decode_bech32("abcdef", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw").value().size(), 20U);
    for (const char* bad : {"a12uel5m", "A12uEL5L", "b12uel5l", "a1lqfn3a", "a12uel5", "", "a1", "1nwldj5"})
        EXPECT_TRUE(decode_bech32("a", bad).has_error()) << bad;
}

TEST(Bech32, GoesThereAndBack)
{
    for (std::size_t size : {0U, 1U, 31U, 32U, 33U}) {
        const std::string octets = sample(size);
        const Secret text = encode_bech32("age", as_bytes(octets));
        EXPECT_EQ(decode_bech32("age", text.reveal_text()).value().reveal_text(), octets);
    }
}

TEST(Identity, IsWrittenAsAgeWritesIt)
{
    const Identity identity = make_identity();
    const Secret text = identity.text();
    EXPECT_EQ(text.size(), 74U);
    EXPECT_TRUE(text.reveal_text().starts_with("AGE-SECRET-KEY-1"));
    EXPECT_TRUE(identity.recipient().starts_with("age1"));
    EXPECT_EQ(identity.recipient().size(), 62U);
    EXPECT_EQ(Identity::parse(text.reveal_text()).value().recipient(), identity.recipient());
}

TEST(Identity, RefusesOtherTexts)
{
    const Secret secret = make_identity().text();
    const std::string text(secret.reveal_text());
    std::string lower = text;
    for (auto& c : lower) c = static_cast<char>(std::tolower(c));
    for (const std::string& bad :
         {std::string(), lower, text + "\n", " " + text, text.substr(0, 73), text + "Q", make_identity().recipient()})
        EXPECT_TRUE(Identity::parse(bad).has_error()) << bad.size();
    EXPECT_TRUE(Identity::parse_file("# a comment\r\n\r\n" + text + "\r\n").has_value());
    EXPECT_TRUE(Identity::parse_file(text + "\n" + text + "\n").has_error());
    EXPECT_TRUE(Identity::parse_file("# nothing\n").has_error());
}

TEST(Recipient, MustBeASoundKey)
{
    EXPECT_TRUE(Sealer::make(make_identity().recipient()).has_value());
    const Secret zero = encode_bech32("age", Bytes(32));
    EXPECT_TRUE(Sealer::make(zero.reveal_text()).has_error());
    for (const char* bad : {"", "age1", "AGE1", "age1qqqq"}) EXPECT_TRUE(Sealer::make(bad).has_error()) << bad;
}

TEST(AgeFile, GoesThereAndBackAtEveryChunkBoundary)
{
    const Identity identity = make_identity();
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, chunk_bytes - 1, chunk_bytes, chunk_bytes + 1, 2 * chunk_bytes, 3 * chunk_bytes + 7}) {
        const std::string text = sample(size);
        const std::string file = seal_all(identity, text);
        EXPECT_EQ(file.size(), 168 + 16 + size + 16 * std::max<std::size_t>(1, (size + chunk_bytes - 1) / chunk_bytes));
        const auto opened = open_all(identity, file);
        ASSERT_TRUE(opened.has_value()) << size << ": " << opened.error().text;
        EXPECT_TRUE(*opened == text) << size;
    }
}

TEST(AgeFile, IsTheSameHoweverThePiecesFall)
{
    const Identity identity = make_identity();
    const std::string text = sample(chunk_bytes + 1000);
    auto sealer = Sealer::make(identity.recipient()).value();
    std::string file, opened;
    for (const char c : text) file += sealer.append(std::string_view(&c, 1));
    file += sealer.finish();
    Opener opener(identity);
    for (const char c : file) {
        const auto piece = opener.append(std::string_view(&c, 1));
        ASSERT_TRUE(piece.has_value()) << piece.error().text;
        opened += *piece;
    }
    opened += opener.finish().value();
    EXPECT_TRUE(opened == text);
}

TEST(AgeFile, StreamsTwentyMebibytesWithOneChunkInHand)
{
    const Identity identity = make_identity();
    Sealer sealer(identity);
    Opener opener(identity);
    const std::string piece = sample(100'000);
    std::size_t in = 0, out = 0, most_withheld = 0;
    std::string expected, opened;
    while (in < 20 * 1024 * 1024) {
        const auto plain = opener.append(sealer.append(piece));
        ASSERT_TRUE(plain.has_value());
        in += piece.size();
        out += plain->size();
        opened += *plain;
        expected += piece;
        most_withheld = std::max(most_withheld, in - out);
    }
    opened += opener.append(sealer.finish()).value();
    opened += opener.finish().value();
    EXPECT_TRUE(opened == expected);
    EXPECT_LE(most_withheld, 2 * chunk_bytes);  // one in the sealer, one in the opener
}

TEST(AgeFile, GivesNothingOfAChunkThatDoesNotVerify)
{
    const Identity identity = make_identity();
    std::string file = seal_all(identity, sample(2 * chunk_bytes));
    file[168 + 16 + chunk_bytes + 16 + 5] = static_cast<char>(file[168 + 16 + chunk_bytes + 16 + 5] ^ 1);
    Opener opener(identity);
    EXPECT_TRUE(opener.append(file).value() == sample(chunk_bytes));
    const auto end = opener.finish();
    ASSERT_TRUE(end.has_error());
    EXPECT_EQ(end.error().fault, Fault::peer_broke_it);
    EXPECT_TRUE(opener.append("x").has_error());
}

TEST(AgeFile, IsDeniedToAnotherKey)
{
    const auto opened = open_all(make_identity(), seal_all(make_identity(), "text"));
    ASSERT_TRUE(opened.has_error());
    EXPECT_EQ(opened.error().fault, Fault::denied);
}

TEST(AgeFile, IsRefusedWhenCutOffAnywhere)
{
    const Identity identity = make_identity();
    const std::string file = seal_all(identity, "a short text");
    for (std::size_t size = 0; size < file.size(); ++size)
        EXPECT_TRUE(open_all(identity, file.substr(0, size)).has_error()) << size;
    const std::string two_chunks = seal_all(identity, sample(2 * chunk_bytes));
    EXPECT_TRUE(open_all(identity, two_chunks.substr(0, 168 + 16 + chunk_bytes + 16)).has_error());
}

TEST(AgeFile, IsRefusedWhenAnyOctetOfItsHeaderIsChanged)
{
    const Identity identity = make_identity();
    const std::string file = seal_all(identity, "text");
    for (std::size_t at = 0; at < file.size(); ++at) {
        std::string changed = file;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        EXPECT_TRUE(open_all(identity, changed).has_error()) << at;
    }
}

TEST(AgeFile, IsRefusedWhenSomethingFollows)
{
    const Identity identity = make_identity();
    EXPECT_TRUE(open_all(identity, seal_all(identity, "text") + "x").has_error());
    EXPECT_TRUE(open_all(identity, seal_all(identity, sample(chunk_bytes)) + std::string(16, 'x')).has_error());
    Opener opener(identity);
    (void)opener.append(seal_all(identity, "text")).value();
    (void)opener.finish().value();
    EXPECT_TRUE(opener.append("x").has_error());
}

// Debian's age is the independent second opinion, both ways.
TEST(AgeFile, OpensWithTheAgeTool)
{
    const TemporaryFolder folder;
    for (const std::size_t size : {std::size_t{0}, std::size_t{5}, chunk_bytes, 3 * chunk_bytes + 1}) {
        const Identity identity = make_identity();
        const Secret key = identity.text();
        write_file(folder.file("key"), key.reveal_text());
        write_file(folder.file("sealed"), seal_all(identity, sample(size)));
        ASSERT_EQ(run("age -d -i " + folder.file("key") + " -o " + folder.file("text") + " " + folder.file("sealed")), 0);
        EXPECT_TRUE(read_file(folder.file("text")) == sample(size)) << size;
    }
}

TEST(AgeFile, OpensWhatTheAgeToolSealed)
{
    const TemporaryFolder folder;
    ASSERT_EQ(run("age-keygen -o " + folder.file("key") + " 2>" + folder.file("note")), 0);
    const auto identity = Identity::parse_file(read_file(folder.file("key")));
    ASSERT_TRUE(identity.has_value()) << identity.error().text;
    EXPECT_NE(read_file(folder.file("note")).find(identity->recipient()), std::string::npos);
    for (const std::size_t size : {std::size_t{0}, std::size_t{5}, chunk_bytes, 3 * chunk_bytes + 1}) {
        write_file(folder.file("text"), sample(size));
        ASSERT_EQ(run("age -r " + identity->recipient() + " -o " + folder.file("sealed") + " " + folder.file("text")), 0);
        const auto opened = open_all(*identity, read_file(folder.file("sealed")));
        ASSERT_TRUE(opened.has_value()) << opened.error().text;
        EXPECT_TRUE(*opened == sample(size)) << size;
    }
}

}  // namespace
}  // namespace sealpost::seal
