#pragma once

#include "core/dmarcreports/reports.hpp"
#include "sys/async/wait.hpp"
#include "temporary_folder.hpp"
#include "test_store.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <random>

namespace sealpost::dmarcreports {

// What no store can press into less.
inline std::string make_noise(std::size_t bytes)
{
    std::mt19937 numbers(42);
    std::string noise;
    while (noise.size() < bytes) noise.push_back("abcdefghijklmnopqrstuvwxyz012345"[numbers() % 32]);
    return noise;
}

// Runs a task to its end on this thread; the store is at hand.
template <class T>
T value_of(Task<Result<T>> task)
{
    auto answer = async::wait_here(std::move(task));
    if constexpr (std::is_void_v<T>)
        EXPECT_TRUE(answer.has_value());
    else
        return std::move(answer).value();
}

inline constexpr std::chrono::milliseconds noon_of_a_day{1'795'521'600'000};  // 2026-11-24T12:00:00Z

inline Judged make_judged(WallTime at, std::string domain = "example.org", std::string source = "192.0.2.1")
{
    Judged judged;
    judged.at = at;
    judged.domain = domain;
    judged.record.policy = dmarc::Policy::reject;
    judged.record.aggregate_reports = {{"d@" + domain, 0}};
    judged.row.source = *parse_ip(source);
    judged.row.disposition = dmarc::Policy::reject;
    judged.row.header_from = std::move(domain);
    judged.row.envelope_from = "evil.test";
    judged.row.dkim = {{"evil.test", "s1", "pass", ""}};
    judged.row.spf = {{"evil.test", "mfrom", "pass"}};
    return judged;
}

inline dmarc::AggregateReport make_report(std::string id = "r1@example.org", std::string domain = "acme.test")
{
    dmarc::AggregateReport report;
    report.organisation = "Example Org";
    report.email = "dmarc@example.org";
    report.id = std::move(id);
    report.begin = WallTime(std::chrono::seconds(1'795'478'400));
    report.end = WallTime(std::chrono::seconds(1'795'564'799));
    report.errors = {"some were lost"};
    report.policy.domain = std::move(domain);
    report.policy.policy = dmarc::Policy::quarantine;
    dmarc::ReportRow good;
    good.source = *parse_ip("192.0.2.1");
    good.count = 12;
    good.dkim_aligned = true;
    good.header_from = report.policy.domain;
    good.dkim = {{report.policy.domain, "s1", "pass", ""}};
    dmarc::ReportRow bad;
    bad.source = *parse_ip("2001:db8::9");
    bad.count = 3;
    bad.disposition = dmarc::Policy::reject;
    bad.header_from = report.policy.domain;
    bad.reasons = {{"local_policy", "a list"}};
    bad.spf = {{"evil.test", "mfrom", "pass"}};
    report.rows = {good, bad};
    return report;
}

// A store in a directory of its own, at noon of a day that stands still.
class ReportsFixture : public testing::Test {
protected:
    ReportsFixture()
    {
        database_ = test::open_store(directory_ + "/store.db").value();
        open({});
    }
    ~ReportsFixture() override
    {
        reports_.reset();
        database_.reset();
    }

    void open(Settings settings) { reports_ = Reports::open(database_, clock_, log::Log::silent(), settings).value(); }
    void record(const Judged& judged, int times = 1)
    {
        for (int i = 0; i < times; ++i) reports_->record(judged);
        value_of(reports_->flush());
    }
    void execute(std::string sql) { test::execute(*database_, std::move(sql)); }
    std::int64_t count(std::string sql) { return test::ask_number(*database_, std::move(sql)); }
    void go_to_next_day() { clock_.advance(std::chrono::hours(24)); }

    test::TemporaryFolder temporary_;
    const std::string directory_ = temporary_.path().string();
    ManualClock clock_{WallTime(noon_of_a_day)};
    std::shared_ptr<db::Database> database_;
    std::shared_ptr<Reports> reports_;
};

}  // namespace sealpost::dmarcreports
