#pragma once

#include "core/queue/dispatcher.hpp"
#include "core/tally/held_octets.hpp"
#include "core/tlsreports/reports.hpp"
#include "sys/async/blocking_pool.hpp"
#include "sys/dns/resolver.hpp"
#include "wire/tlsrpt/report_mail.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace sealpost::tlsreports {

// Reads reports out of the queue into the store. Mail that holds no readable report may be from a person, and one whose
// domain in From did not sign it does not count (RFC 8460 §3): both go on like all other mail to that address, in the
// lane `next_lane`.
class Inbox final : public queue::Deliverer {
public:
    struct Parts {
        std::shared_ptr<Reports> reports;
        std::shared_ptr<queue::Queue> queue;
        std::shared_ptr<dns::Resolver> resolver;
        async::BlockingPool* pool = nullptr;
        const Clock* clock = nullptr;
        std::string next_lane;
        std::chrono::seconds dns_timeout{10};
        log::Log log = log::Log::silent();
        tlsrpt::MailLimits limits;
        std::int64_t max_held_bytes = 64 * 1024 * 1024;  // of all mails that are read at the same time; others wait
    };
    explicit Inbox(Parts parts) : parts_(std::move(parts)), held_(parts_.max_held_bytes) {}

    Task<queue::Report> deliver(queue::DueMessage message) override;

private:
    struct Opened;
    Task<Result<Opened>> open(queue::DueMessage message);
    Task<Result<std::string>> find_fault(Opened opened);  // empty: it is a report of who says so
    Task<queue::Report> keep(queue::DueMessage message, tlsrpt::Report report, std::string author);

    Parts parts_;
    tally::HeldOctets held_;
};

}  // namespace sealpost::tlsreports
