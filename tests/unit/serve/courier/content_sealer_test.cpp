#include "serve/courier/content_sealer.hpp"

#include "core/queue/queue_fixture.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <gtest/gtest.h>

namespace sealpost::courier {
namespace {

constexpr std::string_view letter = "From: bob@partner.test\r\nSubject: hello\r\n\r\nThe body.\r\n";

dkim::SigningKey make_key(const crypto::PrivateKey& key)
{
    return dkim::SigningKey::make("acme.test", "arc", key.to_pem()).value();
}

std::shared_ptr<const ContentSealer> make_sealer(const Clock& clock)
{
    ContentSealer::Parts parts{make_key(crypto::PrivateKey::make_rsa(dkim::least_key_bits).value()),
                               "mx1.acme.test",
                               std::make_shared<dns::CannedResolver>(""),
                               std::chrono::seconds(1),
                               clock,
                               log::Log::silent()};
    return ContentSealer::make(std::move(parts)).value();
}

std::string seal(const std::string& content)
{
    const ManualClock clock{WallTime(std::chrono::hours(500'000))};
    return queue::wait_for(make_sealer(clock)->seal(std::make_unique<async::StringSource>(content)));
}

TEST(ContentSealer, MakesThreeFieldsThatCarryOurResults)
{
    const std::string results = "Authentication-Results: mx1.acme.test; spf=pass smtp.mailfrom=partner.test\r\n";
    const std::string fields = seal(results + std::string(letter));
    EXPECT_TRUE(fields.starts_with("ARC-Seal: i=1;")) << fields;
    EXPECT_NE(fields.find("\r\nARC-Message-Signature: i=1;"), std::string::npos);
    EXPECT_NE(fields.find("\r\nARC-Authentication-Results: i=1; mx1.acme.test; spf=pass"), std::string::npos) << fields;
    EXPECT_NE(fields.find("d=acme.test"), std::string::npos);
}

TEST(ContentSealer, LeavesAMessageAsItIsWhoseHeadIsBroken)
{
    EXPECT_EQ(seal("From: bob@partner.test\r\nno field\r\n\r\nHello\r\n"), "");
    EXPECT_EQ(seal("Subject: nobody\r\n\r\nHello\r\n"), "");
}

TEST(ContentSealer, IsMadeWithAnRsaKeyOnly)
{
    const SystemClock clock;
    ContentSealer::Parts parts{make_key(crypto::PrivateKey::make_ed25519().value()),
                               "mx1.acme.test",
                               nullptr,
                               std::chrono::seconds(1),
                               clock,
                               log::Log::silent()};
    EXPECT_EQ(ContentSealer::make(std::move(parts)).error().fault, Fault::config);
}

}  // namespace
}  // namespace sealpost::courier
