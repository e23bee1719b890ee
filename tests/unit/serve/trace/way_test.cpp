#include "serve/trace/trace_world.hpp"

namespace sealpost::trace {
namespace {

TEST(Trace, TellsWhatDecidedAboutEncryptionAndTheWay)
{
    auto inquiry = from("192.0.2.10", "private");
    inquiry.rcpt_to = {"bob@partner.test", "x@void.test", "y@lists.acme.test"};
    const auto report = ask(inquiry);
    const auto& sealed = find(report, Stage::encryption);
    EXPECT_EQ(fact_of(sealed, "action").value, "seal");
    EXPECT_EQ(fact_of(sealed, "action").from, "rule partners");
    EXPECT_EQ(fact_of(sealed, "profile").value, "default");
    EXPECT_EQ(fact_of(sealed, "expires_after").value, "ten years");
    const auto& destination = find(report, Stage::destination);
    EXPECT_EQ(fact_of(destination, "tls").value, "required_verify");
    EXPECT_EQ(fact_of(destination, "max_connections").value, "3");
    EXPECT_EQ(fact_of(destination, "bounce_profile").value, "default");
    std::vector<std::string> routes;
    for (const auto& step : report.steps)
        if (step.stage == Stage::route) routes.push_back(fact_of(step, "hosts").value);
    ASSERT_EQ(routes.size(), 3U);
    EXPECT_EQ(routes[0], "the MX records of partner.test");
    EXPECT_EQ(routes[1], "/dev/null");
    EXPECT_FALSE(report.recipients.at(0).is_discarded);
    EXPECT_TRUE(report.recipients.at(1).is_discarded);
    EXPECT_EQ(routes[2].substr(0, 20), "inner.acme.test:2525");
    // A header counts more than a rule.
    inquiry.message = "X-Sealpost-Seal: no\r\n" + inquiry.message;
    EXPECT_EQ(fact_of(find(ask(inquiry), Stage::encryption), "action").from, "header X-Sealpost-Seal");
}

TEST(Trace, LeavesStrangersOfTheNameOfARoleAlone)
{
    const auto way_of = [](const std::string& recipient) {
        auto inquiry = from("192.0.2.10", "private");
        inquiry.rcpt_to = {recipient};
        return find(ask(inquiry), Stage::route).title;
    };
    EXPECT_EQ(way_of("office@acme.test"), "Route for ann@acme.test");
    EXPECT_EQ(way_of("office@partner.test"), "Route for office@partner.test");
}

}  // namespace
}  // namespace sealpost::trace
