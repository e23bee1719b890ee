#include "core/traffic/traffic.hpp"
#include "core/traffic/fact_json.hpp"
#include "core/traffic/facts_fixture.hpp"
#include "sys/async/task_group.hpp"
#include "sys/async/workers.hpp"
#include "temporary_folder.hpp"
#include "test_store.hpp"

#include <cstdlib>
#include <filesystem>

namespace sealpost::traffic {
namespace {

class TrafficStore : public testing::Test {
protected:
    TrafficStore() { open({}); }
    ~TrafficStore() override
    {
        traffic_.reset();
        database_.reset();
    }

    void open(Settings settings)
    {
        traffic_.reset();
        database_.reset();
        database_ = test::open_store(directory_ + "/store.db").value();
        traffic_ = Traffic::open(database_, log::Log::silent(), settings).value();
    }
    void record(int from, int to)
    {
        for (int i = from; i < to; ++i) {
            auto message = make_message();
            message.sender = std::to_string(i) + "@partner.test";
            traffic_->record(std::move(message));
            traffic_->record(make_connection("10.0.0." + std::to_string(i % 250)));
        }
    }

    test::TemporaryFolder temporary_;
    const std::string directory_ = temporary_.path().string();
    std::shared_ptr<db::Database> database_;
    std::shared_ptr<Traffic> traffic_;
};

TEST_F(TrafficStore, KeepsFactsOverARestart)
{
    record(0, 3);
    EXPECT_TRUE(traffic_->load_now(10)->messages.empty());
    ASSERT_TRUE(traffic_->flush_now());
    open({});
    const auto facts = traffic_->load_now(10).value();
    ASSERT_EQ(facts.messages.size(), 3U);
    ASSERT_EQ(facts.connections.size(), 3U);
    EXPECT_EQ(facts.messages.front().sender, "0@partner.test");
    EXPECT_EQ(facts.messages.front().at, noon);
    EXPECT_EQ(facts.connections.back().facts.ip, *parse_ip("10.0.0.2"));
}

TEST_F(TrafficStore, KeepsTheNewestOnly)
{
    open({.keep = 300, .max_pending = 10'000, .batch = 100, .interval = {}});
    record(0, 1000);
    ASSERT_TRUE(traffic_->flush_now());
    auto facts = traffic_->load_now(10'000).value();
    EXPECT_EQ(facts.messages.size(), 300U);
    EXPECT_EQ(facts.connections.size(), 300U);
    EXPECT_EQ(facts.messages.front().sender, "700@partner.test");
    EXPECT_EQ(facts.messages.back().sender, "999@partner.test");
    facts = traffic_->load_now(5).value();
    EXPECT_EQ(facts.messages.size(), 5U);
    EXPECT_EQ(facts.messages.front().sender, "995@partner.test");
    EXPECT_EQ(traffic_->dropped(), 0U);
}

TEST_F(TrafficStore, ShowsItsRecordsOneByOneTheNewestFirst)
{
    record(0, 5);
    ASSERT_TRUE(traffic_->flush_now());
    // What a later version wrote differently is passed over.
    ASSERT_TRUE(database_->write_now([](db::Connection& connection) {
        return connection.execute("insert into traffic_message (at, facts) values (0, '{\"later\":true}')");
    }));
    std::vector<std::string> senders;
    int connections = 0;
    const Visitor visitor{[&](const ConnectionRecord&) { ++connections; },
                          [&](const MessageRecord& message) {
                              EXPECT_EQ(message.at, noon);
                              senders.push_back(message.sender);
                          }};
    ASSERT_TRUE(traffic_->visit_now(4, visitor));
    EXPECT_EQ(connections, 4);
    EXPECT_EQ(senders, (std::vector<std::string>{"4@partner.test", "3@partner.test", "2@partner.test"}));
}

TEST_F(TrafficStore, DropsTheOldestAndCountsThemWhenNobodyWrites)
{
    open({.keep = 1000, .max_pending = 100, .batch = 100, .interval = {}});
    record(0, 150);
    EXPECT_EQ(traffic_->dropped(), 100U);  // 50 of each
    ASSERT_TRUE(traffic_->flush_now());
    EXPECT_EQ(traffic_->load_now(1000)->messages.front().sender, "50@partner.test");
}

TEST_F(TrafficStore, MissesNothingThatItWouldNotKeepAnyway)
{
    open({.keep = 100, .max_pending = 1000, .batch = 100, .interval = {}});
    record(0, 150);
    EXPECT_EQ(traffic_->dropped(), 0U);
    ASSERT_TRUE(traffic_->flush_now());
    EXPECT_EQ(traffic_->load_now(1000)->messages.front().sender, "50@partner.test");
}

TEST_F(TrafficStore, KeepsNothingWhenNothingIsWanted)
{
    record(0, 10);
    ASSERT_TRUE(traffic_->flush_now());
    open({.keep = 0, .max_pending = 10, .batch = 10, .interval = {}});
    EXPECT_FALSE(traffic_->is_recording());
    EXPECT_TRUE(traffic_->load_now(10)->messages.empty());
    record(0, 10);
    ASSERT_TRUE(traffic_->flush_now());
    EXPECT_TRUE(traffic_->load_now(10)->messages.empty());
    EXPECT_TRUE(traffic_->load_now(10)->connections.empty());
}

TEST_F(TrafficStore, CountsWhatTheDatabaseRefused)
{
    record(0, 10);
    database_->close();
    EXPECT_FALSE(traffic_->flush_now());
    EXPECT_EQ(traffic_->dropped(), 20U);
}

// A store while whose writes something else happens.
class BusyDatabase final : public db::Database {
public:
    explicit BusyDatabase(std::shared_ptr<db::Database> inner) : inner_(std::move(inner)) {}
    Result<> migrate(const std::string& room, const std::vector<std::string_view>& steps) override
    {
        return inner_->migrate(room, steps);
    }
    void close() override { inner_->close(); }

    std::function<void()> during_write = [] {};

private:
    void start(std::shared_ptr<Job> job, Kind, std::function<void()> done) override
    {
        const auto run = [&](db::Connection& connection) -> Result<> {
            if (!job->run(connection)) return Error{Fault::give_up, "rolled back"};
            return {};
        };
        static_cast<void>(inner_->write_now(run));
        during_write();
        done();
    }

    std::shared_ptr<db::Database> inner_;
};

// One that went on for as long as records come would be a transaction for every handful of them.
TEST_F(TrafficStore, LeavesWhatComesDuringAFlushToTheNext)
{
    auto busy = std::make_shared<BusyDatabase>(database_);
    traffic_ = Traffic::open(busy, log::Log::silent(), {.keep = 1000, .max_pending = 1000, .batch = 4, .interval = {}}).value();
    record(0, 5);
    int came = 5;
    busy->during_write = [&] {
        if (came < 100) record(came, came + 1);
        ++came;
    };
    async::run_here([&]() -> Task<void> {
        auto flushed = co_await traffic_->flush();
        EXPECT_EQ(flushed.value(), 12U);
    });
    EXPECT_EQ(traffic_->load_now(1000)->messages.size(), 6U) << "four, and in the second batch what was there then";
}

// How often it writes while ten records come, one after the other.
int count_writes(Traffic& traffic, int& writes)
{
    async::run_here([&]() -> Task<void> {
        Executor executor = co_await async::this_executor();
        async::TaskGroup chores(executor);
        chores.spawn(traffic.run_chores());
        for (int i = 0; i < 10; ++i) {
            traffic.record(make_connection("10.0.0.1"));
            auto slept = co_await async::sleep_until(Deadline::after(std::chrono::milliseconds(1)));
            EXPECT_TRUE(slept);
        }
        chores.cancel();
        co_await chores.join();
    });
    return writes;
}

TEST_F(TrafficStore, WritesLessOftenWhenThereIsMuch)
{
    for (const std::size_t busy : {std::size_t{4}, std::size_t{0}}) {
        auto store = std::make_shared<BusyDatabase>(database_);
        int writes = 0;
        store->during_write = [&] { ++writes; };
        Settings settings;
        settings.interval = {};
        settings.busy_interval = std::chrono::hours(1);
        settings.busy = busy;
        traffic_ = Traffic::open(store, log::Log::silent(), settings).value();
        writes = 0;
        EXPECT_EQ(count_writes(*traffic_, writes) == 1, busy == 0) << writes;
    }
}

TEST(TrafficRecord, ComesBackFromItsJsonAsItWas)
{
    auto message = make_message("2001:db8::1", "bob@partner.test");
    message.facts.host_state = policy::HostState::verified;
    message.facts.host = "mx.partner.test";
    message.facts.other_hosts = {"mail.partner.test"};
    message.facts.open_hosts = {"slow.partner.test"};
    message.facts.dns_lists = {"bl.example.org"};
    message.facts.country = "FR";
    message.facts.reputation = -2.5;
    message.recipients.front().outcome = {policy::Stage::rcpt, 452, false};
    message.recipients.front().action = policy::SealAction::if_tls_fails;
    message.recipients.front().action_from = "rule r";
    message.recipients.front().by_content = true;
    message.more_recipients = 7;
    message.declared_size = 1200;
    message.tls = TlsKind::implicit;
    message.certificate = policy::ClientCertificate::invalid;
    message.certificate_asked = true;
    message.signed_in = true;
    message.number = 4;
    message.found.spf.emplace();
    message.found.spf->mail_from = policy::AuthResult::softfail;
    message.found.dkim = policy::AuthResult::pass;
    message.found.dmarc.emplace();
    message.found.dmarc->result = policy::AuthResult::fail;
    message.found.dmarc->wish = policy::DmarcFacts::Wish::quarantine;
    message.found.dmarc->sealer = "list.test";
    message.outcome = {policy::Stage::end, 550, true};
    const auto text = format_record(message);
    const auto back = parse_message(text);
    ASSERT_TRUE(back) << back.error().text;
    EXPECT_EQ(format_record(*back), text);
    EXPECT_EQ(back->facts.reputation, -2.5);
    EXPECT_EQ(back->facts.dns_lists, message.facts.dns_lists);
    EXPECT_EQ(back->facts.other_hosts, message.facts.other_hosts);
    EXPECT_EQ(back->facts.open_hosts, message.facts.open_hosts);
    EXPECT_EQ(back->recipients.front().action, policy::SealAction::if_tls_fails);
    EXPECT_TRUE(back->recipients.front().by_content);
    EXPECT_EQ(back->found.dmarc->wish, policy::DmarcFacts::Wish::quarantine);
    EXPECT_EQ(back->outcome, message.outcome);
    EXPECT_EQ(back->tls, TlsKind::implicit);
    EXPECT_TRUE(back->certificate_asked);
}

TEST(TrafficRecord, IsBoundedAndStaysJsonWhateverAStrangerSays)
{
    auto message = make_message();
    message.sender = std::string(2000, 'a');
    message.helo = "\xff\xfe\"\\";
    message.recipients.front().address = "\xc3\xa9l\xc3\xa8ve@acme.test";
    const auto text = format_record(message);
    EXPECT_LT(text.size(), 1000U);
    const auto back = parse_message(text);
    ASSERT_TRUE(back) << back.error().text;
    EXPECT_EQ(back->sender.size(), max_text_bytes);
    EXPECT_EQ(back->helo, "??\"\\");
    EXPECT_EQ(back->recipients.front().address, message.recipients.front().address);
}

TEST(TrafficRecord, IsCutBetweenTheCharactersOfAName)
{
    auto message = make_message();
    message.sender = std::string(max_text_bytes - 1, 'a') + "\xc3\xa9@acme.test";
    message.recipients.front().address = "\xc3\xa9" + std::string(max_text_bytes - 3, 'a') + "\xc3\xa8";
    const auto back = parse_message(format_record(message));
    ASSERT_TRUE(back) << back.error().text;
    EXPECT_EQ(back->sender, std::string(max_text_bytes - 1, 'a'));
    EXPECT_EQ(back->recipients.front().address, "\xc3\xa9" + std::string(max_text_bytes - 3, 'a')) << "no question marks";
}

TEST(TrafficRecord, IsRefusedWhenItIsBroken)
{
    for (const char* text : {"", "[]", "{}", R"({"ip":"192.0.2.1"})", R"({"ip":"x","state":"none","outcome":["MAIL",250,true]})",
                             R"({"ip":"192.0.2.1","state":"none","recipients":[],"outcome":["LUNCH",250,true]})",
                             R"({"ip":"192.0.2.1","state":"none","recipients":[],"tls":9,"outcome":["MAIL",250,true]})"})
        EXPECT_FALSE(parse_message(text)) << text;
}

TEST(TrafficCauses, TellThePolicysRefusalsFromOthers)
{
    const auto strict = compile(with_policy("tls = \"required\""));
    auto message = make_message();
    message.recipients.clear();
    message.outcome = {policy::Stage::mail, 530, true};
    mark_causes(message, *strict);
    EXPECT_TRUE(message.outcome.by_policy);
    mark_causes(message, *compile(with_policy("")));
    EXPECT_FALSE(message.outcome.by_policy);
    ConnectionRecord connection = make_connection();
    connection.outcome = {policy::Stage::connect, 421, true};
    mark_causes(connection, *strict);
    EXPECT_FALSE(connection.outcome.by_policy);  // too many connections, say
}

TEST(TrafficCauses, TellWhenSubjectOrHeadersDecidedAboutSealing)
{
    auto message = make_message("192.0.2.1", "bob@partner.test");
    message.signed_in = true;
    message.tls = TlsKind::starttls;
    auto& recipient = message.recipients.front();
    recipient.action = policy::SealAction::seal;
    recipient.action_from = "rule r";
    const auto by_recipient =
        compile(with_policy("auth = \"preferred\"") + "[[encryption_rule]]\nname = \"r\"\nrecipient = [\"partner.test\"]\n");
    mark_causes(message, *by_recipient);
    EXPECT_FALSE(recipient.by_content);
    const auto by_subject =
        compile(with_policy("auth = \"preferred\"") + "[[encryption_rule]]\nname = \"r\"\nsubject_contains = [\"[SEAL]\"]\n");
    mark_causes(message, *by_subject);
    EXPECT_TRUE(recipient.by_content);
}

}  // namespace
}  // namespace sealpost::traffic
