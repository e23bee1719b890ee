#include "serve/courier/content_signer.hpp"

#include "core/queue/queue_fixture.hpp"

#include <gtest/gtest.h>

namespace sealpost::courier {
namespace {

class ContentSignerTest : public testing::Test {
protected:
    ContentSignerTest() : signer_(make_keys(), log::Log::silent()) {}

    static std::vector<dkim::SigningKey> make_keys()
    {
        const Secret pem = crypto::PrivateKey::make_rsa(dkim::least_key_bits).value().to_pem();
        std::vector<dkim::SigningKey> keys;
        keys.push_back(dkim::SigningKey::make("acme.test", "s1", pem).value());
        keys.push_back(dkim::SigningKey::make("keys.acme.test", "s2", pem).value());
        return keys;
    }

    // The domain that signs a message with this head; empty: nobody.
    std::string signing_domain(const std::string& head)
    {
        const std::string field = queue::wait_for(signer_.sign(std::make_unique<async::StringSource>(head + "\r\nHello\r\n")));
        const auto at = field.find("d=");
        return at == std::string::npos ? "" : field.substr(at + 2, field.find(';', at) - at - 2);
    }

    ContentSigner signer_;
};

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
