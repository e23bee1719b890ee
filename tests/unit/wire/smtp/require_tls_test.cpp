// REQUIRETLS at the server (RFC 8689).
#include "wire/smtp/transcript.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sealpost::smtp {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

ServerProfile offering_require_tls(bool inside_tls)
{
    ServerProfile profile = Transcript::usual();
    profile.offer_require_tls = true;
    profile.tls_active = inside_tls;
    return profile;
}

TEST(ServerSession, OffersRequireTlsInsideTlsOnly)
{
    EXPECT_THAT(greeted(offering_require_tls(true)).said(), HasSubstr("REQUIRETLS"));
    EXPECT_THAT(greeted(offering_require_tls(false)).said(), Not(HasSubstr("REQUIRETLS")));
    ServerProfile silent = offering_require_tls(true);
    silent.offer_require_tls = false;
    EXPECT_THAT(greeted(silent).said(), Not(HasSubstr("REQUIRETLS")));
}

TEST(ServerSession, TakesRequireTlsInsideTlsOnly)
{
    Transcript inside = greeted(offering_require_tls(true));
    inside.feed("MAIL FROM:<alice@acme.test> REQUIRETLS\r\n");
    EXPECT_THAT(inside.last(), StartsWith("250 "));
    Transcript in_clear = greeted(offering_require_tls(false));
    in_clear.feed("MAIL FROM:<alice@acme.test> REQUIRETLS\r\n");
    EXPECT_THAT(in_clear.last(), StartsWith("530 5.7.10 "));
    EXPECT_EQ(in_clear.session().take_refusals().size(), 1U);
}

TEST(ServerSession, UnderstandsRequireTlsWhereItIsOfferedAndWithoutAValue)
{
    ParameterOffer offer;
    EXPECT_EQ(std::get<Reply>(parse_mail("FROM:<a@b.test> REQUIRETLS", offer)).code, 555);
    offer.require_tls = true;
    EXPECT_TRUE(std::get<MailFrom>(parse_mail("FROM:<a@b.test> requiretls", offer)).require_tls);
    EXPECT_FALSE(std::get<MailFrom>(parse_mail("FROM:<a@b.test>", offer)).require_tls);
    EXPECT_EQ(std::get<Reply>(parse_mail("FROM:<a@b.test> REQUIRETLS=YES", offer)).code, 501);
    EXPECT_EQ(std::get<Reply>(parse_mail("FROM:<a@b.test> REQUIRETLS REQUIRETLS", offer)).code, 501);
    offer.extended = false;
    EXPECT_EQ(std::get<Reply>(parse_mail("FROM:<a@b.test> REQUIRETLS", offer)).code, 555);
}

}  // namespace
}  // namespace sealpost::smtp
