#include "serve/node/load_watch.hpp"

#include "core/queue/queue_fixture.hpp"
#include "sys/async/task_group.hpp"

#include <future>
#include <thread>

namespace sealpost::node {
namespace {

Deadline soon() { return Deadline::after(std::chrono::seconds(20)); }

// All that read the store wait until it is let go.
class Holdup {
public:
    explicit Holdup(const std::shared_ptr<db::Database>& database)
    {
        for (int i = 0; i < 8; ++i) readers_.emplace_back([this, database] { hold(*database); });
        while (held_ < 2) std::this_thread::yield();
    }
    ~Holdup() { let_go(); }
    void let_go()
    {
        if (!std::exchange(is_over_, true)) end_.set_value();
        readers_.clear();
    }

private:
    void hold(db::Database& database)
    {
        auto work = [this](db::Connection&) -> Result<int> {
            ++held_;
            ended_.wait();
            return 0;
        };
        EXPECT_TRUE(database.read_now(std::move(work)));
    }

    std::promise<void> end_;
    std::shared_future<void> ended_ = end_.get_future().share();
    bool is_over_ = false;
    std::atomic<int> held_{0};
    std::vector<std::jthread> readers_;
};

class LoadWatchTest : public queue::QueueFixture {
protected:
    Task<void> await_value(load::Resource resource, std::uint64_t least)
    {
        const Deadline patience = soon();
        while (load_->value(resource) < least && !patience.has_passed()) {
            auto slept = co_await async::sleep_until(Deadline::after(std::chrono::milliseconds(5)));
            if (!slept) co_return;
        }
    }
    Task<void> watch_while_the_store_hangs(LoadWatch& watch, Holdup& holdup)
    {
        Executor executor = co_await async::this_executor();
        async::TaskGroup watching(executor);
        watching.spawn(watch.run());
        co_await await_value(load::Resource::disk, 1);
        disk_ = load_->value(load::Resource::disk);
        counted_ = load_->value(load::Resource::queue_messages);
        holdup.let_go();
        co_await await_value(load::Resource::queue_messages, 1);
        watching.cancel();
        co_await watching.join();
    }

    async::BlockingPool pool_{1};
    Task<void> watch_for_damage(LoadWatch& watch)
    {
        Executor executor = co_await async::this_executor();
        async::TaskGroup watching(executor);
        watching.spawn(watch.run());
        co_await await_value(load::Resource::store, 1);
        watching.cancel();
        co_await watching.join();
    }

    std::shared_ptr<load::Load> load_ =
        std::make_shared<load::Load>(load::Limits{.queue_messages = 10, .free_bytes = 1, .damages = 1});
    std::uint64_t disk_ = 0;
    std::uint64_t counted_ = 0;
};

TEST_F(LoadWatchTest, SeesTheDisksAlsoWhileTheStoreDoesNotAnswer)
{
    accept(queue::make_message({"bob@partner.test"}));
    LoadWatch watch({load_, queue_, database_, &pool_, {directory_}, log::Log::silent()});
    Holdup holdup(database_);
    async::run_here([&] { return watch_while_the_store_hangs(watch, holdup); });
    EXPECT_GT(disk_, 0U);
    EXPECT_EQ(counted_, 0U);
    EXPECT_EQ(load_->value(load::Resource::queue_messages), 1U);
}

// A store that has said that it is damaged.
class DamagedDatabase final : public db::Database {
public:
    Result<> migrate(const std::string&, const std::vector<std::string_view>&) override { return {}; }
    void close() override {}
    [[nodiscard]] bool is_damaged() const override { return true; }

private:
    void start(std::shared_ptr<Job> job, Kind, std::function<void()> done) override
    {
        job->fail({Fault::give_up, "damaged"});
        done();
    }
};

TEST_F(LoadWatchTest, SeesThatTheStoreIsDamaged)
{
    LoadWatch watch({load_, queue_, std::make_shared<DamagedDatabase>(), &pool_, {directory_}, log::Log::silent()});
    EXPECT_FALSE(load_->is_short(load::Resource::store));
    async::run_here([&] { return watch_for_damage(watch); });
    EXPECT_TRUE(load_->is_short(load::Resource::store));
    load_->note_store(false);
    EXPECT_FALSE(load_->is_short(load::Resource::store));
}

}  // namespace
}  // namespace sealpost::node
