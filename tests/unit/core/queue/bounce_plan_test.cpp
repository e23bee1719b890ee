// What the plan of a message changes: how long it is tried, and what its sender hears.
#include "core/queue/queue_fixture.hpp"

namespace sealpost::queue {
namespace {

using namespace std::chrono_literals;
using Kind = RecipientOutcome::Kind;

BouncePlan sample_plan()
{
    BouncePlan plan;
    plan.retry = {5s, 70s, 900s, 12};
    plan.send_bounces = false;
    plan.delay_warning_after = 14400s;
    plan.max_delay_warnings = 3;
    plan.original = Original::full;
    plan.is_confidential = true;
    plan.alternate_recipient = "\"the bounces\"@acme.test";
    return plan;
}

TEST(BouncePlan, GoesIntoTheStoreAndComesBack)
{
    EXPECT_EQ(parse_bounce_plan(format_bounce_plan(BouncePlan())).value(), BouncePlan());
    EXPECT_EQ(parse_bounce_plan(format_bounce_plan(sample_plan())).value(), sample_plan());
}

TEST(BouncePlan, IsRefusedWhenOneWordOfItIsBroken)
{
    const std::string good = format_bounce_plan(BouncePlan());
    EXPECT_EQ(good, "60 3600 259200 100 1 0 1 0 small");
    for (const char* bad :
         {"", "60", "60 3600 259200 100 1 0 1 0", "60 3600 259200 100 1 0 1 0 tiny", "-1 3600 259200 100 1 0 1 0 small",
          "60 3600 259200 100 2 0 1 0 small", "60 3600 259200 100 1 0 1 2 small", "60 3600 259200 99999999999 1 0 1 0 small"})
        EXPECT_TRUE(parse_bounce_plan(bad).has_error()) << bad;
}

class QueueBouncePlan : public QueueFixture {
protected:
    MessageId accept_with(BouncePlan plan, std::string notify = "", std::string ret = "", std::string_view text = content)
    {
        NewMessage message = make_message({"bob@partner.test"});
        message.recipients[0].notify = std::move(notify);
        message.ret = std::move(ret);
        message.plan = std::move(plan);
        return accept(std::move(message), text);
    }

    // Fails the message at once; the report, or empty when there is none.
    std::string fail(MessageId id)
    {
        EXPECT_EQ(claim().size(), 1U);
        settle(id, {outcome(0, Kind::failed)});
        const auto reports = claim();
        EXPECT_LE(reports.size(), 1U);
        if (reports.empty()) return "";
        EXPECT_EQ(reports[0].lane, "bounce");
        reported_to_ = reports[0].recipients.at(0).address;
        const std::string text = read(reports[0].content);
        EXPECT_EQ(reports[0].size, static_cast<std::int64_t>(text.size()));
        settle(reports[0].id, {outcome(0, Kind::delivered)});
        return text;
    }

    // Lets the message fail for the moment each time it is due until `until`; how many notices of delay came.
    int fail_for_the_moment(MessageId id, WallTime until)
    {
        int notices = 0;
        while (clock_.now() < until) {
            for (const auto& due : claim()) {
                if (due.id == id) {
                    settle(id, {outcome(0, Kind::retry, "mailbox busy")});
                } else {
                    last_notice_ = read(due.content);
                    if (last_notice_.find("Action: delayed") != std::string::npos) ++notices;
                    settle(due.id, {outcome(0, Kind::delivered)});
                }
            }
            const auto next = queue_->next_due();
            if (!next || *next > until) break;
            if (*next > clock_.now()) clock_.advance(*next - clock_.now());
        }
        return notices;
    }

    std::string reported_to_;
    std::string last_notice_;
};

TEST_F(QueueBouncePlan, TriesByTheMessagesOwnTimesAndNotByTheQueues)
{
    BouncePlan plan;
    plan.retry = {10s, 20s, 120s, 100};
    const auto id = accept_with(plan);
    const auto other = accept(make_message({"carol@other.test"}));
    EXPECT_EQ(claim().size(), 2U);
    settle(id, {outcome(0, Kind::retry)});
    settle(other, {outcome(0, Kind::retry)});
    clock_.advance(10s);
    ASSERT_EQ(claim().size(), 1U);
    settle(id, {outcome(0, Kind::retry)});
    clock_.advance(20s);
    ASSERT_EQ(claim().size(), 1U);
    settle(id, {outcome(0, Kind::retry)});
    clock_.advance(90s);
    const auto due = claim();
    ASSERT_EQ(due.size(), 2U);  // the other one's first retry, after its minute, and this one's last
    settle(id, {outcome(0, Kind::retry)});
    EXPECT_EQ(claim().at(0).lane, "bounce");
}

TEST_F(QueueBouncePlan, EndsAfterTheMessagesOwnAttempts)
{
    BouncePlan plan;
    plan.retry.max_attempts = 1;
    const auto id = accept_with(plan);
    claim();
    settle(id, {outcome(0, Kind::retry)});
    EXPECT_EQ(claim().at(0).lane, "bounce");
}

TEST_F(QueueBouncePlan, OutlivesARestart)
{
    BouncePlan plan;
    plan.retry.max_attempts = 1;
    const auto id = accept_with(plan);
    close();
    open();
    claim();
    settle(id, {outcome(0, Kind::retry)});
    EXPECT_EQ(claim().at(0).lane, "bounce");
}

TEST_F(QueueBouncePlan, IsTakenOverByAReplacementThatBringsNone)
{
    BouncePlan plan;
    plan.retry.max_attempts = 1;
    const auto id = accept_with(plan);
    claim();
    Report report = report_of({outcome(0, Kind::relayed_elsewhere)});
    report.replacements.resize(1);
    report.replacements[0].messages = {make_message({"bob@partner.test"})};
    EXPECT_TRUE(wait_for(queue_->settle(id, std::move(report))));
    const auto replacement = claim().at(0).id;
    settle(replacement, {outcome(0, Kind::retry)});
    EXPECT_EQ(claim().at(0).lane, "bounce");
}

TEST_F(QueueBouncePlan, MayEndWithoutAWordAndStillTellsAskedForSuccess)
{
    BouncePlan plan;
    plan.send_bounces = false;
    const auto id = accept_with(plan, "FAILURE");
    EXPECT_EQ(fail(id), "");
    EXPECT_EQ(wait_for(queue_->track(id)).value()->recipients.at(0).state, RecipientState::failed);
    const auto wanted = accept_with(plan, "SUCCESS");
    claim();
    settle(wanted, {outcome(0, Kind::delivered)});
    EXPECT_NE(read(claim().at(0).content).find("Action: relayed"), std::string::npos);
}

TEST_F(QueueBouncePlan, ReportsToTheAlternateRecipient)
{
    BouncePlan plan;
    plan.alternate_recipient = "bounces@acme.test";
    EXPECT_NE(fail(accept_with(plan)).find("To: <bounces@acme.test>"), std::string::npos);
    EXPECT_EQ(reported_to_, "bounces@acme.test");
    NewMessage message = make_message({"bob@partner.test"}, "");
    message.plan = plan;
    EXPECT_EQ(fail(accept(std::move(message))), "") << "RFC 5321 §4.5.5";
}

TEST_F(QueueBouncePlan, BringsBackAsMuchAsPlanAndSenderSay)
{
    const std::string large = std::string(content) + [] {
        std::string lines;
        for (int i = 0; i < 200; ++i) lines += std::string(70, 'y') + "\r\n";
        return lines;
    }();
    const std::string huge = std::string(content) + [] {
        std::string lines;
        for (int i = 0; i < 160'000; ++i) lines += std::string(70, 'z') + "\r\n";
        return lines;
    }();
    struct Case {
        Original original;
        const char* ret;
        std::string_view text;
        bool is_confidential;
        bool brings_body;
    };
    for (const Case& each :
         {Case{Original::headers, "", content, false, false}, Case{Original::small, "", content, false, true},
          Case{Original::small, "", large, false, false}, Case{Original::full, "", large, false, true},
          Case{Original::full, "", huge, false, false}, Case{Original::headers, "FULL", large, false, true},
          Case{Original::full, "HDRS", content, false, false}, Case{Original::full, "FULL", content, true, false}}) {
        BouncePlan plan;
        plan.original = each.original;
        plan.is_confidential = each.is_confidential;
        const std::string text = fail(accept_with(plan, "", each.ret, each.text));
        SCOPED_TRACE(std::to_string(static_cast<int>(each.original)) + each.ret + std::to_string(each.text.size()));
        EXPECT_EQ(text.find("The body.") != std::string::npos, each.brings_body);
        EXPECT_EQ(text.find("Content-Type: message/rfc822\r\n") != std::string::npos, each.brings_body);
        EXPECT_EQ(text.find("Content-Type: text/rfc822-headers\r\n") == std::string::npos, each.brings_body);
        EXPECT_NE(text.find("X-Kind: test"), std::string::npos);
    }
}

TEST_F(QueueBouncePlan, BringsBackTheHeadOnlyWhereNobodyMadeAPlan)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    EXPECT_EQ(fail(id).find("The body."), std::string::npos);
}

// RFC 8689 §5.
TEST_F(QueueBouncePlan, TellsOfMailThatRequiresTlsWithItsHeadOnlyAndUnderTheSameDemand)
{
    NewMessage message = make_message({"bob@partner.test"});
    message.plan.emplace().original = Original::full;
    message.ret = "FULL";
    message.require_tls = true;
    const auto id = accept(std::move(message));
    ASSERT_EQ(claim().size(), 1U);
    settle(id, {outcome(0, Kind::failed)});
    const auto notices = claim();
    ASSERT_EQ(notices.size(), 1U);
    EXPECT_EQ(notices[0].lane, "bounce");
    EXPECT_TRUE(notices[0].require_tls);
    const auto text = read(notices[0].content);
    EXPECT_EQ(text.find("The body."), std::string::npos);
    EXPECT_NE(text.find("X-Kind: test"), std::string::npos);
}

TEST_F(QueueBouncePlan, TellsOfADelayAsOftenAsThePlanSaysAndNoSooner)
{
    const auto start = clock_.now();
    BouncePlan plan;
    plan.delay_warning_after = 4h;
    plan.max_delay_warnings = 2;
    const auto id = accept_with(plan);
    EXPECT_EQ(fail_for_the_moment(id, start + 4h - 1min), 0);
    EXPECT_EQ(fail_for_the_moment(id, start + 7h), 1);
    for (const auto* part : {"Action: delayed", "Status: 4.0.0", "Will-Retry-Until: ", "bob@partner.test", "mailbox busy",
                             "Subject: Delayed mail", "text/rfc822-headers"})
        EXPECT_NE(last_notice_.find(part), std::string::npos) << part;
    EXPECT_EQ(last_notice_.find("The body."), std::string::npos);
    EXPECT_EQ(fail_for_the_moment(id, start + 60h), 1);
    EXPECT_EQ(wait_for(queue_->show(id)).value()->recipients.at(0).state, RecipientState::waiting);
}

// After an outage of ours the attempts come a few minutes apart, long after the time of several notices.
TEST_F(QueueBouncePlan, TellsOfALongDelayOnce)
{
    const auto start = clock_.now();
    BouncePlan plan;
    plan.delay_warning_after = 4h;
    plan.max_delay_warnings = 5;
    const auto id = accept_with(plan);
    clock_.advance(13h);
    EXPECT_EQ(fail_for_the_moment(id, start + 13h + 30min), 1) << "three were due by then";
    EXPECT_EQ(fail_for_the_moment(id, start + 15h), 0);
    EXPECT_EQ(fail_for_the_moment(id, start + 18h), 1) << "the fourth";
}

TEST_F(QueueBouncePlan, TellsOfADelayOnlyThoseWhoWantToHear)
{
    struct Case {
        const char* notify;
        int notices;
    };
    for (const auto& [notify, notices] :
         {Case{"", 1}, Case{"DELAY", 1}, Case{"SUCCESS,DELAY", 1}, Case{"FAILURE", 0}, Case{"SUCCESS", 0}, Case{"NEVER", 0}}) {
        BouncePlan plan;
        plan.delay_warning_after = 4h;
        const auto id = accept_with(plan, notify);
        EXPECT_EQ(fail_for_the_moment(id, clock_.now() + 10h), notices) << notify;
        EXPECT_TRUE(wait_for(queue_->remove(id)).value());
    }
}

TEST_F(QueueBouncePlan, TellsOfNoDelayUnlessAskedTo)
{
    const auto id = accept_with(BouncePlan(), "DELAY");
    EXPECT_EQ(fail_for_the_moment(id, clock_.now() + 60h), 0);
}

TEST_F(QueueBouncePlan, StoreOfTheVersionBeforeOpensAndKeepsItsMail)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    const auto change = [](db::Connection& connection) -> Result<> {
        for (const char* later :
             {"drop index queue_recipient_held", "drop index queue_history_message_id", "drop index queue_message_lane",
              "drop index queue_history_lane", "drop table queue_owner", "drop index queue_message_due",
              "alter table queue_message drop column owner", "alter table queue_content drop column owner",
              "create index queue_message_due on queue_message (domain, due_at) where due_at is not null"})
            SEALPOST_CHECK(connection.prepare(later).run());
        SEALPOST_CHECK(connection.prepare("alter table queue_message drop column late_since").run());
        SEALPOST_CHECK(connection.prepare("drop table queue_once").run());
        SEALPOST_CHECK(connection.prepare("drop index queue_history_intake").run());
        SEALPOST_CHECK(connection.prepare("alter table queue_message drop column plan").run());
        SEALPOST_CHECK(connection.prepare("alter table queue_message drop column delay_notices").run());
        SEALPOST_CHECK(connection.prepare("alter table queue_message drop column require_tls").run());
        return connection.prepare("update room_version set version = 1 where room = 'queue'").run();
    };
    ASSERT_TRUE(database_->write_now(change));
    close();
    open();
    EXPECT_EQ(claim().at(0).id, id);
    settle(id, {outcome(0, Kind::retry)});
    clock_.advance(60s);
    EXPECT_EQ(claim().size(), 1U);
    settle(id, {outcome(0, Kind::failed)});
    EXPECT_EQ(claim().at(0).lane, "bounce");
}

}  // namespace
}  // namespace sealpost::queue
