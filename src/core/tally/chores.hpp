#pragma once

#include "sys/async/task.hpp"
#include "sys/log/log.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace sealpost::tally {

enum class Chore { write, sweep, send };
// Logs what failed, under a name of the room's own; the chore is done again when its time comes.
using TellProblem = void (*)(const log::Log& log, Chore chore, const Error& error);

template <class Reports>
struct ChoreParts {
    std::shared_ptr<Reports> reports;
    log::Log log = log::Log::silent();
    std::chrono::milliseconds flush_interval{5000};
    std::chrono::milliseconds sweep_interval{3'600'000};
};

// Writes what was counted, and forgets what is old; until cancelled. What is counted after the last flush is for
// Reports::flush_now().
template <class Reports>
Task<void> run_chores(ChoreParts<Reports> parts, TellProblem tell)
{
    Deadline next_sweep = Deadline::after(std::chrono::milliseconds(0));
    while (true) {
        auto flushed = co_await parts.reports->flush();
        if (flushed.has_error()) tell(parts.log, Chore::write, flushed.error());
        if (next_sweep.has_passed()) {
            next_sweep = Deadline::after(parts.sweep_interval);
            auto swept = co_await parts.reports->sweep();
            if (swept.has_error()) tell(parts.log, Chore::sweep, swept.error());
        }
        auto slept = co_await async::sleep_until(Deadline::after(parts.flush_interval));
        if (slept.has_error()) co_return;
    }
}

template <class Sender>
struct SendingParts {
    std::shared_ptr<Sender> sender;
    log::Log log = log::Log::silent();
    std::function<bool()> is_ours = [] { return true; };  // whether no other node that shares the store sends them
    std::chrono::milliseconds interval{60'000};
};

// Sends what is due; until cancelled. A task of its own: a server that does not answer must not keep counts from being
// written.
template <class Sender>
Task<void> send_reports(SendingParts<Sender> parts, TellProblem tell)
{
    while (true) {
        Result<int> sent = 0;
        if (parts.is_ours()) sent = co_await parts.sender->send_due();
        if (sent.has_error()) tell(parts.log, Chore::send, sent.error());
        auto slept = co_await async::sleep_until(Deadline::after(parts.interval));
        if (slept.has_error()) co_return;
    }
}

}  // namespace sealpost::tally
