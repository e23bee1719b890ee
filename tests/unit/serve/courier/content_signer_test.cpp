#include "serve/courier/content_signer.hpp"

#include "core/queue/queue_fixture.hpp"

#include <gtest/gtest.h>

namespace sealpost::courier {
namespace {

class ContentSignerTest : public testing::Test {
protected:
    ContentSignerTest() : signer_(make_keys(), clock_, log::Log::silent()) {}

    // acme.test changes from s1 to s2 at `change`, and signs with e1 besides; keys.acme.test has a key that is to come.
    static std::vector<ContentKey> make_keys()
    {
        const Secret rsa = crypto::PrivateKey::make_rsa(dkim::least_key_bits).value().to_pem();
        const Secret ed25519 = crypto::PrivateKey::make_ed25519().value().to_pem();
        std::vector<ContentKey> keys;
        keys.push_back({dkim::SigningKey::make("acme.test", "s1", rsa).value(), WallTime::min(), change});
        keys.push_back({dkim::SigningKey::make("acme.test", "s2", rsa).value(), change});
        keys.push_back({dkim::SigningKey::make("acme.test", "e1", ed25519).value()});
        keys.push_back({dkim::SigningKey::make("keys.acme.test", "k1", rsa).value()});
        keys.push_back({dkim::SigningKey::make("new.acme.test", "n1", rsa).value(), change});
        return keys;
    }

    std::string sign(const std::string& head)
    {
        return queue::wait_for(signer_.sign(std::make_unique<async::StringSource>(head + "\r\nHello\r\n")));
    }

    // The selectors that sign a message of this author, in order.
    std::vector<std::string> selectors_of(const std::string& author)
    {
        std::vector<std::string> found;
        const std::string fields = sign("From: " + author + "\r\n");
        for (auto at = fields.find(" s="); at != std::string::npos; at = fields.find(" s=", at + 1))
            found.push_back(fields.substr(at + 3, fields.find(';', at) - at - 3));
        return found;
    }

    // The domain that signs a message with this head; empty: nobody.
    std::string signing_domain(const std::string& head)
    {
        const std::string field = sign(head);
        const auto at = field.find("d=");
        return at == std::string::npos ? "" : field.substr(at + 2, field.find(';', at) - at - 2);
    }

    static constexpr WallTime change = WallTime(std::chrono::hours(500'000));
    ManualClock clock_{change - std::chrono::hours(1)};
    ContentSigner signer_;
};

TEST_F(ContentSignerTest, SignsWithEveryActiveKeyOfTheDomain)
{
    EXPECT_EQ(selectors_of("alice@acme.test"), (std::vector<std::string>{"s1", "e1"}));
}

TEST_F(ContentSignerTest, ChangesKeysAtTheMomentThatWasNamed)
{
    clock_.advance(std::chrono::hours(1) - std::chrono::milliseconds(1));
    EXPECT_EQ(selectors_of("alice@acme.test"), (std::vector<std::string>{"s1", "e1"}));
    clock_.advance(std::chrono::milliseconds(1));
    EXPECT_EQ(selectors_of("alice@acme.test"), (std::vector<std::string>{"s2", "e1"}));
}

TEST_F(ContentSignerTest, LooksFurtherUpWhileADomainHasNoActiveKey)
{
    EXPECT_EQ(selectors_of("bob@new.acme.test"), (std::vector<std::string>{"s1", "e1"}));
    clock_.advance(std::chrono::hours(1));
    EXPECT_EQ(selectors_of("bob@new.acme.test"), std::vector<std::string>{"n1"});
}

TEST_F(ContentSignerTest, TakesTheKeyOfTheDomainInFromOrOfTheNearestAboveIt)
{
    EXPECT_EQ(signing_domain("From: Alice <alice@ACME.test>\r\n"), "acme.test");
    EXPECT_EQ(signing_domain("From: MAILER-DAEMON@mx1.acme.test\r\n"), "acme.test");
    EXPECT_EQ(signing_domain("From: noreply@out.keys.acme.test\r\n"), "keys.acme.test");
}

TEST_F(ContentSignerTest, SignsNothingForOtherDomains)
{
    EXPECT_EQ(signing_domain("From: bob@partner.test\r\n"), "");
    EXPECT_EQ(signing_domain("From: eve@notacme.test\r\n"), "");
    EXPECT_EQ(signing_domain("From: eve@test\r\n"), "");
}

TEST_F(ContentSignerTest, SignsNothingWithoutExactlyOneFrom)
{
    EXPECT_EQ(signing_domain("Subject: hello\r\n"), "");
    EXPECT_EQ(signing_domain("From: alice@acme.test\r\nFrom: eve@partner.test\r\n"), "");
}

TEST_F(ContentSignerTest, SignsForTheFirstOfSeveralAuthors)
{
    EXPECT_EQ(signing_domain("From: alice@acme.test, bob@partner.test\r\n"), "acme.test");
    EXPECT_EQ(signing_domain("From: bob@partner.test, alice@acme.test\r\n"), "");
}

TEST_F(ContentSignerTest, SignsNothingWhereAnAuthorCannotBeRead)
{
    EXPECT_EQ(signing_domain("From: alice@acme.test, ceo..x@bank.test\r\n"), "");
    EXPECT_EQ(signing_domain("From: alice@acme.test, \"CEO\" ceo@bank.test\r\n"), "");
    EXPECT_EQ(signing_domain("From: [List] Alice <alice@acme.test>\r\n"), "acme.test");
}

TEST_F(ContentSignerTest, LeavesAMessageUnsignedWhoseHeadIsBrokenOrEndless)
{
    EXPECT_EQ(signing_domain("From: alice@acme.test\r\nno field\r\n"), "");
    EXPECT_EQ(signing_domain("From: alice@acme.test\r\nX: " + std::string(1024 * 1024, 'x')), "");
}

TEST_F(ContentSignerTest, PutsTheFieldBeforeTheContentAtEachReading)
{
    const auto content = put_before("DKIM-Signature: x\r\n", [] { return std::make_unique<async::StringSource>("From: a\r\n"); });
    for (int i = 0; i < 2; ++i) {
        auto source = content();
        EXPECT_EQ(queue::wait_for(source->next()).value(), "DKIM-Signature: x\r\n");
        EXPECT_EQ(queue::wait_for(source->next()).value(), "From: a\r\n");
        EXPECT_EQ(queue::wait_for(source->next()).value(), "");
    }
}

}  // namespace
}  // namespace sealpost::courier
