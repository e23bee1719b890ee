#include "serve/alerts/alerts.hpp"

#include "core/queue/queue_fixture.hpp"
#include "serve/service_world.hpp"
#include "wire/mail/parts.hpp"

namespace sealpost::alerts {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class AlertsTest : public test::ServiceWorld {
protected:
    AlertsTest()
    {
        queue_ = queue::Queue::open(database_, clock_, log::Log::silent(), {}).value();
        make({"ops@acme.test"});
    }

    void make(std::vector<std::string> to)
    {
        Alerts::Parts parts;
        parts.ledger = Ledger::open(database_, clock_).value();
        parts.queue = queue_;
        parts.clock = &clock_;
        parts.to = std::move(to);
        parts.from = "sealpost@mx1.acme.test";
        parts.language = Language::fr;
        parts.hostname = "mx1.acme.test";
        parts.lane = "relay";
        parts.facts = "{}";
        alerts_ = std::make_unique<Alerts>(std::move(parts));
    }

    bool raise(const std::string& stage, const std::string& to = "")
    {
        Alert alert;
        alert.kind = "certificate_expiring";
        alert.about = "mx1";
        alert.stage = stage;
        alert.to = to;
        alert.subject = {"expires in " + stage + " days", "expire dans " + stage + " jours"};
        alert.body = {"Renew it.\n", "Renouvelez-le.\n"};
        return test::value_of(alerts_->raise(std::move(alert)));
    }

    std::vector<std::string> take_mails()
    {
        std::vector<std::string> mails;
        for (auto& due : test::value_of(queue_->claim(100))) {
            const std::string text = test::value_of(queue::read_all(queue_->read(due.content)));
            std::string words;
            const auto visited = mail::visit_parts(text, [&](mail::Part&& part) {
                words += part.content;
                return true;
            });
            EXPECT_TRUE(visited.has_value());
            mails.push_back("To " + due.recipients.front().address + "\n" + text + words);
        }
        return mails;
    }

    std::shared_ptr<queue::Queue> queue_;
    std::unique_ptr<Alerts> alerts_;
};

TEST_F(AlertsTest, TellEachStageOnce)
{
    EXPECT_TRUE(raise("30"));
    EXPECT_FALSE(raise("30"));
    EXPECT_TRUE(raise("14"));
    EXPECT_THAT(take_mails(), SizeIs(2));
}

TEST_F(AlertsTest, AskForHostsThatTakeAnAddressOfOtherLetters)
{
    make({"ops@acme.test"});
    raise("30");
    make({"ops@acme.test", "jürgen@acme.test"});
    raise("14");
    const auto due = test::value_of(queue_->claim(100));
    ASSERT_THAT(due, SizeIs(2));
    for (const auto& message : due) EXPECT_EQ(message.smtputf8, message.recipients.size() == 2);
}

TEST_F(AlertsTest, RememberWhatTheyToldThroughARestart)
{
    EXPECT_TRUE(raise("30"));
    make({"ops@acme.test"});
    EXPECT_FALSE(raise("30"));
}

TEST_F(AlertsTest, TellAnewWhatCameAgain)
{
    EXPECT_TRUE(raise("30"));
    test::value_of(alerts_->clear("certificate_expiring", "mx1"));
    EXPECT_TRUE(raise("30"));
}

TEST_F(AlertsTest, SpeakTheLanguageOfTheNodesAdministrators)
{
    EXPECT_TRUE(raise("30"));
    const auto mails = take_mails();
    ASSERT_THAT(mails, SizeIs(1));
    EXPECT_THAT(mails[0], HasSubstr("To ops@acme.test"));
    EXPECT_THAT(mails[0], HasSubstr("Subject: expire dans 30 jours"));
    EXPECT_THAT(mails[0], HasSubstr("Auto-Submitted: auto-generated"));
    EXPECT_THAT(mails[0], HasSubstr("Renouvelez-le."));
    EXPECT_THAT(mails[0], Not(HasSubstr("Renew it.")));
}

TEST_F(AlertsTest, SpeakBothLanguagesToOthers)
{
    EXPECT_TRUE(raise("30", "postmaster@partner.test"));
    const auto mails = take_mails();
    ASSERT_THAT(mails, SizeIs(1));
    EXPECT_THAT(mails[0], HasSubstr("To postmaster@partner.test"));
    EXPECT_THAT(mails[0], HasSubstr("Renew it."));
    EXPECT_THAT(mails[0], HasSubstr("Renouvelez-le."));
}

TEST_F(AlertsTest, LeaveItToTheLogWhereNobodyIsNamed)
{
    make({});
    EXPECT_TRUE(raise("30"));
    EXPECT_THAT(take_mails(), IsEmpty());
    EXPECT_FALSE(raise("30"));
}

}  // namespace
}  // namespace sealpost::alerts
