#include "core/dmarcreports/reports_fixture.hpp"
#include "core/dmarcreports/schema.hpp"
#include "test_store.hpp"

#include <set>

namespace sealpost::dmarcreports {
namespace {

class ReceivedTest : public ReportsFixture {
protected:
    bool keep(dmarc::AggregateReport report, std::string author = "example.org")
    {
        return value_of(reports_->keep(std::move(report), {"noreply@example.org", std::move(author)}));
    }
};

TEST_F(ReceivedTest, GivesBackTheWholeReport)
{
    const auto report = make_report();
    EXPECT_TRUE(keep(report));
    const auto list = value_of(reports_->list_received({}));
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].origin.sender, "noreply@example.org");
    EXPECT_EQ(list[0].origin.author, "example.org");
    EXPECT_EQ(list[0].organisation, "Example Org");
    EXPECT_EQ(list[0].received_at, clock_.now());
    EXPECT_EQ(list[0].messages, 15);
    EXPECT_EQ(list[0].passed, 12);
    const auto loaded = value_of(reports_->load_received(list[0].id)).value();
    EXPECT_EQ(loaded.id, report.id);
    EXPECT_EQ(loaded.begin, report.begin);
    EXPECT_EQ(loaded.end, report.end);
    EXPECT_EQ(loaded.errors, report.errors);
    EXPECT_EQ(loaded.policy, report.policy);
    ASSERT_EQ(loaded.rows.size(), 2U);
    EXPECT_EQ(loaded.rows[0].count, 12U);
    EXPECT_EQ(loaded.rows[0].dkim, report.rows[0].dkim);
    EXPECT_EQ(loaded.rows[1].source, report.rows[1].source);
    EXPECT_EQ(loaded.rows[1].disposition, dmarc::Policy::reject);
    EXPECT_EQ(loaded.rows[1].reasons, report.rows[1].reasons);
    EXPECT_EQ(loaded.rows[1].spf, report.rows[1].spf);
    EXPECT_FALSE(value_of(reports_->load_received(ReceivedId(99))));
}

TEST_F(ReceivedTest, KeepsAReportOnce)
{
    EXPECT_TRUE(keep(make_report()));
    EXPECT_FALSE(keep(make_report()));
    EXPECT_TRUE(keep(make_report("r2@example.org")));
    EXPECT_TRUE(keep(make_report("r1@example.org", "acme.example")));
    auto other = make_report();
    other.organisation = "Another Org";
    EXPECT_TRUE(keep(other));
    EXPECT_EQ(count("select count(*) from reports_received_row"), 8);
    EXPECT_EQ(value_of(reports_->list_received({"acme.test", 10})).size(), 3U);
}

TEST_F(ReceivedTest, KeepsOnceWhatHasLongNames)
{
    auto report = make_report(make_noise(2000));
    report.organisation = make_noise(2048);
    EXPECT_TRUE(keep(report));
    EXPECT_FALSE(keep(report));
    report.id += "x";
    EXPECT_TRUE(keep(report));
}

TEST_F(ReceivedTest, ListsADomainInAnyCase)
{
    keep(make_report("r1@example.org", "acme.example"));
    EXPECT_EQ(value_of(reports_->list_received({"Acme.Example", 10})).size(), 1U);
    EXPECT_TRUE(value_of(reports_->list_received({"acme.test", 10})).empty());
}

TEST_F(ReceivedTest, KeepsAReportThoughAnotherHasTakenItsName)
{
    EXPECT_TRUE(keep(make_report(), "evil.test"));
    EXPECT_TRUE(keep(make_report(), ""));
    EXPECT_TRUE(keep(make_report(), "example.org"));
    EXPECT_FALSE(keep(make_report(), "example.org"));
    EXPECT_FALSE(keep(make_report(), ""));
    EXPECT_EQ(value_of(reports_->list_received({})).at(0).origin.author, "example.org");
}

TEST_F(ReceivedTest, KeepsWhatAFormerVersionHasKept)
{
    reports_.reset();
    database_ = test::open_store(directory_ + "/former.db").value();
    ASSERT_TRUE(database_->migrate("reports", {schema_steps().front()}).has_value());
    execute(
        "insert into reports_received values (7, 'Example Org', 'r1@example.org', 'acme.test', 'noreply@example.org', 'd@e.test',"
        " '', 1, 2, 3, '{}', '[]', 1, 5, 4);"
        "insert into reports_received_row values (7, 1, '192.0.2.1', 5, 0, 1, 0, '{}')");
    open({});
    EXPECT_TRUE(keep(make_report()));
    EXPECT_EQ(count("select count(*) from reports_received where number = 7 and author = '' and passed = 4"), 1);
    EXPECT_EQ(count("select bytes from reports_received where number = 7"), 11 + 14 + 8 + 0 + 2 + 2 + 2);
    EXPECT_EQ(count("select count(*) from reports_received where number = 8 and author = 'example.org'"), 1);
}

TEST_F(ReceivedTest, SumsUpByDomainAndSource)
{
    keep(make_report());
    keep(make_report("r2@example.org"));
    keep(make_report("r3@example.org", "acme.example"));
    const auto domains = value_of(reports_->summarise_domains(WallTime()));
    ASSERT_EQ(domains.size(), 2U);
    EXPECT_EQ(domains[0].domain, "acme.test");
    EXPECT_EQ(domains[0].reports, 2);
    EXPECT_EQ(domains[0].messages, 30);
    EXPECT_EQ(domains[0].passed, 24);
    const auto sources = value_of(reports_->summarise_sources("ACME.test", WallTime()));
    ASSERT_EQ(sources.size(), 2U);
    EXPECT_EQ(sources[0].source, "192.0.2.1");
    EXPECT_EQ(sources[0].messages, 24);
    EXPECT_EQ(sources[0].passed, 24);
    EXPECT_EQ(sources[0].dkim, 24);
    EXPECT_EQ(sources[0].spf, 0);
    EXPECT_EQ(sources[0].reports, 2);
    EXPECT_EQ(sources[1].source, "2001:db8::9");
    EXPECT_EQ(sources[1].rejected, 6);
    EXPECT_EQ(sources[1].passed, 0);
    EXPECT_TRUE(value_of(reports_->summarise_sources("acme.test", make_report().end)).empty());
}

TEST_F(ReceivedTest, ForgetsWhatIsOldAndThenTheOldestOfTooMany)
{
    keep(make_report("old"));
    clock_.advance(std::chrono::days(400) + std::chrono::milliseconds(1));
    keep(make_report("a"));
    keep(make_report("b"));
    keep(make_report("c"));
    value_of(reports_->sweep());
    EXPECT_EQ(value_of(reports_->list_received({})).size(), 3U);
    Settings settings;
    settings.max_received = 2;
    open(settings);
    value_of(reports_->sweep());
    ASSERT_EQ(value_of(reports_->list_received({})).size(), 2U);
    settings.max_received_rows = 3;  // one of two rows, and half another
    open(settings);
    value_of(reports_->sweep());
    ASSERT_EQ(value_of(reports_->list_received({})).size(), 1U);
    EXPECT_EQ(value_of(reports_->list_received({})).at(0).report_id, "c");
    EXPECT_EQ(count("select count(*) from reports_received_row"), 2);
}

TEST_F(ReceivedTest, CountsTheOctetsThatItKeeps)
{
    keep(make_report());
    EXPECT_EQ(count("select bytes from reports_received"),
              count("select length(organisation || report_id || email || contact || published || errors)"
                    " + (select sum(length(row)) from reports_received_row) from reports_received"));
}

TEST_F(ReceivedTest, KeepsSoManyOctetsOfAnAuthorAndForgetsHisOldest)
{
    keep(make_report("first"));
    const auto bytes = count("select bytes from reports_received");
    Settings settings;
    settings.max_received_octets = {bytes * 10, bytes * 2};
    open(settings);
    for (const char* id : {"flood", "storm", "spate", "gush!"}) keep(make_report(id), "");
    std::set<std::string> kept;
    for (const auto& each : value_of(reports_->list_received({}))) kept.insert(each.report_id);
    EXPECT_EQ(kept, (std::set<std::string>{"first", "spate", "gush!"}));
    EXPECT_EQ(count("select count(*) from reports_received_row"), 6);
}

TEST_F(ReceivedTest, KeepsSoManyOctetsInAllAndForgetsTheOldest)
{
    keep(make_report("first"));
    const auto bytes = count("select bytes from reports_received");
    Settings settings;
    settings.max_received_octets = {bytes * 2, bytes * 2};
    open(settings);
    keep(make_report("other"), "a.test");
    keep(make_report("third"), "b.test");
    const auto list = value_of(reports_->list_received({}));
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[1].report_id, "other");
    settings.max_received_octets = {bytes * 2, bytes - 1};
    open(settings);
    value_of(reports_->sweep());
    EXPECT_TRUE(value_of(reports_->list_received({})).empty());
    EXPECT_EQ(count("select count(*) from reports_received_row"), 0);
}

}  // namespace
}  // namespace sealpost::dmarcreports
