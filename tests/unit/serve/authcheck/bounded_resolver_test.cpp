#include "serve/authcheck/bounded_resolver.hpp"

#include "sys/async/wait.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <gtest/gtest.h>

namespace sealpost::authcheck {
namespace {

constexpr std::string_view zone = "mx.acme.test A 192.0.2.1\n";
constexpr std::chrono::milliseconds limit{50};

dns::Answer ask(dns::Resolver& resolver, const std::string& name)
{
    return async::wait_here(resolver.query(name, dns::Type::a, Deadline::after(std::chrono::minutes(10))));
}

// Answers nothing before the deadline.
class SilentResolver final : public dns::Resolver {
public:
    Task<dns::Answer> query(std::string, dns::Type, Deadline deadline) override
    {
        auto slept = co_await async::sleep_until(deadline);
        static_cast<void>(slept);
        co_return dns::Answer();
    }
};

TEST(ABoundedResolver, EndsAQuestionWhenItsOwnLimitIsOver)
{
    SilentResolver silent;
    BoundedResolver bounded(silent, limit);
    EXPECT_EQ(ask(bounded, "mx.acme.test").status, dns::Status::temporary);
}

TEST(ABoundedResolver, HandsOnWhatTheOtherHasAtHand)
{
    dns::CannedResolver canned(zone);
    dns::CachedResolver cached(canned);
    BoundedResolver bounded(cached, limit);
    EXPECT_EQ(bounded.find_known("mx.acme.test", dns::Type::a), nullptr);
    EXPECT_EQ(ask(bounded, "mx.acme.test").records, std::vector<std::string>{"192.0.2.1"});
    const auto known = bounded.find_known("mx.acme.test", dns::Type::a);
    ASSERT_NE(known, nullptr);
    EXPECT_EQ(known->records, std::vector<std::string>{"192.0.2.1"});
}

TEST(ABoundedResolver, HasNothingAtHandWhereTheOtherKeepsNothing)
{
    dns::CannedResolver canned(zone);
    BoundedResolver bounded(canned, limit);
    EXPECT_EQ(ask(bounded, "mx.acme.test").status, dns::Status::found);
    EXPECT_EQ(bounded.find_known("mx.acme.test", dns::Type::a), nullptr);
}

}  // namespace
}  // namespace sealpost::authcheck
