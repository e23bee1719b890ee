#include "wire/dkim/publication.hpp"

#include "wire/dkim/dkim_world.hpp"

namespace sealpost::dkim {
namespace {

Publication look(const crypto::PrivateKey& key, const std::string& selector, const std::string& zone)
{
    dns::CannedResolver resolver(zone);
    return wait_for(check_publication(signing_key(key, selector), resolver, Deadline::never()));
}

TEST(DkimPublication, PassesWhenThePublicHalfStandsAtTheSelector)
{
    EXPECT_EQ(look(rsa_key(), "s1", key_zone()).verdict, Verdict::pass);
    EXPECT_EQ(look(ed25519_key(), "e1", key_zone()).verdict, Verdict::pass);
}

TEST(DkimPublication, TellsAnotherKeyFromNone)
{
    EXPECT_EQ(look(crypto::PrivateKey::make_rsa(least_key_bits).value(), "s1", key_zone()).verdict, Verdict::fail);
    EXPECT_EQ(look(rsa_key(), "s9", key_zone()).verdict, Verdict::permerror);
    EXPECT_EQ(look(rsa_key(), "s1", "s1._domainkey.acme.test TXT v=DKIM1; p=").verdict, Verdict::permerror);
    EXPECT_EQ(look(rsa_key(), "s1", "s1._domainkey.acme.test TEMPORARY").verdict, Verdict::temperror);
}

TEST(DkimPublication, TellsTestingMode)
{
    EXPECT_TRUE(look(rsa_key(), "s1", "s1._domainkey.acme.test TXT " + format_record(rsa_key()) + "; t=y").testing);
}

}  // namespace
}  // namespace sealpost::dkim
