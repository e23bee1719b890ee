#include "sys/async/workers.hpp"
#include "sys/dns/cached_resolver.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <gtest/gtest.h>

namespace sealpost::dns {
namespace {

Answer ask(Resolver& resolver, std::string name, Type type)
{
    Answer answer;
    async::run_here([&]() -> Task<void> { answer = co_await resolver.query(name, type, Deadline::never()); });
    return answer;
}

// Counts, and says what TTL the answers have.
class Counting final : public Resolver {
public:
    explicit Counting(std::chrono::seconds ttl) : ttl_(ttl) {}
    Task<Answer> query(std::string name, Type, Deadline) override
    {
        ++asked;
        Answer answer;
        answer.status = name == "down.test" ? Status::temporary : name == "none.test" ? Status::no_such_name : Status::found;
        if (answer.status == Status::found) answer.records = {"192.0.2.1"};
        answer.ttl = ttl_;
        co_return answer;
    }
    int asked = 0;

private:
    std::chrono::seconds ttl_;
};

TEST(CachedResolver, AsksOnceForWhatItKnows)
{
    CannedResolver source("acme.test A 192.0.2.1\n");
    CachedResolver resolver(source);
    EXPECT_EQ(resolver.find_known("acme.test", Type::a), nullptr);
    EXPECT_EQ(ask(resolver, "ACME.test.", Type::a).records, std::vector<std::string>{"192.0.2.1"});
    EXPECT_EQ(ask(resolver, "acme.test", Type::a).records, std::vector<std::string>{"192.0.2.1"});
    EXPECT_EQ(source.asked().size(), 1U);
    ASSERT_NE(resolver.find_known("acme.test", Type::a), nullptr);
    EXPECT_EQ(resolver.find_known("acme.test", Type::aaaa), nullptr);
}

TEST(CachedResolver, KeepsThatThereIsNothing)
{
    Counting source(std::chrono::seconds(60));
    CachedResolver resolver(source);
    EXPECT_EQ(ask(resolver, "none.test", Type::a).status, Status::no_such_name);
    EXPECT_EQ(ask(resolver, "none.test", Type::a).status, Status::no_such_name);
    EXPECT_EQ(source.asked, 1);
}

TEST(CachedResolver, NeverKeepsAFailure)
{
    Counting source(std::chrono::seconds(60));
    CachedResolver resolver(source);
    EXPECT_EQ(ask(resolver, "down.test", Type::a).status, Status::temporary);
    EXPECT_EQ(ask(resolver, "down.test", Type::a).status, Status::temporary);
    EXPECT_EQ(source.asked, 2);
    EXPECT_EQ(resolver.size(), 0U);
}

TEST(CachedResolver, ForgetsAtTheEndOfTheTtl)
{
    Counting source(std::chrono::seconds(0));
    CachedResolver resolver(source);
    static_cast<void>(ask(resolver, "acme.test", Type::a));
    EXPECT_EQ(resolver.find_known("acme.test", Type::a), nullptr);
    Counting long_lived(std::chrono::seconds(60));
    CachedResolver brief(long_lived, {.max_ttl = std::chrono::seconds(0)});
    static_cast<void>(ask(brief, "acme.test", Type::a));
    EXPECT_EQ(brief.find_known("acme.test", Type::a), nullptr);
}

// Who keeps an answer of a cache must not let its time begin anew.
TEST(CachedResolver, TellsHowMuchIsLeftOfWhatItKnows)
{
    Counting source(std::chrono::seconds(3600));
    CachedResolver resolver(source, {.max_ttl = std::chrono::seconds(60)});
    static_cast<void>(ask(resolver, "acme.test", Type::a));
    const Answer known = ask(resolver, "acme.test", Type::a);
    EXPECT_EQ(source.asked, 1);
    EXPECT_LE(known.ttl, std::chrono::seconds(60));
    EXPECT_GT(known.ttl, std::chrono::seconds(0));
}

TEST(CachedResolver, StaysWithinItsBoundAndKeepsWhatIsAskedFor)
{
    Counting source(std::chrono::seconds(60));
    CachedResolver resolver(source, {.max_answers = 800});
    static_cast<void>(ask(resolver, "often.test", Type::a));
    for (int i = 0; i < 10'000; ++i) {
        static_cast<void>(ask(resolver, "n" + std::to_string(i) + ".test", Type::a));
        ASSERT_NE(resolver.find_known("often.test", Type::a), nullptr) << i;
    }
    EXPECT_LE(resolver.size(), 900U);
}

TEST(CachedResolver, StaysWithinItsBoundWhateverIsAskedForAgain)
{
    Counting source(std::chrono::seconds(60));
    CacheOptions options;
    options.max_answers = 160;
    CachedResolver resolver(source, options);
    // All that is known is asked for again before each new name, which brings the old half up.
    for (int round = 0; round < 300; ++round) {
        for (int i = 0; i < round; ++i) resolver.find_known("n" + std::to_string(i) + ".test", Type::a);
        ask(resolver, "n" + std::to_string(round) + ".test", Type::a);
        ASSERT_LE(resolver.size(), 160U + 16);
    }
}

TEST(CachedResolver, CountsOctetsToo)
{
    Counting source(std::chrono::seconds(60));
    CacheOptions options;
    options.max_bytes = 16 * 1024;
    CachedResolver resolver(source, options);
    for (int i = 0; i < 1000; ++i) ask(resolver, std::string(60, 'n') + ".n" + std::to_string(i) + ".test", Type::a);
    EXPECT_GT(resolver.size(), 0U);
    EXPECT_LT(resolver.size(), 100U);
}

TEST(CachedResolver, DoesNotKeepWhatIsLong)
{
    CannedResolver source("acme.test TXT " + std::string(2000, 'x') + "\n");
    CachedResolver resolver(source, {.max_answer_bytes = 1000});
    EXPECT_EQ(ask(resolver, "acme.test", Type::txt).records.front().size(), 2000U);
    EXPECT_EQ(resolver.size(), 0U);
}

}  // namespace
}  // namespace sealpost::dns
