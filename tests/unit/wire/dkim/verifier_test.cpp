#include "wire/dkim/verifier.hpp"

#include "wire/dkim/dkim_world.hpp"

#include <random>
#include <tuple>

namespace sealpost::dkim {
namespace {

const Message letter = Message::parse("From: alice@acme.test\r\nSubject: hello\r\n\r\nThe body.\r\n");

TEST(DkimVerifier, FindsNothingInAMessageWithoutSignatures)
{
    const auto report = verify(letter, key_zone());
    EXPECT_TRUE(report.signatures.empty());
    EXPECT_EQ(report.chain.verdict, ChainVerdict::none);
    EXPECT_EQ(report.chain.instances, 0U);
}

TEST(DkimVerifier, AsksForEachKeyOnce)
{
    dns::CannedResolver resolver(key_zone());
    auto verifier = Verifier::begin(noon);
    const std::string one = sign(letter, {signing_key(rsa_key(), "s1")});
    feed(verifier, letter.with(one + one + sign(letter, {signing_key(ed25519_key(), "e1")})));
    const auto report = wait_for(verifier.finish(resolver, Deadline::never()));
    EXPECT_EQ(report.signatures.size(), 3U);
    EXPECT_EQ(resolver.asked(), (std::vector<std::string>{"e1._domainkey.acme.test TXT", "s1._domainkey.acme.test TXT"}));
}

TEST(DkimVerifier, AsksForTheKeyOfAChangedBodyWhichMayBeATest)
{
    dns::CannedResolver resolver(key_zone());
    auto verifier = Verifier::begin(noon);
    auto changed = letter.with(sign(letter, {signing_key(rsa_key(), "s1")}));
    changed.body = "Another\r\n";
    feed(verifier, changed);
    EXPECT_EQ(wait_for(verifier.finish(resolver, Deadline::never())).signatures.at(0).verdict, Verdict::fail);
    EXPECT_EQ(resolver.asked(), std::vector<std::string>{"s1._domainkey.acme.test TXT"});
}

TEST(DkimVerifier, AsksForNoKeyOfASignatureThatCannotPass)
{
    const std::string good = sign(letter, {signing_key(rsa_key(), "s1")});
    for (const auto& [tag, other, verdict] :
         {std::tuple("a=rsa-sha256", "a=rsa-sha1", Verdict::permerror), std::tuple("v=1", "v=2", Verdict::neutral)}) {
        dns::CannedResolver resolver(key_zone());
        auto verifier = Verifier::begin(noon);
        std::string field = good;
        field.replace(field.find(tag), std::string_view(tag).size(), other);
        feed(verifier, letter.with(field));
        EXPECT_EQ(wait_for(verifier.finish(resolver, Deadline::never())).signatures.at(0).verdict, verdict) << other;
        EXPECT_TRUE(resolver.asked().empty()) << other;
    }
}

TEST(DkimVerifier, TellsSignaturesApart)
{
    const std::string field = sign(letter, {signing_key(rsa_key(), "s1")});
    const auto report = verify(letter.with(field), key_zone());
    EXPECT_EQ(report.signatures.at(0).signature_start.size(), 8U);
    std::string flat;
    for (const char c : field)
        if (!is_ascii_space(c)) flat += c;
    EXPECT_NE(flat.find(";b=" + report.signatures.at(0).signature_start), std::string::npos);
    EXPECT_EQ(report.signatures.at(0).identity, "@acme.test");
}

TEST(DkimVerifier, TellsNothingThatWasNoNameOrAlgorithm)
{
    for (const char* hostile : {"d=.", "d=a b.test", "d=\"x\".test", "d=(c).test", "d=a..test", "d=acme.test.\x80"}) {
        const auto report =
            verify(letter.with("DKIM-Signature: v=1; a=x(y)-z; s=s_1; h=from; bh=aa\"=; b=\"(; " + std::string(hostile) + "\r\n"),
                   key_zone());
        ASSERT_EQ(report.signatures.size(), 1U);
        EXPECT_EQ(report.signatures[0].verdict, Verdict::neutral);
        EXPECT_EQ(report.signatures[0].domain, "") << hostile;
        EXPECT_EQ(report.signatures[0].algorithm, "");
        EXPECT_EQ(report.signatures[0].signature_start, "");
        EXPECT_EQ(report.signatures[0].selector, "s_1");
    }
}

TEST(DkimVerifier, LooksAtNoHeadThatIsTooLarge)
{
    const std::string field = sign(letter, {signing_key(rsa_key(), "s1")});
    auto large = letter.with(field);
    large.fields.push_back("X: " + std::string(1024 * 1024, 'x') + "\r\n");
    EXPECT_EQ(verdict_of(large), Verdict::neutral);
}

TEST(DkimVerifier, KeepsToItsLimits)
{
    dns::CannedResolver resolver(key_zone());
    VerifierLimits limits;
    limits.max_signatures = 1;
    limits.least_key_bits = 2048;
    auto verifier = Verifier::begin(noon, limits);
    feed(verifier, letter.with(sign(letter, {signing_key(rsa_key(), "s1"), signing_key(ed25519_key(), "e1")})));
    const auto report = wait_for(verifier.finish(resolver, Deadline::never()));
    ASSERT_EQ(report.signatures.size(), 1U);
    EXPECT_EQ(report.signatures[0].verdict, Verdict::policy);
}

// Messages of chance. What is signed passes in whatever pieces it comes; one octet of what is signed turned into
// another that no canonical form forgives, and it passes no more.
class RandomMessages {
public:
    explicit RandomMessages(unsigned seed) : chance_(seed) {}

    std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(chance_); }

    std::string text(std::size_t most, std::string_view alphabet)
    {
        std::string out;
        for (std::size_t count = below(most + 1); count > 0; --count) out += alphabet[below(alphabet.size())];
        return out;
    }

    Message message()
    {
        static const std::vector<std::string> names = {"Subject", "To", "X-Free", "Received", "Reply-To", "Cc", "Content-Type"};
        Message message;
        const std::size_t from = below(4);
        for (std::size_t i = 0; i < 6; ++i) {
            const std::string name = i == from ? "From" : names[below(names.size())];
            message.fields.push_back(name + ":" + text(40, "ab  \t") + "x\r\n" + (below(3) == 0 ? " folded \r\n" : ""));
        }
        for (std::size_t lines = below(8); lines > 0; --lines)
            message.body += text(60, "abc.  \t\r") + (below(9) == 0 ? "" : "\r\n");
        return message;
    }

private:
    std::mt19937 chance_;
};

TEST(DkimProperty, WhatIsSignedVerifiesInPiecesOfAnySize)
{
    RandomMessages random(6376);
    for (int i = 0; i < 300; ++i) {
        const Message message = random.message();
        const auto fields = sign(message, {signing_key(ed25519_key(), "e1")}, 1 + random.below(70));
        const auto report = verify(message.with(fields), key_zone(), noon, 1 + random.below(70));
        ASSERT_EQ(report.signatures.size(), 1U);
        EXPECT_EQ(report.signatures[0].verdict, Verdict::pass) << report.signatures[0].problem << '\n' << message.text();
    }
}

TEST(DkimProperty, EveryOctetOfASignedPlaceCounts)
{
    const Message message = Message::parse(
        "Received: free\r\nFrom: alice@acme.test\r\nSubject: a word\r\nTo: b@c.test\r\n\r\nTwo lines,\r\nno more.\r\n");
    const std::string fields = sign(message, {signing_key(ed25519_key(), "e1")});
    const auto signed_message = message.with(fields);
    std::size_t changed = 0;
    for (std::size_t field = 0; field < signed_message.fields.size(); ++field) {
        if (signed_message.fields[field].starts_with("Received")) continue;
        for (std::size_t at = 0; at < signed_message.fields[field].size(); ++at) {
            if (is_ascii_space(signed_message.fields[field][at])) continue;
            auto other = signed_message;
            other.fields[field][at] ^= 1;
            if (iequals(other.fields[field], signed_message.fields[field])) continue;
            EXPECT_NE(verdict_of(other), Verdict::pass) << other.fields[field];
            ++changed;
        }
    }
    for (std::size_t at = 0; at < message.body.size(); ++at) {
        if (is_ascii_space(message.body[at])) continue;
        auto other = signed_message;
        other.body[at] ^= 1;
        EXPECT_NE(verdict_of(other), Verdict::pass) << other.body;
        ++changed;
    }
    EXPECT_GT(changed, 300U);
}

}  // namespace
}  // namespace sealpost::dkim
