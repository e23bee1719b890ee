#include "sys/async/workers.hpp"
#include "sys/dns/canned_resolver.hpp"
#include "wire/spf/vector_file.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sealpost::spf {
namespace {

class SpfVector : public testing::TestWithParam<Vector> {};

TEST_P(SpfVector, IsJudgedAsTheRfcSays)
{
    const Vector& vector = GetParam();
    dns::CannedResolver resolver(vector.zone);
    const Evaluator evaluator(resolver);
    Report report;
    async::run_here([&]() -> Task<void> {
        report = co_await evaluator.check(vector.question, vector.identity, Deadline::after(default_time_limit));
    });
    const std::string told = vector.title + " (" + report.problem + ")";
    EXPECT_EQ(format_verdict(report.verdict), vector.result) << told;
    EXPECT_EQ(vector.mechanism.value_or(report.mechanism), report.mechanism) << told;
    EXPECT_EQ(vector.explanation.value_or(report.explanation), report.explanation) << told;
    EXPECT_EQ(vector.domain.value_or(report.domain), report.domain) << told;
    EXPECT_EQ(vector.lookups.value_or(report.lookups), report.lookups) << told;
    EXPECT_EQ(vector.void_lookups.value_or(report.void_lookups), report.void_lookups) << told;
    const auto asked = resolver.asked();
    EXPECT_EQ(vector.asks.value_or(asked.size()), asked.size()) << told << testing::PrintToString(asked);
    EXPECT_EQ(std::set<std::string>(asked.begin(), asked.end()).size(), asked.size()) << "something was asked twice: " << told;
}

INSTANTIATE_TEST_SUITE_P(Rfc7208, SpfVector, testing::ValuesIn(load_vectors()),
                         [](const auto& tested) { return tested.param.name; });

// What is kept for people never changes what is decided.
TEST_P(SpfVector, IsJudgedTheSameWithoutATrace)
{
    const Vector& vector = GetParam();
    dns::CannedResolver resolver(vector.zone);
    const Evaluator evaluator(resolver, {.max_cached_records = 0, .keep_trace = false});
    Report report;
    async::run_here(
        [&]() -> Task<void> { report = co_await evaluator.check(vector.question, vector.identity, Deadline::never()); });
    EXPECT_EQ(format_verdict(report.verdict), vector.result) << vector.title;
    EXPECT_TRUE(report.trace.empty());
}

}  // namespace
}  // namespace sealpost::spf
