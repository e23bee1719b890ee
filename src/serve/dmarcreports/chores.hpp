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

// Sends what is due; until cancelled. A task of its own: a name server that does not answer must not keep counts from being
// written.
Task<void> send_reports(std::shared_ptr<Sender> sender, log::Log log,
                        std::chrono::milliseconds interval = std::chrono::minutes(1));

}  // namespace sealpost::dmarcreports
