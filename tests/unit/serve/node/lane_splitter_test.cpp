#include "serve/node/lane_splitter.hpp"

#include "core/queue/lanes.hpp"
#include "core/queue/queue_fixture.hpp"
#include "serve/replies/service_mail.hpp"

#include <gtest/gtest.h>

namespace sealpost::node {
namespace {

using Kind = queue::RecipientOutcome::Kind;

// Delivers everything, and remembers the recipients.
class Taker final : public queue::Deliverer {
public:
    Task<queue::Report> deliver(queue::DueMessage message) override
    {
        for (const auto& recipient : message.recipients) taken.push_back(recipient.address);
        auto report = queue::report_all(message, Kind::delivered, "2.0.0", "taken");
        co_return report;
    }

    std::vector<std::string> taken;
};

class LaneSplitterTest : public testing::Test {
protected:
    static queue::DueMessage make(std::string_view lane)
    {
        queue::DueMessage message;
        message.lane = lane;
        message.recipients = {{0, "bob@Away.test", "", ""}, {1, "carol@partner.test", "", ""}};
        return message;
    }
    queue::Report deliver(queue::DueMessage message, bool has_gateway = true)
    {
        queue::IsSuspended is_suspended;
        if (has_gateway) is_suspended = [](const std::string& domain) { return domain == "away.test"; };
        LaneSplitter splitter(has_gateway ? &gateway_ : nullptr, &service_, tls_reports_, std::move(is_suspended));
        return queue::wait_for(splitter.deliver(std::move(message)));
    }

    Taker gateway_, service_, tls_reports_;
};

TEST_F(LaneSplitterTest, KeepsBackFromTheServiceWhomThePolicySuspends)
{
    for (const auto lane :
         {queue::reply_lane, queue::service_notification_lane, queue::service_report_lane, queue::service_bounce_lane}) {
        service_.taken.clear();
        const auto report = deliver(make(lane));
        EXPECT_EQ(service_.taken, std::vector<std::string>{"carol@partner.test"}) << lane;
        ASSERT_EQ(report.outcomes.size(), 2U);
        for (const auto& outcome : report.outcomes) {
            const bool is_away = outcome.index == 0;
            EXPECT_EQ(outcome.kind, is_away ? Kind::retry : Kind::delivered) << lane;
            EXPECT_EQ(outcome.is_suspended, is_away) << lane;
        }
    }
    EXPECT_TRUE(gateway_.taken.empty());
}

TEST_F(LaneSplitterTest, AsksTheServiceNothingWhileAllOfThemAreSuspended)
{
    auto message = make(queue::reply_lane);
    message.recipients.pop_back();
    const auto report = deliver(std::move(message));
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_TRUE(report.outcomes[0].is_suspended);
    EXPECT_TRUE(service_.taken.empty());
}

// It knows the policy, and what a suspension means in each of its lanes.
TEST_F(LaneSplitterTest, LeavesSuspensionsToTheGatewayInItsOwnLanes)
{
    for (const std::string_view lane : {"relay", "seal", "notification", "bounce"}) {
        gateway_.taken.clear();
        const auto report = deliver(make(lane));
        EXPECT_EQ(gateway_.taken.size(), 2U) << lane;
        EXPECT_EQ(report.outcomes.size(), 2U) << lane;
    }
    EXPECT_TRUE(service_.taken.empty());
}

TEST_F(LaneSplitterTest, ReadsReportsAboutTlsWhateverIsSuspended)
{
    deliver(make(queue::tls_report_lane));
    EXPECT_EQ(tls_reports_.taken.size(), 2U);
    EXPECT_TRUE(service_.taken.empty());
    EXPECT_TRUE(gateway_.taken.empty());
}

TEST_F(LaneSplitterTest, SuspendsNothingWithoutAGateway)
{
    EXPECT_EQ(deliver(make(queue::reply_lane), false).outcomes.size(), 2U);
    EXPECT_EQ(service_.taken.size(), 2U);
}

}  // namespace
}  // namespace sealpost::node
