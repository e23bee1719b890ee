#include "base/encoding.hpp"
#include "base/text.hpp"
#include "subprocess.hpp"
#include "sys/crypto/digest.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/seal/armor.hpp"
#include "wire/seal/opener.hpp"

#include <gtest/gtest.h>

namespace sealpost::seal {
namespace {

// tests/vectors/seal/make_vectors.py describes the files.
struct Vector {
    std::string expect, identity, form, payload, body;
};

Vector load(const std::filesystem::path& path)
{
    const std::string text = testing::read_file(path);
    const std::size_t end = mail::find_end_of_head(text).value();
    const auto head = mail::HeaderBlock::parse(text.substr(0, end)).value();
    return {*head.find("expect"), *head.find("identity"), *head.find("form"), head.find("payload").value_or(""),
            text.substr(end)};
}

Result<std::string> open_vector(const Vector& vector, std::size_t piece)
{
    const Identity identity = Identity::parse(vector.identity).value();
    Opener opener(identity);
    ArmorReader armor;
    std::string out;
    for (std::size_t at = 0; at < vector.body.size(); at += piece) {
        std::string bytes = vector.body.substr(at, piece);
        if (vector.form == "armor") {
            SEALPOST_TRY(bytes, armor.append(bytes));
        }
        SEALPOST_TRY(const std::string text, opener.append(bytes));
        out += text;
    }
    if (vector.form == "armor") SEALPOST_CHECK(armor.finish());
    SEALPOST_TRY(const std::string rest, opener.finish());
    return out + rest;
}

std::string verdict(const Vector& vector, std::size_t piece)
{
    const auto opened = open_vector(vector, piece);
    if (opened.has_error()) return opened.error().fault == Fault::denied ? "denied" : "broken";
    return format_hex(crypto::sha256(*opened)) == vector.payload ? "ok" : "another payload";
}

TEST(Vectors, GetTheVerdictTheyName)
{
    int seen = 0;
    for (const auto& entry : std::filesystem::directory_iterator(SEALPOST_SOURCE_DIR "/tests/vectors/seal")) {
        if (entry.path().extension() != ".vector") continue;
        const Vector vector = load(entry.path());
        EXPECT_EQ(verdict(vector, vector.body.size()), vector.expect) << entry.path().stem();
        EXPECT_EQ(verdict(vector, 1), vector.expect) << entry.path().stem() << ", octet by octet";
        ++seen;
    }
    EXPECT_GE(seen, 50);
}

}  // namespace
}  // namespace sealpost::seal
