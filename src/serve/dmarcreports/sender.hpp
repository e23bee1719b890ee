// dmarcreports: aggregate reports of DMARC on their way. Sender mails what this node counted of a day, when
// the day is over, to the addresses that the domain names and that agree (RFC 7489 §7.1, §7.2); Inbox reads
// what others send us out of the gateway's queue into the store. Numbers are core/dmarcreports', the format is
// wire/dmarc's. A failure is tried again, and given up some days later: nobody waits for an old report.
#pragma once

#include "core/dmarcreports/reports.hpp"
#include "core/queue/queue.hpp"
#include "sys/async/blocking_pool.hpp"
#include "sys/dns/resolver.hpp"
#include "sys/log/log.hpp"
#include "wire/dmarc/destination.hpp"

#include <memory>
#include <string>
#include <vector>

namespace sealpost::dmarcreports {

class Sender {
public:
    struct Parts {
        std::shared_ptr<Reports> reports;
        std::shared_ptr<queue::Queue> queue;
        std::shared_ptr<dns::Resolver> resolver;
        async::BlockingPool* pool = nullptr;
        const Clock* clock = nullptr;
        std::string organisation;
        std::string contact;    // the address in the report's metadata
        std::string from;       // From, and the envelope sender
        std::string submitter;  // our domain name
        std::string lane;       // of the queue: in clear form, signed
        std::string facts;      // of the queued message: JSON that makes the lane sign it
        std::chrono::seconds dns_timeout{10};
        log::Log log = log::Log::silent();
    };
    static constexpr std::size_t max_destinations = 5;  // of one report; the first ones that agree
    static constexpr std::chrono::hours retry_after{1};
    static constexpr std::chrono::days give_up_after{3};  // behind the end of the day that it is about

    explicit Sender(Parts parts) : parts_(std::move(parts)) {}

    // Queues the mails of every report that is due; answers how many there were. One call at a time. A
    // report whose mail is queued and whose settlement is lost in a crash is sent twice, with the same
    // Report-ID, by which its reader knows it.
    Task<Result<int>> send_due();

private:
    struct Round;
    struct Destinations;
    Task<void> send_in(Round& round, Period period);
    Task<void> verify(const Period& period, std::size_t address, dmarc::Destination& into);
    Task<Result<bool>> send(Period period);
    Task<Result<>> put_off(Period period, std::string problem);
    Task<Destinations> find_destinations(Period period);
    Task<Result<std::string>> write_report(Period period);
    Task<Result<>> queue_mail(Period period, std::vector<std::string> to, std::string packed);
    [[nodiscard]] std::string make_report_id(const Period& period) const;

    Parts parts_;
};

}  // namespace sealpost::dmarcreports
