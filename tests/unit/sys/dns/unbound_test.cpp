#include "name_server.hpp"
#include "sys/async/task_group.hpp"
#include "sys/async/workers.hpp"
#include "sys/dns/unbound_resolver.hpp"
#include "sys/dns/verify_host.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace sealpost::dns {
namespace {

using namespace std::string_literals;

constexpr auto zone = R"(
$ORIGIN test.
$TTL 600
@            SOA  ns.test. admin.test. 1 3600 600 86400 300
@            NS   ns.test.
ns           A    127.0.0.1
acme         MX   20 mx2.acme
acme         MX   10 mx1.acme
acme         TXT  "v=spf1 " "mx -all"
mx1.acme     A    192.0.2.1
mx1.acme     AAAA 2001:db8::1
www.acme     CNAME mx1.acme
a\032b\040c\041\059d.acme A 192.0.2.77
nomail       MX   0 .
_25._tcp.mx1.acme TLSA 3 1 1 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
)";

Deadline soon() { return Deadline::after(std::chrono::seconds(20)); }

class Unbound : public testing::Test {
protected:
    static void SetUpTestSuite()
    {
        server_ = std::make_unique<NameServer>("test", zone);
        UnboundOptions options;
        options.forwarder = server_->endpoint();
        resolver_ = UnboundResolver::make(options).value();
    }
    static void TearDownTestSuite()
    {
        resolver_.reset();
        server_.reset();
    }

    static Answer ask(std::string name, Type type)
    {
        Answer answer;
        async::run_here([&]() -> Task<void> {
            auto given = co_await resolver_->query(name, type, soon());
            answer = std::move(given);
        });
        return answer;
    }

    static inline std::unique_ptr<NameServer> server_;
    static inline std::shared_ptr<UnboundResolver> resolver_;
};

TEST_F(Unbound, ReadsEachRecordType)
{
    EXPECT_EQ(ask("mx1.acme.test", Type::a).records, std::vector{"192.0.2.1"s});
    EXPECT_EQ(ask("MX1.acme.test.", Type::aaaa).records, std::vector{"2001:db8::1"s});
    EXPECT_EQ(ask("acme.test", Type::txt).records, std::vector{"v=spf1 mx -all"s});
    EXPECT_EQ(ask("acme.test", Type::mx).records.size(), 2U);
    EXPECT_EQ(ask("nomail.test", Type::mx).records, std::vector{"0 ."s});
    EXPECT_EQ(ask("_25._tcp.mx1.acme.test", Type::tlsa).records,
              std::vector{"3 1 1 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"s});
}

TEST_F(Unbound, AsksForNamesThatAMasterFileWouldReadOtherwise)
{
    EXPECT_EQ(ask("a b(c);d.acme.test", Type::a).records, std::vector{"192.0.2.77"s});
    EXPECT_EQ(ask("a b.acme.test", Type::a).status, Status::no_such_name);
}

TEST_F(Unbound, KeepsTheTimeToLiveAndTheAlias)
{
    const Answer answer = ask("www.acme.test", Type::a);
    EXPECT_EQ(answer.canonical_name, "mx1.acme.test");
    EXPECT_EQ(ask("mx1.acme.test", Type::a).canonical_name, "");
    EXPECT_GT(answer.ttl, std::chrono::seconds(500));
    EXPECT_LE(answer.ttl, std::chrono::seconds(600));
    EXPECT_FALSE(answer.secure);
}

TEST_F(Unbound, TellsNoNameFromNoDataFromNoAnswer)
{
    EXPECT_EQ(ask("nothere.test", Type::a).status, Status::no_such_name);
    EXPECT_EQ(ask("acme.test", Type::a).status, Status::no_data);
    // The server refuses names that are not its own.
    const Answer refused = ask("acme.example", Type::a);
    EXPECT_EQ(refused.status, Status::temporary);
    EXPECT_FALSE(refused.problem.empty());
    EXPECT_EQ(ask("not..a.name", Type::a).status, Status::no_such_name);
    EXPECT_EQ(ask("mail.localhost", Type::a).records, std::vector{"127.0.0.1"s});
}

Task<void> ask_once(Resolver& resolver, int& found)
{
    auto answer = co_await resolver.query("mx1.acme.test", Type::a, soon());
    if (answer.status == Status::found) ++found;
}

Task<void> ask_often(Resolver& resolver, int& found)
{
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    for (int i = 0; i < 50; ++i) group.spawn(ask_once(resolver, found));
    co_await group.join();
}

TEST_F(Unbound, ServesSeveralThreadsAtOnce)
{
    std::array<int, 4> found{};
    std::vector<std::thread> threads;
    for (int& count : found)
        threads.emplace_back([&count] { async::run_here([&count] { return ask_often(*resolver_, count); }); });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(found, (std::array<int, 4>{50, 50, 50, 50}));
}

Task<void> ask_silence(Resolver& resolver, Answer& answer)
{
    auto given = co_await resolver.query("acme.test", Type::mx, Deadline::after(std::chrono::milliseconds(20)));
    answer = std::move(given);
}

TEST(UnboundResolver, GivesUpAtTheDeadlineAndEndsWithQuestionsOpen)
{
    // A UDP port that swallows what it gets.
    UnboundOptions options;
    options.forwarder = Endpoint{*parse_ip("127.0.0.1"), 9};
    Answer answer;
    answer.status = Status::found;
    {
        const auto resolver = UnboundResolver::make(options).value();
        async::run_here([&] { return ask_silence(*resolver, answer); });
    }
    EXPECT_EQ(answer.status, Status::temporary);
}

Task<void> ask_three_at_once(Resolver& resolver, std::array<Answer, 3>& answers)
{
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    for (Answer& answer : answers) group.spawn(ask_silence(resolver, answer));
    co_await group.join();
}

TEST(UnboundResolver, HasSoManyQuestionsUnderWayAndNoMore)
{
    UnboundOptions options;
    options.forwarder = Endpoint{IpAddress::loopback_v4(), 9};  // nobody answers: the places stay taken until the deadline
    options.max_queries_under_way = 2;
    const auto resolver = UnboundResolver::make(options).value();
    const auto in_vain = "no answer for acme.test MX in time"s;
    for (const char* const round : {"the places are free", "they were given back"}) {
        std::array<Answer, 3> answers;
        async::run_here([&] { return ask_three_at_once(*resolver, answers); });
        EXPECT_EQ((std::array{answers[0].problem, answers[1].problem, answers[2].problem}),
                  (std::array{in_vain, in_vain, "too many DNS questions under way"s}))
            << round;
        EXPECT_EQ(answers[2].status, Status::temporary);
    }
}

TEST(UnboundResolver, WantsItsTrustAnchorWhenStrict)
{
    UnboundOptions options;
    options.forwarder = Endpoint{IpAddress::loopback_v4(), 9};
    options.validation = UnboundOptions::Validation::strict;
    options.trust_anchor_file = "/nonexistent/root.key";
    const auto refused = UnboundResolver::make(options);
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().fault, Fault::config);
    EXPECT_NE(refused.error().text.find("/nonexistent/root.key"), std::string::npos);
    EXPECT_EQ(refused.error().text.find("dns-root-data"), std::string::npos);  // which brings another file
}

}  // namespace
}  // namespace sealpost::dns
