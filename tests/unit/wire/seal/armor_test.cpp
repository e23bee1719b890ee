#include "wire/seal/armor.hpp"
#include "subprocess.hpp"
#include "wire/seal/identity.hpp"
#include "wire/seal/sealer.hpp"

#include <gtest/gtest.h>

namespace sealpost::seal {
namespace {

std::string armor(std::string_view bytes)
{
    ArmorWriter writer;
    std::string out = writer.append(bytes);
    out += writer.finish();
    return out;
}

Result<std::string> read(std::string_view text)
{
    ArmorReader reader;
    SEALPOST_TRY(std::string out, reader.append(text));
    SEALPOST_CHECK(reader.finish());
    return out;
}

std::string with_crlf(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (c == '\n') out += '\r';
        out += c;
    }
    return out;
}

std::string cat(std::initializer_list<std::string_view> parts)
{
    std::string out;
    for (const auto part : parts) out += part;
    return out;
}

std::string framed(std::string_view body) { return cat({armor_begin, "\n", body, armor_end, "\n"}); }

TEST(Armor, GoesThereAndBackAtEveryLength)
{
    std::string bytes;
    for (int size = 1; size < 200; ++size) {
        bytes += static_cast<char>(size * 31);
        EXPECT_EQ(read(armor(bytes)).value(), bytes);
        EXPECT_EQ(read(with_crlf(armor(bytes))).value(), bytes);
    }
    EXPECT_EQ(armor("abc"), framed("YWJj\n"));
}

TEST(Armor, IsTheSameByteForByte)
{
    const std::string bytes(1000, 'x');
    ArmorWriter writer;
    std::string text, back;
    for (const char c : bytes) text += writer.append(std::string_view(&c, 1));
    text += writer.finish();
    EXPECT_EQ(text, armor(bytes));
    ArmorReader reader;
    for (const char c : text) back += reader.append(std::string_view(&c, 1)).value();
    EXPECT_TRUE(reader.finish().has_value());
    EXPECT_EQ(back, bytes);
}

TEST(Armor, MayHaveWhiteSpaceAround)
{
    EXPECT_EQ(read(cat({"\n \t\r\n", framed("YWJj\n"), "  \n\n"})).value(), "abc");
    EXPECT_EQ(read(framed("YWJj\n").substr(0, framed("YWJj\n").size() - 1)).value(), "abc");
    EXPECT_TRUE(read(cat({std::string(2000, ' '), "\n", framed("YWJj\n")})).has_error());
    EXPECT_TRUE(read(cat({std::string(2000, '\n'), framed("YWJj\n")})).has_error());
}

TEST(Armor, IsRefusedWithAnyFault)
{
    const std::string full(64, 'A');
    for (const std::string& bad : {std::string(),
                                   framed(""),
                                   cat({"x", framed("YWJj\n")}),
                                   cat({framed("YWJj\n"), "x\n"}),
                                   framed("YWJj"),
                                   framed("YWJj\nYWJj\n"),
                                   framed("YWJ\n"),
                                   framed("YW=j\n"),
                                   framed("YWJ=\n"),
                                   framed("YW==YW==\n"),
                                   framed("YWJj\n\n"),
                                   framed("\nYWJj\n"),
                                   framed(" YWJj\n"),
                                   framed("YWJj \n"),
                                   framed(cat({full, "AAAA\n"})),
                                   framed(cat({full, "\nYW==\n", full, "\n"})),
                                   cat({armor_begin, "\nYWJj\n"}),
                                   std::string("-----BEGIN AGE ENCRYPTED FILE----\nYWJj\n"),
                                   cat({armor_begin, "\nYWJj\n-----END AGE ENCRYPTED FILE----\n"}),
                                   framed("YW-_\n"),
                                   std::string(5000, 'A')})
        EXPECT_TRUE(read(bad).has_error()) << bad;
}

TEST(Armor, IsWhatTheAgeToolReadsAndWrites)
{
    const testing::TemporaryFolder folder;
    const Identity identity = make_identity();
    const Secret key = identity.text();
    testing::write_file(folder.file("key"), key.reveal_text());
    Sealer sealer(identity);
    std::string file = sealer.append("a message\r\n");
    file += sealer.finish();
    testing::write_file(folder.file("armored"), armor(file));
    ASSERT_EQ(testing::run("age -d -i " + folder.file("key") + " " + folder.file("armored") + " > " + folder.file("text")), 0);
    EXPECT_EQ(testing::read_file(folder.file("text")), "a message\r\n");
    ASSERT_EQ(testing::run("age -a -r " + identity.recipient() + " " + folder.file("text") + " > " + folder.file("again")), 0);
    EXPECT_TRUE(read(testing::read_file(folder.file("again"))).has_value());
}

}  // namespace
}  // namespace sealpost::seal
