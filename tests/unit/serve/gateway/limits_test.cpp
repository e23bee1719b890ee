// The limits of hosts and of the node, as the intake keeps them.
#include "serve/gateway/limits_world.hpp"

#include <gmock/gmock.h>

namespace sealpost::gateway {
namespace {

using namespace std::chrono_literals;
using queue::wait_for;
using smtp::Reply;
using testing::HasSubstr;

TEST_F(LimitsTest, TurnAwayAHostWithTooManyConnections)
{
    auto first = come("192.0.2.1");
    auto second = come("192.0.2.1");
    EXPECT_EQ(come("192.0.2.1"), nullptr);
    EXPECT_EQ(rejection_.code, 421);
    EXPECT_EQ(rejection_.enhanced, "4.7.0");
    EXPECT_NE(come("192.0.2.2"), nullptr);
    first.reset();
    EXPECT_NE(come("192.0.2.1"), nullptr);
}

TEST_F(LimitsTest, CountConnectionsOverAllListeners)
{
    auto first = come("192.0.2.1", "private");
    auto second = come("192.0.2.1", "private");
    EXPECT_EQ(come("192.0.2.1", "public"), nullptr);
    EXPECT_NE(come("192.0.2.1", "private"), nullptr);
}

TEST_F(LimitsTest, RefuseRecipientsOfAnHourWithThePolicysCodeAndText)
{
    auto intake = come("192.0.2.1");
    EXPECT_EQ(mail(*intake).code, 250);
    for (const char* address : {"a@acme.test", "b@acme.test", "c@acme.test"}) EXPECT_EQ(rcpt(*intake, address).code, 250);
    const Reply refused = rcpt(*intake, "d@acme.test");
    EXPECT_EQ(refused.code, 450);
    EXPECT_THAT(refused.text(), HasSubstr("Enough from 192.0.2.1"));
    auto again = come("192.0.2.1");
    EXPECT_EQ(rcpt(*again, "d@acme.test").code, 450) << "also on the next connection";
    EXPECT_EQ(rcpt(*come("192.0.2.2"), "d@acme.test").code, 250) << "but not from another host";
    clock_.advance(1h);
    EXPECT_EQ(rcpt(*again, "d@acme.test").code, 250);
}

TEST_F(LimitsTest, DoNotCountRecipientsThatBypassThem)
{
    auto intake = come("192.0.2.1");
    for (int i = 0; i < 5; ++i) EXPECT_EQ(rcpt(*intake, "postmaster@acme.test").code, 250);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(rcpt(*intake, "a@acme.test").code, 250);
    EXPECT_EQ(rcpt(*intake, "a@acme.test").code, 450);
    EXPECT_EQ(rcpt(*intake, "postmaster@acme.test").code, 250);
}

TEST_F(LimitsTest, DropWhoeverTriesAddressesAndTellHimNothingAfterwards)
{
    auto intake = come("192.0.2.1");
    EXPECT_EQ(rcpt(*intake, "nobody@acme.test").code, 550);
    EXPECT_EQ(rcpt(*intake, "a@example.org").code, 550);
    EXPECT_EQ(rcpt(*intake, "a@acme.test").code, 421) << "ends the connection";
    auto again = come("192.0.2.1");
    const Reply refused = rcpt(*again, "a@acme.test");
    EXPECT_EQ(refused.code, 550);
    EXPECT_EQ(refused.enhanced, "5.7.1");
    EXPECT_EQ(rcpt(*come("192.0.2.2"), "a@acme.test").code, 250);
    clock_.advance(1h);
    EXPECT_EQ(rcpt(*again, "a@acme.test").code, 250);
}

TEST_F(LimitsTest, KeepTheConnectionOfAHarvesterWherePolicySaysSo)
{
    auto intake = come("192.0.2.30");
    for (int i = 0; i < 2; ++i) EXPECT_THAT(rcpt(*intake, "nobody@acme.test").text(), HasSubstr("No such mailbox"));
    const Reply refused = rcpt(*intake, "a@acme.test");
    EXPECT_EQ(refused.code, 550);
    EXPECT_THAT(refused.text(), HasSubstr("Too many invalid recipients"));
}

TEST_F(LimitsTest, AllowAsManyRefusedRecipientsAsAMessageMayHave)
{
    for (const auto& [listener, most] : {std::pair("private", 300U), std::pair("public", 100U)}) {
        Intake intake(parts_);
        const auto admission = connect(intake, "192.0.2.1", listener);
        EXPECT_EQ(std::get<smtpd::Accept>(admission).profile.limits.max_refused_recipients, most) << listener;
    }
}

TEST_F(LimitsTest, LeaveOurOwnHostsAlone)
{
    auto intake = come("192.0.2.1", "private");
    for (int i = 0; i < 60; ++i) EXPECT_EQ(rcpt(*intake, "x" + std::to_string(i) + "@partner.test").code, 250);
}

TEST_F(LimitsTest, TurnAwayWhomTheNodeHasNoPlaceFor)
{
    parts_->connections = std::make_shared<Places>(2);
    auto first = come("192.0.2.1");
    auto second = come("192.0.2.2", "private");
    EXPECT_EQ(come("192.0.2.3"), nullptr);
    EXPECT_EQ(rejection_.code, 421);
    EXPECT_EQ(rejection_.enhanced, "4.3.2");
    second.reset();
    EXPECT_NE(come("192.0.2.3"), nullptr);
}

TEST_F(LimitsTest, EndTlsConnectionsThatTheNodeHasNoPlaceForAtHello)
{
    parts_->tls_connections = std::make_shared<Places>(1);
    auto first = come("192.0.2.1");
    start_tls(*first);
    EXPECT_EQ(wait_for(first->hello("client.test", true)).code, 250);
    auto second = come("192.0.2.2");
    EXPECT_EQ(wait_for(second->hello("client.test", true)).code, 250) << "in clear there is room";
    start_tls(*second);
    const Reply refused = wait_for(second->hello("client.test", true));
    EXPECT_EQ(refused.code, 421);
    EXPECT_EQ(refused.enhanced, "4.3.2");
    first.reset();
    auto third = come("192.0.2.3");
    start_tls(*third);
    EXPECT_EQ(wait_for(third->hello("client.test", true)).code, 250);
}

TEST_F(LimitsTest, RefuseACertificateThatIsShownAndDoesNotVerifyAlsoWhereNoneIsNeeded)
{
    for (const auto& [shown, verified, code] :
         {std::tuple(false, false, 250), std::tuple(true, false, 550), std::tuple(true, true, 250)}) {
        auto intake = come("192.0.2.40");
        start_tls(*intake, shown, verified);
        EXPECT_EQ(mail(*intake).code, code) << shown << verified;
    }
    EXPECT_EQ(mail(*come("192.0.2.40")).code, 250) << "in clear there is nothing to show";
}

TEST_F(LimitsTest, CountRecipientsOfASenderOverAllHosts)
{
    auto first = come("192.0.2.50");
    auto second = come("192.0.2.51");
    for (auto* intake : {first.get(), second.get()}) {
        EXPECT_EQ(mail(*intake).code, 250);
        EXPECT_EQ(rcpt(*intake, "a@acme.test").code, 250);
    }
    const Reply refused = rcpt(*second, "b@acme.test");
    EXPECT_EQ(refused.code, 452);
    EXPECT_EQ(refused.enhanced, "4.7.0");
    EXPECT_EQ(mail(*second, "").code, 250);
    EXPECT_EQ(rcpt(*second, "b@acme.test").code, 250) << "the null sender has no limit";
    EXPECT_EQ(mail(*first).code, 250);
    clock_.advance(1h);
    EXPECT_EQ(rcpt(*first, "b@acme.test").code, 250);
}

TEST_F(LimitsTest, CountNoRecipientOfASenderThatTheHostMayNotHave)
{
    auto intake = come("192.0.2.50");
    EXPECT_EQ(mail(*intake, "").code, 250);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(rcpt(*intake, "a@acme.test").code, 250);
    EXPECT_EQ(mail(*intake).code, 250);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(rcpt(*intake, "a@acme.test").code, 452);
    auto other = come("192.0.2.51");
    EXPECT_EQ(mail(*other).code, 250);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(rcpt(*other, "a@acme.test").code, 250) << "none of the refused were counted";
}

}  // namespace
}  // namespace sealpost::gateway
