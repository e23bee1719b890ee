#pragma once

#include "core/dmarcreports/reports.hpp"
#include "core/queue/dispatcher.hpp"
#include "core/tally/held_octets.hpp"
#include "sys/async/blocking_pool.hpp"
#include "wire/dmarc/report_mail.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace sealpost::dmarcreports {

// Whether a recipient is that address; case does not matter. Never with an empty `inbox`.
[[nodiscard]] bool is_report_inbox(std::string_view recipient, std::string_view inbox);

// Reads reports out of the queue into the store. Mail that holds no readable report may be from a person: it
// goes on like all other mail to that address, in the lane `next_lane`.
class Inbox final : public queue::Deliverer {
public:
    struct Parts {
        std::shared_ptr<Reports> reports;
        std::shared_ptr<queue::Queue> queue;
        async::BlockingPool* pool = nullptr;
        // Out of the facts of a message in the queue: the domain in From that it was proven to come from; empty: none.
        std::function<std::string(std::string_view facts)> find_author;
        std::string next_lane;
        log::Log log = log::Log::silent();
        dmarc::MailLimits limits;
        std::int64_t max_held_bytes = 64 * 1024 * 1024;  // of all mails that are read at the same time; others wait
    };
    explicit Inbox(Parts parts) : parts_(std::move(parts)), held_(parts_.max_held_bytes) {}

    Task<queue::Report> deliver(queue::DueMessage message) override;

private:
    Task<Result<dmarc::ReceivedReport>> read(queue::DueMessage message);
    Task<queue::Report> keep(queue::DueMessage message, dmarc::AggregateReport report);
    queue::Report pass_on(const queue::DueMessage& message, const std::string& why) const;

    Parts parts_;
    tally::HeldOctets held_;
};

}  // namespace sealpost::dmarcreports
