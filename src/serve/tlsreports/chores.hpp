#pragma once

#include "serve/tlsreports/sender.hpp"

#include <functional>

namespace sealpost::tlsreports {

struct ChoreParts {
    std::shared_ptr<Reports> reports;
    log::Log log = log::Log::silent();
    std::chrono::milliseconds flush_interval{5000};
    std::chrono::milliseconds sweep_interval{3'600'000};
};

// Writes what was counted, and forgets what is old; until cancelled. What is counted after the last flush is for
// Reports::flush_now().
Task<void> run_chores(ChoreParts parts);

struct SendingParts {
    std::shared_ptr<Sender> sender;
    log::Log log = log::Log::silent();
    std::function<bool()> is_ours = [] { return true; };  // whether no other node that shares the store sends them
    std::chrono::milliseconds interval{60'000};
};

// Sends what is due; until cancelled. A task of its own: a server that does not
// answer must not keep counts from being written.
Task<void> send_reports(SendingParts parts);

}  // namespace sealpost::tlsreports
