// Routes: whose turn it is, names that are mail domains, and what happens when nobody is there.
#include "serve/courier/courier.hpp"
#include "serve/courier/plan.hpp"

#include "serve/post_office.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <gtest/gtest.h>

namespace sealpost::courier {
namespace {

using smtpd::Authority;
using smtpd::PostOffice;
using Kind = RecipientResult::Kind;
using Outcome = Attempt::Outcome;

// acme.test has an MX of its own, where a route must never end up.
constexpr const char* zone = R"(
acme.test        MX 10 mx.acme.test
mx.acme.test     A  127.0.0.1
relay.test       MX 10 away.relay.test
relay.test       MX 20 mx.acme.test
away.relay.test  A  127.0.0.9
plain.test       A  127.0.0.1
null.test        MX 0 .
)";

Hop hop(std::string host, std::uint16_t port, int priority = 0)
{
    Hop made;
    made.host = std::move(host);
    made.port = port;
    made.priority = priority;
    return made;
}

Hop domain_hop(std::string name)
{
    Hop made = hop(std::move(name), 25);
    made.by_mx = true;
    return made;
}

std::vector<std::string> names(const std::vector<Hop>& hops)
{
    std::vector<std::string> all;
    for (const Hop& each : hops) all.push_back(each.host);
    return all;
}

TEST(Turns, BeginEachTimeWithTheNextOfTheSamePriority)
{
    Turns turns;
    const std::vector<Hop> route = {hop("a", 25), hop("b", 25), hop("c", 25), hop("d", 25, 9)};
    std::vector<std::vector<std::string>> seen;
    for (int i = 0; i < 4; ++i) {
        auto hops = route;
        turns.put_in_turn(hops);
        seen.push_back(names(hops));
    }
    const std::vector<std::vector<std::string>> expected = {
        {"a", "b", "c", "d"}, {"b", "c", "a", "d"}, {"c", "a", "b", "d"}, {"a", "b", "c", "d"}};
    EXPECT_EQ(seen, expected);
}

TEST(Turns, AreOfEachRouteItsOwn)
{
    Turns turns;
    std::vector<Hop> first = {hop("a", 25), hop("b", 25)};
    std::vector<Hop> second = {hop("a", 25), hop("b", 2525)};
    turns.put_in_turn(first);
    turns.put_in_turn(second);
    EXPECT_EQ(names(second), (std::vector<std::string>{"a", "b"}));
    first = {hop("a", 25), hop("b", 25)};
    turns.put_in_turn(first);
    EXPECT_EQ(names(first), (std::vector<std::string>{"b", "a"}));
}

class RouteTest : public testing::Test {
protected:
    CarryReport carry(std::vector<Hop> route, std::uint16_t mx_port, TlsDemand tls = TlsDemand::none,
                      std::string domain = "acme.test", std::string own_name = "")
    {
        Order order;
        order.domain = std::move(domain);
        order.own_name = std::move(own_name);
        order.route = std::move(route);
        order.tls = tls;
        order.mail.mail.sender = {"carol", "partner.test"};
        smtp::RcptTo rcpt;
        rcpt.recipient = {"alice", "acme.test"};
        order.mail.recipients.push_back(rcpt);
        order.content = [] { return std::make_unique<async::StringSource>("Subject: x\r\n\r\nx\r\n"); };
        order.helo_name = "gw.partner.test";
        order.mx_port = mx_port;
        CarryReport report;
        async::run_here([&] { return carry_into(std::move(order), report); });
        return report;
    }

    Task<void> carry_into(Order order, CarryReport& report)
    {
        auto carried = co_await courier_.carry(std::move(order), Deadline::after(std::chrono::seconds(20)));
        report = std::move(carried);
        co_await courier_.close_idle();
    }

    static CourierOptions options()
    {
        CourierOptions options;
        options.resolver = std::make_shared<dns::CannedResolver>(zone);
        options.trust = [trust = Authority().client()] { return trust; };
        return options;
    }

    Courier courier_{options()};
};

TEST_F(RouteTest, TakesTwoServersInTurnAndGoesOnToTheOther)
{
    PostOffice first, second;
    const std::vector<Hop> route = {hop("127.0.0.1", first.port()), hop("127.0.0.1", second.port())};
    for (int i = 0; i < 6; ++i) EXPECT_EQ(carry(route, first.port()).recipients.at(0).kind, Kind::delivered);
    EXPECT_EQ(first.letters->take().size(), 3U);
    EXPECT_EQ(second.letters->take().size(), 3U);
    const std::vector<Hop> half_dead = {hop("127.0.0.9", 1), hop("127.0.0.1", second.port())};
    for (int i = 0; i < 2; ++i) EXPECT_EQ(carry(half_dead, first.port()).recipients.at(0).kind, Kind::delivered);
    EXPECT_EQ(second.letters->take().size(), 2U);
}

TEST_F(RouteTest, PrefersTheLowerPriorityWhateverTheOrder)
{
    PostOffice first, second;
    const std::vector<Hop> route = {hop("127.0.0.1", second.port(), 20), hop("127.0.0.1", first.port(), 10)};
    for (int i = 0; i < 3; ++i) EXPECT_EQ(carry(route, first.port()).attempts.size(), 1U);
    EXPECT_EQ(first.letters->take().size(), 3U);
}

TEST_F(RouteTest, NeverFallsBackToTheMxOfTheDomain)
{
    PostOffice office;
    for (const auto& route : {std::vector<Hop>{hop("127.0.0.9", 1)}, {domain_hop("null.test")}, {domain_hop("nowhere.test")}}) {
        const auto report = carry(route, office.port());
        EXPECT_EQ(report.recipients.at(0).kind, Kind::deferred);
        EXPECT_EQ(report.attempts.at(0).outcome, Outcome::unreachable);
    }
    EXPECT_TRUE(office.letters->take().empty());
    EXPECT_EQ(carry({}, office.port()).recipients.at(0).kind, Kind::delivered);  // whom it could have reached
}

TEST_F(RouteTest, TakesANameWithoutAPortForAMailDomain)
{
    PostOffice office;
    const auto report = carry({domain_hop("relay.test")}, office.port());
    EXPECT_EQ(report.recipients.at(0).kind, Kind::delivered);
    ASSERT_EQ(report.attempts.size(), 2U);
    EXPECT_EQ(report.attempts[0].host, "away.relay.test");
    EXPECT_EQ(report.attempts[1].host, "mx.acme.test");
    EXPECT_EQ(carry({domain_hop("plain.test")}, office.port()).attempts.at(0).host, "plain.test");
}

TEST_F(RouteTest, PassesMailOnToNoMailHostBehindItselfAmongThoseOfTheDomain)
{
    PostOffice office;
    const auto carry_as = [&](const char* own_name, std::vector<Hop> route = {}) {
        return carry(std::move(route), office.port(), TlsDemand::none, "relay.test", own_name);
    };
    for (const auto& route : {std::vector<Hop>{}, {domain_hop("relay.test")}}) {
        const auto second = carry_as("MX.acme.test", route);
        ASSERT_EQ(second.attempts.size(), 1U);
        EXPECT_EQ(second.attempts[0].host, "away.relay.test");
        EXPECT_EQ(second.recipients.at(0).kind, Kind::deferred);
        const auto first = carry_as("away.relay.test", route);
        EXPECT_EQ(first.recipients.at(0).kind, Kind::deferred);
        for (const Attempt& attempt : first.attempts) EXPECT_EQ(attempt.stage, smtp::Stage::connect);
    }
    EXPECT_EQ(carry_as("away.relay.test").recipients.at(0).reply.enhanced, "4.4.6");
    EXPECT_EQ(office.letters->connections, 0);
    EXPECT_EQ(carry_as("mx.acme.test", {hop("mx.acme.test", office.port())}).attempts.size(), 1U) << "a route says where";
    EXPECT_EQ(office.letters->connections, 1);
}

}  // namespace
}  // namespace sealpost::courier
