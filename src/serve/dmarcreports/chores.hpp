#pragma once

#include "serve/dmarcreports/sender.hpp"

namespace sealpost::dmarcreports {

struct ChoreParts {
    std::shared_ptr<reports::Reports> reports;
    log::Log log = log::Log::silent();
    std::chrono::milliseconds flush_interval{5000};
    std::chrono::milliseconds sweep_interval{3'600'000};
};

// Writes what was counted, and forgets what is old; until cancelled. What is counted after the last flush is for
// Reports::flush_now().
Task<void> run_chores(ChoreParts parts);

struct SendingParts {
    std::shared_ptr<Sender> sender;
    std::shared_ptr<queue::Queue> queue;
    log::Log log = log::Log::silent();
    std::chrono::milliseconds interval{60'000};
};

// Sends what is due, where no other node that shares the store does; until cancelled. A task of its own: a name server that does
// not answer must not keep counts from being written.
Task<void> send_reports(SendingParts parts);

}  // namespace sealpost::dmarcreports
