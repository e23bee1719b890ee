#include "serve/node/seal_watch.hpp"

#include "serve/task_answers.hpp"
#include "wire/mail/parts.hpp"

#include <gmock/gmock.h>

namespace sealpost::node {
namespace {

using namespace std::chrono_literals;
using queue::wait_for;
using sealer::ServiceTrouble;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class SealWatchTest : public queue::QueueFixture {
protected:
    SealWatchTest() { begin(); }

    // As after a restart.
    void begin(std::optional<Language> language = Language::en)
    {
        failures_ = std::make_shared<SealFailures>(clock_);
        alerts::Alerts::Parts told;
        told.ledger = alerts::Ledger::open(database_, clock_).value();
        told.queue = queue_;
        told.clock = &clock_;
        told.to = {"ops@acme.test"};
        told.from = "sealpost@mx1.acme.test";
        told.language = language;
        told.hostname = "mx1.acme.test";
        told.lane = "relay";
        told.facts = "{}";
        SealWatch::Parts parts;
        parts.failures = failures_;
        parts.queue = queue_;
        parts.alerts = std::make_shared<alerts::Alerts>(std::move(told));
        parts.clock = &clock_;
        parts.over_after = 4h;
        watch_ = std::make_unique<SealWatch>(std::move(parts));
    }
    void look(std::chrono::seconds later = 0s)
    {
        clock_.advance(later);
        test::run(watch_->look());
    }
    queue::MessageId wait_to_be_sealed(const std::string& recipient = "bob@partner.test")
    {
        auto message = queue::make_message({recipient});
        message.lane = queue::seal_lane;
        return accept(std::move(message));
    }
    void fail(queue::MessageId message, ServiceTrouble trouble = ServiceTrouble::unreachable, std::string problem = "refused")
    {
        failures_->note({message, false, trouble, std::move(problem)});
    }
    void succeed(queue::MessageId message) { failures_->note({message, true}); }
    // Those that came since the last call.
    std::vector<std::string> take_mails()
    {
        std::vector<std::string> mails;
        for (auto& due : claim(100)) {
            if (due.lane != "relay") continue;
            std::string text = read(due.content);
            const auto visited = mail::visit_parts(text, [&](mail::Part&& part) {
                text += part.content;
                return true;
            });
            EXPECT_TRUE(visited.has_value());
            mails.push_back(std::move(text));
        }
        return mails;
    }

    std::shared_ptr<SealFailures> failures_;
    std::unique_ptr<SealWatch> watch_;
};

TEST_F(SealWatchTest, TellsOnceThatNothingWasSealedForAQuarterOfAnHour)
{
    const auto first = wait_to_be_sealed(), second = wait_to_be_sealed("carol@partner.test");
    look();
    fail(first, ServiceTrouble::token_refused, "it does not\ntake the token");
    look(14min);
    fail(second, ServiceTrouble::token_refused, "it does not\ntake the token");
    look(59s);
    EXPECT_THAT(take_mails(), IsEmpty()) << "it may pass by itself";
    look(1s);
    EXPECT_THAT(take_mails(), ElementsAre(AllOf(HasSubstr("Subject: Confidential mail waits: the service refuses"),
                                                HasSubstr("2 messages wait."), HasSubstr("Reason: it does not take the token"),
                                                HasSubstr("sealpost token new"), HasSubstr("config check --service"))));
    fail(first, ServiceTrouble::token_refused);
    look(2h);
    EXPECT_THAT(take_mails(), IsEmpty());
}

TEST_F(SealWatchTest, TellsEachTroubleWithItsRemedyInBothLanguages)
{
    begin(std::nullopt);
    const auto message = wait_to_be_sealed();
    fail(message, ServiceTrouble::unreachable);
    look(15min);
    EXPECT_THAT(take_mails(), ElementsAre(AllOf(HasSubstr("the service is out of reach"), HasSubstr("hors d'atteinte"),
                                                HasSubstr("One message waits."), HasSubstr("Un message attend."))));
    fail(message, ServiceTrouble::account_disabled);
    look();
    EXPECT_THAT(take_mails(), ElementsAre(AllOf(HasSubstr("sealpost account enable"), HasSubstr("le réactiver"))));
    fail(message, ServiceTrouble::other);
    look();
    EXPECT_THAT(take_mails(), ElementsAre(AllOf(HasSubstr("the log of the service, say more"), HasSubstr("en disent plus"))));
    fail(message, ServiceTrouble::unreachable);
    look();
    EXPECT_THAT(take_mails(), IsEmpty()) << "it was told";
}

TEST_F(SealWatchTest, BeginsAnewWithEachMessageThatIsSealed)
{
    const auto message = wait_to_be_sealed();
    fail(message);
    look(14min);
    succeed(message);
    fail(message);
    look(14min);
    EXPECT_THAT(take_mails(), IsEmpty());
    look(1min);
    EXPECT_THAT(take_mails(), SizeIs(1));
    succeed(message);
    fail(message);  // before anybody looked
    look(15min);
    EXPECT_THAT(take_mails(), SizeIs(1)) << "it has come again";
}

TEST_F(SealWatchTest, RemembersThroughARestartWhatItTold)
{
    const auto message = wait_to_be_sealed();
    fail(message);
    look(15min);
    EXPECT_THAT(take_mails(), SizeIs(1));
    begin();
    look();
    fail(message);
    look(15min);
    EXPECT_THAT(take_mails(), IsEmpty());
    begin();
    succeed(message);
    look();
    fail(message);
    look(15min);
    EXPECT_THAT(take_mails(), SizeIs(1));
}

TEST_F(SealWatchTest, TellsNothingOfMessagesThatWaitNoMore)
{
    const auto removed = wait_to_be_sealed(), held = wait_to_be_sealed();
    fail(removed);
    fail(held);
    EXPECT_TRUE(wait_for(queue_->remove(removed)).value());
    EXPECT_TRUE(wait_for(queue_->hold(held)).value());
    look(15min);
    EXPECT_THAT(take_mails(), IsEmpty());
    EXPECT_FALSE(failures_->find());
}

TEST_F(SealWatchTest, IsOverWhenNothingIsTriedAnyMore)
{
    const auto message = wait_to_be_sealed();
    fail(message);
    look(15min);
    EXPECT_THAT(take_mails(), SizeIs(1));
    look(4h);
    EXPECT_FALSE(failures_->find());
    fail(message);
    look(15min);
    EXPECT_THAT(take_mails(), SizeIs(1)) << "another one";
}

TEST_F(SealWatchTest, OwesAnAlertThatTheStoreCouldNotTake)
{
    const auto run = [this](const std::string& sql) {
        auto work = [sql](db::Connection& connection) -> Result<> { return connection.execute(sql); };
        EXPECT_TRUE(wait_for(database_->write(std::move(work))));
    };
    fail(wait_to_be_sealed());
    run("create trigger no_room before insert on alert_told begin select raise(abort, 'no room'); end");
    look(15min);
    EXPECT_EQ(ask("select count(*) from alert_told"), 0);
    run("drop trigger no_room");
    look(5s);
    EXPECT_EQ(ask("select count(*) from alert_told"), 1);
}

TEST_F(SealWatchTest, RemembersOnlySoManyMessages)
{
    for (std::size_t i = 1; i <= SealFailures::max_messages + 5; ++i)
        fail(queue::MessageId(static_cast<queue::MessageId::representation>(i)));
    EXPECT_EQ(failures_->find()->messages.size(), SealFailures::max_messages);
}

}  // namespace
}  // namespace sealpost::node
