// tlsreports: reports about TLS on their way (RFC 8460). Counter takes what the courier saw; Sender brings what was
// counted of a day, when the day is over, by mail and HTTPS to whom the domain's record names; Inbox reads what others
// send us out of the gateway's queue into the store. Numbers are core/tlsreports', the format is wire/tlsrpt's. A failure
// is tried again for a day, and then given up: nobody waits for an old report.
#pragma once

#include "core/queue/queue.hpp"
#include "core/tlsreports/reports.hpp"
#include "sys/async/blocking_pool.hpp"
#include "sys/dns/resolver.hpp"
#include "sys/http/client.hpp"
#include "sys/log/log.hpp"
#include "wire/tlsrpt/record.hpp"

#include <memory>
#include <string>
#include <vector>

namespace sealpost::tlsreports {

// The report about a day; without policies when nothing was counted.
struct Reporter {
    std::string organisation;
    std::string contact;
    std::string submitter;  // our domain name
};
[[nodiscard]] tlsrpt::Report make_report(const Reporter& reporter, const Period& period,
                                         std::vector<tlsrpt::PolicyResult> results);

class Sender {
public:
    struct Parts {
        std::shared_ptr<Reports> reports;
        std::shared_ptr<queue::Queue> queue;
        std::shared_ptr<dns::Resolver> resolver;
        std::shared_ptr<http::HttpClient> client;
        async::BlockingPool* pool = nullptr;
        const Clock* clock = nullptr;
        Reporter reporter;
        std::string from;   // From, and the envelope sender
        std::string lane;   // of the queue: in clear form, signed (RFC 8460 §3)
        std::string facts;  // of the queued message: JSON that makes the lane sign it, and leave where TLS fails
        std::chrono::seconds dns_timeout{10};
        std::chrono::seconds http_timeout{30};
        log::Log log = log::Log::silent();
    };
    static constexpr std::size_t max_destinations = 5;  // of one report; the first ones
    // RFC 8460 §5.5: tried again for a day after the first try, in growing steps.
    static constexpr std::chrono::minutes first_retry{1};
    static constexpr std::chrono::minutes longest_retry{240};
    static constexpr int max_attempts = 12;               // the last one 16 h behind the first; given up 4 h later
    static constexpr std::chrono::days give_up_after{3};  // behind the end of the day that it is about

    explicit Sender(Parts parts) : parts_(std::move(parts)) {}

    // Brings every report that is due on its way; answers how many went to everybody who wants them. One call at a
    // time. One whose settlement is lost in a crash goes twice, with the same report-id, by which its reader knows it.
    Task<Result<int>> send_due();

private:
    struct Round;
    struct Errand;
    Task<void> send_in(Round& round, Period period);
    Task<Result<bool>> send(Period period);
    Task<Result<>> put_off(Period period, std::string problem);
    Task<Result<bool>> bring(Errand& errand);
    Task<Result<>> queue_mail(Errand& errand);
    Task<void> post_all(Errand& errand);
    Task<void> post(Errand& errand, std::string url);
    Task<Result<std::string>> write_report(Period period);
    [[nodiscard]] queue::BouncePlan mail_plan() const;

    Parts parts_;
};

}  // namespace sealpost::tlsreports
