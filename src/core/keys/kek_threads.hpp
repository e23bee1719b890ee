#pragma once

#include "base/result.hpp"
#include "sys/async/blocking_pool.hpp"

#include <chrono>
#include <map>
#include <mutex>

namespace sealpost::keys {

// The threads on which keys are wrapped and unwrapped: a token takes tens of milliseconds over a network, and one that
// went away may hold a call for much longer. Neither the workers nor the store's own threads wait for it, nor do many
// callers: behind a call that hangs, and beyond some hundreds that wait, the answer is Fault::retry_later at once.
class KekThreads {
public:
    static constexpr unsigned threads = 4;
    static constexpr int most_calls = 256;
    static constexpr std::chrono::seconds longest_call{5};

    explicit KekThreads(std::chrono::milliseconds patience = longest_call) : patience_(patience), pool_(threads) {}

    // `work` answers a Result.
    template <class Work>
    auto run(Work work) -> Task<std::invoke_result_t<Work&>>
    {
        auto entered = enter();
        if (entered.has_error()) co_return entered.error();
        auto timed = [this, work = std::move(work)]() mutable {
            const Call call(*this);
            return work();
        };
        auto answer = co_await pool_.run(std::move(timed));
        co_return answer;
    }

private:
    // From when the call begins to its end.
    class Call {
    public:
        explicit Call(KekThreads& threads);
        ~Call();
        Call(const Call&) = delete;
        Call& operator=(const Call&) = delete;

    private:
        KekThreads& threads_;
        std::uint64_t number_;
    };
    Result<> enter();

    const std::chrono::milliseconds patience_;
    std::mutex guard_;
    int calls_ = 0;  // that wait or run
    std::uint64_t begun_ = 0;
    std::map<std::uint64_t, std::chrono::steady_clock::time_point> running_;  // oldest first
    async::BlockingPool pool_;                                                // last: its work ends before the rest goes
};

}  // namespace sealpost::keys
