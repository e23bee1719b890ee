#include "serve/node/trouble_watch.hpp"

#include "core/queue/queue_fixture.hpp"
#include "test_store.hpp"
#include "wire/mail/parts.hpp"

#include <gmock/gmock.h>

namespace sealpost::node {
namespace {

using namespace std::chrono_literals;
using load::Resource;
using queue::wait_for;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class TroubleWatchTest : public queue::QueueFixture {
protected:
    TroubleWatchTest() { begin(); }

    // As after a restart.
    void begin()
    {
        alerts::Alerts::Parts parts;
        parts.ledger = alerts::Ledger::open(database_, clock_).value();
        parts.queue = queue_;
        parts.clock = &clock_;
        parts.to = {"ops@acme.test"};
        parts.from = "sealpost@mx1.acme.test";
        parts.language = Language::en;
        parts.hostname = "mx1.acme.test";
        parts.lane = "relay";
        parts.facts = "{}";
        auto alerts = std::make_shared<alerts::Alerts>(std::move(parts));
        watch_ = std::make_unique<TroubleWatch>(
            TroubleWatch::Parts{load_, queue_, failures_, std::move(alerts), &clock_, "mx1.acme.test", log::Log::silent()});
    }
    void look(std::chrono::seconds later = 0s)
    {
        clock_.advance(later);
        wait_for(look_once());
    }
    Task<bool> look_once()
    {
        co_await watch_->look();
        co_return true;
    }
    void fail(const std::string& domain, courier::TlsDemand demand = courier::TlsDemand::required_verify)
    {
        failures_->note({domain, "mx." + domain, demand, "the certificate\nhas expired"});
    }
    std::vector<std::string> take_mails()
    {
        std::vector<std::string> mails;
        for (auto& due : wait_for(queue_->claim(100, [](const std::string&) { return 100; })).value()) {
            std::string text = wait_for(queue::read_all(queue_->read(due.content))).value();
            const auto visited = mail::visit_parts(text, [&](mail::Part&& part) {
                text += part.content;
                return true;
            });
            EXPECT_TRUE(visited.has_value());
            mails.push_back(std::move(text));
        }
        return mails;
    }

    std::shared_ptr<load::Load> load_ = std::make_shared<load::Load>(
        load::Limits{.memory_bytes = 100 << 20, .queue_messages = 10, .free_bytes = 500 << 20, .damages = 1});
    std::shared_ptr<TlsFailures> failures_ = std::make_shared<TlsFailures>();
    std::unique_ptr<TroubleWatch> watch_;
};

TEST_F(TroubleWatchTest, TellsAShortageThatLastsOnce)
{
    load_->note_disk(400 << 20);
    look();
    look(59s);
    EXPECT_THAT(take_mails(), IsEmpty()) << "it may pass by itself";
    look(1s);
    EXPECT_THAT(take_mails(), ElementsAre(AllOf(HasSubstr("Subject: mx1.acme.test is short of room on the disk"),
                                                HasSubstr("400 MiB can still be written, 500 MiB must stay free"))));
    look(2h);
    begin();
    look();
    look(2h);
    EXPECT_THAT(take_mails(), IsEmpty()) << "through a restart, too";
}

TEST_F(TroubleWatchTest, TellsAShortageThatComesAndGoesOnceUntilItWasWellForAnHour)
{
    const auto be_short = [this] {
        load_->note_disk(0);
        look();
        look(1min);
    };
    be_short();
    EXPECT_THAT(take_mails(), SizeIs(1));
    load_->note_disk(1000 << 20);
    look();
    look(59min);
    be_short();
    EXPECT_THAT(take_mails(), IsEmpty());
    load_->note_disk(1000 << 20);
    look();
    look(1h);
    be_short();
    EXPECT_THAT(take_mails(), SizeIs(1));
}

TEST_F(TroubleWatchTest, TellsThatTheStoreIsDamaged)
{
    load_->note_store(true);
    look();
    look(1min);
    EXPECT_THAT(take_mails(), ElementsAre(AllOf(HasSubstr("Subject: The store of mx1.acme.test is damaged"),
                                                HasSubstr("takes no more mail in"))));
}

TEST_F(TroubleWatchTest, TellsEachResourceThatIsShort)
{
    load_->end_count(load_->begin_count(), {11, 0});
    load::Held held(load_);
    held.set(90 << 20);
    look();
    look(1min);
    EXPECT_THAT(take_mails(), testing::UnorderedElementsAre(HasSubstr("11 messages wait, 10 may"),
                                                            HasSubstr("Messages on their way in hold 90 MiB of 100 MiB")));
}

TEST_F(TroubleWatchTest, OwesAnAlertThatTheStoreCouldNotTake)
{
    const auto run = [this](const std::string& sql) {
        auto work = [sql](db::Connection& connection) -> Result<> { return connection.execute(sql); };
        EXPECT_TRUE(wait_for(database_->write(std::move(work))));
    };
    run("create trigger no_room before insert on alert_told begin select raise(abort, 'no room'); end");
    load_->note_disk(0);
    look();
    look(1min);
    EXPECT_EQ(ask("select count(*) from alert_told"), 0);
    load_->note_disk(1000 << 20);
    run("drop trigger no_room");
    look(5s);
    EXPECT_EQ(ask("select count(*) from alert_told"), 1) << "though there is room again";
}

TEST_F(TroubleWatchTest, TellsADestinationWithoutTheTlsThatIsDemandedOnceADay)
{
    fail("partner.test");
    fail("partner.test");
    fail("careless.test", courier::TlsDemand::preferred);
    fail("sealed.test", courier::TlsDemand::proven);
    look();
    EXPECT_THAT(take_mails(), ElementsAre(AllOf(HasSubstr("partner.test"), HasSubstr("(required_verify)"),
                                                HasSubstr("Reason: the certificate has expired"))));
    fail("partner.test");
    look(1h);
    begin();
    fail("partner.test");
    look();
    EXPECT_THAT(take_mails(), IsEmpty());
    fail("partner.test");
    look(24h);
    EXPECT_THAT(take_mails(), SizeIs(1));
    fail("other.test");
    look(72h);
    EXPECT_EQ(ask("select count(*) from alert_told"), 1) << "what was told long ago is forgotten";
}

TEST_F(TroubleWatchTest, TellsOnlySoManyDestinationsOfADayOneByOne)
{
    for (std::size_t i = 0; i < TroubleWatch::max_destinations_a_day + 5; ++i) fail("d" + std::to_string(i) + ".test");
    look();
    EXPECT_EQ(take_mails().size(), TroubleWatch::max_destinations_a_day + 1);
    fail("another.test");
    look();
    EXPECT_THAT(take_mails(), IsEmpty());
    look(24h);
    fail("another.test");
    look();
    EXPECT_THAT(take_mails(), SizeIs(1));
}

TEST_F(TroubleWatchTest, TellsThatAnotherProcessHasTheNameOfThisNode)
{
    close();
    settings_.owner = {"mx1", "1", {"relay"}};
    open();
    begin();
    look();
    EXPECT_THAT(take_mails(), IsEmpty());
    queue::Settings copy = settings_;
    copy.owner.life = "2";
    const auto other = queue::Queue::open(test::open_store(path()).value(), clock_, log::Log::silent(), copy).value();
    EXPECT_TRUE(wait_for(queue_->keep_ownership()).has_value());
    look();
    look(1h);
    const auto told = wait_for(other->claim(100, [](const std::string&) { return 100; })).value();
    ASSERT_EQ(told.size(), 1U) << "the one that has the name delivers it";
    EXPECT_EQ(ask("select count(*) from alert_told where kind = 'owner_twice'"), 1);
}

}  // namespace
}  // namespace sealpost::node
