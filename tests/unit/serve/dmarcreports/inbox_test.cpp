#include "serve/dmarcreports/inbox.hpp"

#include "core/dmarcreports/reports_fixture.hpp"
#include "core/queue/queue_fixture.hpp"
#include "serve/side_by_side.hpp"
#include "wire/archive/archive.hpp"

namespace sealpost::dmarcreports {
namespace {

using Kind = queue::RecipientOutcome::Kind;

class InboxTest : public queue::QueueFixture {
protected:
    InboxTest()
    {
        reports_ = Reports::open(database_, clock_, log::Log::silent()).value();
        Inbox::Parts parts;
        parts.reports = reports_;
        parts.queue = queue_;
        parts.pool = &pool_;
        parts.find_author = [](std::string_view facts) { return std::string(facts.substr(facts.find(' ') + 1)); };
        parts.next_lane = "relay";
        parts.limits.max_message_bytes = 100'000;
        parts.max_held_bytes = 10'000;
        inbox_ = std::make_unique<Inbox>(std::move(parts));
    }
    ~InboxTest() override
    {
        inbox_.reset();
        reports_.reset();
    }

    queue::Report deliver(std::string_view text, std::string facts = "author: example.org")
    {
        queue::NewMessage message = queue::make_message({"dmarc@acme.test"}, "noreply@example.org");
        message.lane = queue::dmarc_report_lane;
        message.facts = std::move(facts);
        accept(std::move(message), text);
        auto due = claim();
        EXPECT_EQ(due.size(), 1U);
        last_ = due.at(0).id;
        return queue::wait_for(inbox_->deliver(due.at(0)));
    }
    static std::string mail_of(const dmarc::AggregateReport& report)
    {
        dmarc::ReportMail mail;
        mail.from = "noreply@example.org";
        mail.to = {"dmarc@acme.test"};
        return dmarc::format_report_mail(mail, archive::pack(dmarc::format_xml(report)));
    }

    async::BlockingPool pool_{1};
    std::shared_ptr<Reports> reports_;
    std::unique_ptr<Inbox> inbox_;
    queue::MessageId last_;
};

TEST_F(InboxTest, ReadsAReportIntoTheStoreOnce)
{
    const std::string mail = mail_of(make_report());
    for (int i = 0; i < 2; ++i) {
        const auto report = deliver(mail);
        ASSERT_EQ(report.outcomes.size(), 1U);
        EXPECT_EQ(report.outcomes[0].kind, Kind::delivered);
        EXPECT_TRUE(report.replacements.empty());
    }
    const auto list = value_of(reports_->list_received({}));
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].origin.sender, "noreply@example.org");
    EXPECT_EQ(list[0].origin.author, "example.org");
    EXPECT_EQ(list[0].messages, 15);
}

TEST_F(InboxTest, TakesNobodysReportForAnothers)
{
    const std::string mail = mail_of(make_report());
    for (const char* facts : {"author: evil.test", "author: ", "author: example.org"}) deliver(mail, facts);
    const auto list = value_of(reports_->list_received({}));
    ASSERT_EQ(list.size(), 3U);
    EXPECT_EQ(list[0].origin.author, "example.org");
}

TEST_F(InboxTest, HoldsSoManyOctetsOfMailsAtATime)
{
    const std::string large = "From: a@example.org\r\n\r\n" + std::string(8000, 'x') + "\r\n";
    for (int i = 0; i < 3; ++i) {
        queue::NewMessage message = queue::make_message({"reports@acme.test"}, "noreply@example.org");
        message.lane = queue::dmarc_report_lane;
        accept(std::move(message), large);
    }
    const auto kinds = queue::deliver_side_by_side(*inbox_, claim());
    EXPECT_EQ(std::ranges::count(kinds, Kind::relayed_elsewhere), 1) << "it is read, and passed on";
    EXPECT_EQ(std::ranges::count(kinds, Kind::retry), 2);
    EXPECT_EQ(deliver(large + std::string(20'000, 'y')).outcomes.at(0).kind, Kind::relayed_elsewhere)
        << "one alone may be larger";
}

TEST_F(InboxTest, PassesOnMailThatIsNoReport)
{
    const std::string letter = "From: a@example.org\r\nSubject: your reports\r\n\r\nThey do not arrive.\r\n";
    auto report = deliver(letter);
    EXPECT_EQ(report.outcomes.at(0).kind, Kind::relayed_elsewhere);
    ASSERT_TRUE(queue::wait_for(queue_->settle(last_, std::move(report))).has_value());
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].lane, "relay");
    EXPECT_EQ(due[0].sender, "noreply@example.org");
    EXPECT_EQ(due[0].facts, "author: example.org");
    EXPECT_EQ(due[0].recipients.at(0).address, "dmarc@acme.test");
    EXPECT_EQ(read(due[0].content), letter);
}

TEST_F(InboxTest, PassesOnWhatCannotBeReadAndWhatIsTooLarge)
{
    auto broken = mail_of(make_report());
    broken.replace(broken.find("H4sI"), 8, "AAAAAAAA");  // the head of the gzip stream
    EXPECT_EQ(deliver(broken).outcomes.at(0).kind, Kind::relayed_elsewhere);
    EXPECT_EQ(deliver("Subject: x\r\n\r\n" + std::string(100'000, 'x')).outcomes.at(0).kind, Kind::relayed_elsewhere);
    EXPECT_TRUE(value_of(reports_->list_received({})).empty());
}

TEST_F(InboxTest, TriesAgainWhenTheStoreIsNotAtHand)
{
    const auto rename = [&](const char* sql) {
        ASSERT_TRUE(database_->write_now([&](db::Connection& connection) { return connection.execute(sql); }).has_value());
    };
    rename("alter table reports_received_row rename to away");
    EXPECT_EQ(deliver(mail_of(make_report())).outcomes.at(0).kind, Kind::retry);
    rename("alter table away rename to reports_received_row");
    EXPECT_EQ(deliver(mail_of(make_report())).outcomes.at(0).kind, Kind::delivered);
    EXPECT_EQ(value_of(reports_->list_received({})).size(), 1U);
}

TEST(ReportInbox, IsOneAddressInAnyCase)
{
    EXPECT_TRUE(is_report_inbox("DMARC@Acme.test", "dmarc@acme.test"));
    EXPECT_FALSE(is_report_inbox("dmarc@acme.test.example", "dmarc@acme.test"));
    EXPECT_FALSE(is_report_inbox("", ""));
}

}  // namespace
}  // namespace sealpost::dmarcreports
