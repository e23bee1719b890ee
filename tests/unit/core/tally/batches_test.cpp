#include "core/tally/tally.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace sealpost::tally {
namespace {

using Numbers = Batches<int, int>;

struct Flushed {
    std::map<int, int> written;
    std::vector<int> lost;
    std::vector<int> kept;
    Result<> answer;
    int tries = 0;
};

// A store that refuses whatever has one of `bad` in it.
Flushed flush(const std::map<int, int>& counts, const std::set<int>& bad, Fault fault = Fault::give_up)
{
    Flushed flushed;
    Numbers batches(counts);
    while (!batches.is_over()) {
        ++flushed.tries;
        const auto batch = batches.next();
        const bool is_refused = std::ranges::any_of(*batch, [&](const auto& count) { return bad.contains(count.first); });
        if (!is_refused) flushed.written.insert(batch->begin(), batch->end());
        batches.note(is_refused ? Result<>(Error{fault, "no"}) : Result<>());
    }
    for (const auto& one : batches.lost()) flushed.lost.push_back(one.alone->begin()->first);
    for (const auto& kept : batches.kept())
        for (const auto& count : *kept) flushed.kept.push_back(count.first);
    flushed.answer = batches.answer();
    return flushed;
}

std::map<int, int> make_counts(int most)
{
    std::map<int, int> counts;
    for (int key = 0; key < most; ++key) counts[key] = key * 10;
    return counts;
}

TEST(Batches, AreWrittenAtOnceWhenNothingIsWrong)
{
    const auto flushed = flush(make_counts(1000), {});
    EXPECT_EQ(flushed.tries, 1);
    EXPECT_EQ(flushed.written, make_counts(1000));
    EXPECT_TRUE(flushed.answer.has_value());
    EXPECT_EQ(flush({}, {}).tries, 0);
}

TEST(Batches, LoseOnlyTheCountThatTheStoreDoesNotTake)
{
    const auto flushed = flush(make_counts(1000), {417});
    EXPECT_EQ(flushed.lost, std::vector<int>{417});
    EXPECT_TRUE(flushed.kept.empty());
    EXPECT_EQ(flushed.written.size(), 999U);
    EXPECT_LT(flushed.tries, 25);
    EXPECT_TRUE(flushed.answer.has_value());
}

TEST(Batches, KeepAllWhenTheStoreTakesNothing)
{
    const auto flushed = flush(make_counts(2), {0, 1});
    EXPECT_TRUE(flushed.lost.empty());
    EXPECT_EQ(flushed.kept.size(), 2U);
    EXPECT_TRUE(flushed.answer.has_error());
    const auto counts = make_counts(1000);
    std::set<int> all;
    for (const auto& [key, count] : counts) all.insert(key);
    const auto many = flush(counts, all);
    EXPECT_EQ(many.kept.size(), 1000U);
    EXPECT_LT(many.tries, 100);
}

TEST(Batches, KeepWhatIsRefusedForTheMoment)
{
    const auto flushed = flush(make_counts(5), {3}, Fault::retry_later);
    EXPECT_TRUE(flushed.lost.empty());
    EXPECT_EQ(flushed.kept.size(), 5U);
    EXPECT_EQ(flushed.tries, 1);
    EXPECT_EQ(flushed.answer.error().fault, Fault::retry_later);
}

}  // namespace
}  // namespace sealpost::tally
