#pragma once

#include "serve/tlsreports/sender.hpp"

namespace sealpost::tlsreports {

struct ChoreParts {
    std::shared_ptr<Reports> reports;
    std::shared_ptr<Sender> sender;  // null: this node sends no reports
    log::Log log = log::Log::silent();
    std::chrono::milliseconds flush_interval{5000};
    std::chrono::milliseconds send_interval{60'000};
    std::chrono::milliseconds sweep_interval{3'600'000};
};

// Writes what was counted, sends what is due, forgets what is old; until cancelled. What is counted after the
// last flush is for Reports::flush_now().
Task<void> run_chores(ChoreParts parts);

}  // namespace sealpost::tlsreports
