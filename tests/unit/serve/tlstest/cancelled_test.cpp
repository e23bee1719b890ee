#include "farm.hpp"

#include "sys/async/task_group.hpp"
#include "sys/async/workers.hpp"
#include "sys/dns/canned_resolver.hpp"

namespace sealpost::tlstest {
namespace {

// Knows the mail host's name, and never its address.
class HalfResolver final : public dns::Resolver {
public:
    Task<dns::Answer> query(std::string name, dns::Type type, Deadline deadline) override
    {
        dns::Answer answer;
        if (type == dns::Type::mx) {
            answer = co_await known_.query(std::move(name), type, deadline);
        } else {
            [[maybe_unused]] auto slept = co_await async::sleep_until(Deadline::never());
        }
        co_return answer;
    }

private:
    dns::CannedResolver known_{"acme.test MX 10 mx.acme.test\n"};
};

struct Seen {
    explicit Seen(Executor executor) : looking(executor) {}
    async::Signal looking;
    std::weak_ptr<int> options;  // alive as long as the test's frame
    bool has_ended = false;
    bool outlived_the_test = false;
};

Task<route::StsFinding> look_for_ever(Seen& seen)
{
    seen.looking.notify();
    [[maybe_unused]] auto slept = co_await async::sleep_until(Deadline::never());
    seen.has_ended = true;
    seen.outlived_the_test = seen.options.expired();
    co_return route::StsFinding();
}

Task<void> test_into_nothing(dns::Resolver& resolver, DomainTestOptions options)
{
    auto context = acme_authority().trusting_client();
    [[maybe_unused]] auto result = co_await test_domain(resolver, std::move(context), "acme.test", std::move(options));
}

DomainTestOptions make_options(Seen& seen)
{
    auto marker = std::make_shared<int>();
    seen.options = marker;
    DomainTestOptions options;
    options.on_result = [marker = std::move(marker)](const HostResult&) {};
    options.find_sts = [&seen](const std::string&, Deadline) { return look_for_ever(seen); };
    return options;
}

Task<void> cancel_a_test(bool& has_ended, bool& outlived)
{
    Executor executor = co_await async::this_executor();
    HalfResolver resolver;
    Seen seen(executor);
    async::TaskGroup group(executor);
    group.spawn(test_into_nothing(resolver, make_options(seen)));
    [[maybe_unused]] const bool told = co_await seen.looking.wait(Deadline::after(std::chrono::seconds(20)));
    group.cancel();
    co_await group.join();
    has_ended = seen.has_ended;
    outlived = seen.outlived_the_test;
}

TEST(ACancelledDomainTest, WaitsForTheLookAtThePolicyThatUsesItsFrame)
{
    bool has_ended = false;
    bool outlived = true;
    async::run_here([&] { return cancel_a_test(has_ended, outlived); });
    EXPECT_TRUE(has_ended);
    EXPECT_FALSE(outlived);
}

}  // namespace
}  // namespace sealpost::tlstest
