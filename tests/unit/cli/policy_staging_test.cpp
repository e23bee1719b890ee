// An edit of somebody who named the edition that he saw, while others stage and discard.
#include "cli/policy_staging.hpp"

#include <gtest/gtest.h>

namespace sealpost::cli {
namespace {

using revisions::Outcome;
using Kind = Outcome::Kind;

// Begins with as many edits as each try is given, and answers each with its outcome.
class Tries {
public:
    struct Try {
        std::size_t edits;
        Kind outcome;
    };
    explicit Tries(std::vector<Try> tries) : tries_(std::move(tries)) {}

    Result<Attempt> run()
    {
        const Begin begin = [this]() -> Result<Begun> {
            Begun begun;
            begun.edits.resize(tries_.at(count).edits);
            return begun;
        };
        const Apply apply = [this](const Begun& begun) -> Result<Outcome> {
            EXPECT_EQ(begun.edits.size(), tries_.at(count).edits);
            Outcome outcome;
            outcome.kind = tries_.at(count++).outcome;
            return outcome;
        };
        return try_edit(begin, apply);
    }

    std::size_t count = 0;  // of those that were made

private:
    std::vector<Try> tries_;
};

TEST(TryEdit, AppliesAnEditOnce)
{
    for (const auto kind : {Kind::staged, Kind::unchanged, Kind::refused, Kind::outdated}) {
        Tries tries({{1, kind}});
        const auto attempt = tries.run().value();
        EXPECT_EQ(attempt.outcome.kind, kind);
        EXPECT_FALSE(attempt.was_in_the_way);
    }
}

TEST(TryEdit, TellsWhatStandsInItsWay)
{
    Tries tries({{0, Kind::outdated}});
    const auto attempt = tries.run().value();
    EXPECT_EQ(attempt.outcome.kind, Kind::outdated);
    EXPECT_TRUE(attempt.was_in_the_way);
}

TEST(TryEdit, BeginsOnceMoreWhereThatIsGoneMeanwhile)
{
    for (const auto kind : {Kind::unchanged, Kind::refused}) {  // what no edits at all come to
        Tries tries({{0, kind}, {1, Kind::staged}});
        const auto attempt = tries.run().value();
        EXPECT_EQ(attempt.outcome.kind, Kind::staged);
        EXPECT_EQ(tries.count, 2U);
    }
}

TEST(TryEdit, NeverTakesNoEditForOneThatChangedNothing)
{
    Tries tries({{0, Kind::unchanged}, {0, Kind::unchanged}});
    const auto attempt = tries.run();
    ASSERT_TRUE(attempt.has_error());
    EXPECT_EQ(attempt.error().fault, Fault::retry_later);
}

TEST(TryEdit, PassesOnWhatFails)
{
    const Begin begin = []() -> Result<Begun> { return Error{Fault::denied, "no such row"}; };
    const Apply apply = [](const Begun&) -> Result<Outcome> {
        ADD_FAILURE() << "nothing was begun";
        return Outcome();
    };
    EXPECT_EQ(try_edit(begin, apply).error().fault, Fault::denied);
}

}  // namespace
}  // namespace sealpost::cli
