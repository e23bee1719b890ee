#include "core/mtasts/cache.hpp"

#include "sys/async/workers.hpp"
#include "temporary_folder.hpp"
#include "test_store.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace sealpost::mtasts {
namespace {

using Mode = route::StsPolicy::Mode;

class CacheTest : public testing::Test {
protected:
    CacheTest() { open(); }
    ~CacheTest() override { cache_.reset(); }

    void open() { cache_ = Cache::open(test::open_store(folder_.string() + "/store.db").value(), clock_).value(); }

    std::optional<KeptPolicy> find(const std::string& domain)
    {
        std::optional<KeptPolicy> kept;
        async::run_here([&]() -> Task<void> {
            auto found = co_await cache_->find(domain);
            kept = found.value();
        });
        return kept;
    }

    void keep(const std::string& domain, KeptPolicy kept)
    {
        async::run_here([&]() -> Task<void> {
            auto done = co_await cache_->keep(domain, kept);
            EXPECT_TRUE(done.has_value());
        });
    }

    KeptPolicy policy(std::chrono::seconds max_age)
    {
        return {"20260101", {Mode::enforce, {"mx.acme.test", "*.acme.test"}, max_age}, clock_.now()};
    }

    test::TemporaryFolder temporary_;
    const std::filesystem::path folder_ = temporary_.path();
    ManualClock clock_{WallTime(std::chrono::hours(24 * 365 * 56))};
    std::shared_ptr<Cache> cache_;
};

TEST_F(CacheTest, KeepsAPolicyThroughARestart)
{
    const KeptPolicy kept = policy(std::chrono::hours(1));
    keep("acme.test", kept);
    cache_.reset();
    open();
    EXPECT_EQ(find("acme.test"), kept);
    EXPECT_EQ(find("partner.test"), std::nullopt);
}

TEST_F(CacheTest, ForgetsAPolicyWhenItsAgeIsOver)
{
    keep("acme.test", policy(std::chrono::hours(1)));
    clock_.advance(std::chrono::hours(1) - std::chrono::milliseconds(1));
    EXPECT_TRUE(find("acme.test").has_value());
    clock_.advance(std::chrono::milliseconds(1));
    EXPECT_FALSE(find("acme.test").has_value());
}

TEST_F(CacheTest, TakesTheNewerPolicyInPlaceOfTheOlder)
{
    keep("acme.test", policy(std::chrono::hours(1)));
    KeptPolicy next = policy(std::chrono::hours(2));
    next.id = "20260102";
    next.policy.mode = Mode::none;
    next.policy.mx.clear();
    keep("acme.test", next);
    EXPECT_EQ(find("acme.test"), next);
}

}  // namespace
}  // namespace sealpost::mtasts
