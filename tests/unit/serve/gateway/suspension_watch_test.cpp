#include "serve/gateway/suspension_watch.hpp"

#include "core/queue/answering.hpp"
#include "serve/gateway/gateway_world.hpp"

namespace sealpost::gateway {
namespace {

using SuspensionWatchTest = GatewayWorld;

TEST_F(SuspensionWatchTest, HasTheQueueAskedAgainWhenACommitMayHaveEndedASuspension)
{
    const std::string of_another = "\n[[destination]]\ndomain = \"other.test\"\ntls = \"required\"\n";
    const std::string suspended = "\n[[destination]]\ndomain = \"away.test\"\nsuspended = true\n";
    commit(suspended);
    SuspensionWatch watch(policy_, queue_, log::Log::silent());
    queue::wait_for(watch.look());
    const auto id = accept(queue::make_message({"bob@away.test", "carol@partner.test"}));
    ASSERT_EQ(claim().size(), 1U);
    settle(id, {queue::postpone_suspended({0, "", "", ""}), queue::postpone_suspended({1, "", "", ""})});
    clock_.advance(std::chrono::seconds(1));
    const auto is_due = [&] {
        queue::wait_for(watch.look());
        return !claim().empty();
    };
    EXPECT_FALSE(is_due());
    commit(suspended + "\n[[route]]\ndomain = \"else.test\"\nhosts = [\"/dev/null\"]\n");
    EXPECT_FALSE(is_due()) << "the destinations are what they were";
    commit(of_another);
    EXPECT_TRUE(is_due());
    settle(id, {queue::postpone_suspended({0, "", "", ""}), queue::postpone_suspended({1, "", "", ""})});
    clock_.advance(std::chrono::seconds(1));
    commit(of_another + suspended);
    EXPECT_FALSE(is_due()) << "nothing was suspended before";
}

TEST_F(SuspensionWatchTest, HasTheQueueAskedWhenItStartsSinceASuspensionMayHaveEndedMeanwhile)
{
    const auto id = accept(queue::make_message({"bob@away.test", "carol@partner.test"}));
    ASSERT_EQ(claim().size(), 1U);
    settle(id, {queue::postpone_suspended({0, "", "", ""}), queue::postpone_suspended({1, "", "", ""})});
    clock_.advance(std::chrono::seconds(1));
    ASSERT_TRUE(claim().empty());
    SuspensionWatch watch(policy_, queue_, log::Log::silent());
    queue::wait_for(watch.look());
    EXPECT_EQ(claim().size(), 1U);
    settle(id, {queue::postpone_suspended({0, "", "", ""}), queue::postpone_suspended({1, "", "", ""})});
    clock_.advance(std::chrono::seconds(1));
    queue::wait_for(watch.look());
    EXPECT_TRUE(claim().empty()) << "once, not at each look";
}

}  // namespace
}  // namespace sealpost::gateway
