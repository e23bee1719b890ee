// tlsreports: how TLS went with the mail hosts of other domains, by the day (RFC 8460). It counts the sessions of this
// node's deliveries, and knows which reports it owes, has sent or gave up; of the reports that others send us it keeps
// each once. It asks no DNS and sends nothing: serve/tlsreports does.
// Any thread may call. record() only counts in memory, and flush() writes: what was counted since the last flush is lost
// when the program dies, seconds of a day's statistics. A Fault means that the store is not at hand.
#pragma once

#include "base/clock.hpp"
#include "base/id.hpp"
#include "core/tally/day.hpp"
#include "core/tally/surplus.hpp"
#include "sys/async/task.hpp"
#include "sys/db/database.hpp"
#include "sys/log/log.hpp"
#include "wire/tlsrpt/report.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sealpost::tlsreports {

using PeriodId = Id<struct PeriodIdTag, std::int64_t>;
using ReceivedId = Id<struct ReceivedIdTag, std::int64_t>;
using tally::Day;
using tally::format_state;
using tally::PeriodState;

struct Settings {
    tally::Departure departure;            // of a day's reports
    std::size_t max_pending = 20'000;      // different rows in memory between two flushes
    std::int64_t max_rows = 2'000;         // different rows of one report; more sessions are only counted
    std::int64_t max_periods = 20'000;     // domains of one day
    std::size_t max_reason_bytes = 500;    // of what is told about a failure
    std::chrono::days keep_sent{30};       // after they were settled
    std::chrono::days keep_received{400};  // after they came
    std::int64_t max_received = 20'000;    // reports; the oldest go first
    tally::KeptOctets max_received_octets{1024LL << 20, 256LL << 20};  // of their JSON
};

// One connection to an address of a mail host, or a policy that forbade it.
struct Session {
    WallTime at;
    tlsrpt::Policy policy;                   // with the recipients' domain
    std::optional<tlsrpt::Failure> failure;  // absent: it went well. Its count is not looked at
};

// One report of ours: about one domain on one day.
struct Period {
    PeriodId id;
    Day day;
    std::string domain;
    PeriodState state = PeriodState::open;
    std::int64_t rows = 0;
    std::int64_t succeeded = 0;  // sessions
    std::int64_t failed = 0;
    std::int64_t omitted = 0;  // of all: in no row
    WallTime due_at;
    int attempts = 0;
    std::optional<WallTime> settled_at;
    std::vector<std::string> done;  // where it went
    std::string told;               // the last problem; empty: none
};

struct Filter {
    std::string domain;  // empty: all
    int most = 100;      // newest first
};

// The mail that brought a report. Organisation and report id are its author's claims: only what proves the author keeps
// one from being taken for another's.
struct Origin {
    std::string sender;  // of the envelope; empty: unknown
    std::string author;  // domain in From that the mail was proven to come from; empty: nothing proves one
};

struct Received {
    ReceivedId id;
    Origin origin;
    WallTime received_at;
    std::string organisation;
    std::string report_id;
    std::vector<std::string> domains;  // that it tells of
    WallTime begin;
    WallTime end;
    std::int64_t succeeded = 0;
    std::int64_t failed = 0;
};

struct DomainSummary {
    std::string domain;
    std::int64_t reports = 0;
    std::int64_t succeeded = 0;
    std::int64_t failed = 0;
    WallTime last_end;
};

struct FailureSummary {
    std::string result;  // "certificate-expired"
    std::string receiving_host;
    std::int64_t sessions = 0;
    std::int64_t reports = 0;
};

class Reports {
public:
    // The clock outlives it.
    [[nodiscard]] static Result<std::shared_ptr<Reports>> open(std::shared_ptr<db::Database> database, const Clock& clock,
                                                               log::Log log, Settings settings = {});
    ~Reports();
    Reports(const Reports&) = delete;
    Reports& operator=(const Reports&) = delete;

    // --- what we see
    void record(Session session);  // some microseconds, never waits
    Task<Result<>> flush();
    [[nodiscard]] Result<> flush_now();  // the calling thread waits: for the end of the program, never on a worker

    // --- what we report
    Task<Result<std::vector<Period>>> due(int most);  // their day is over; oldest first
    Task<Result<std::vector<tlsrpt::PolicyResult>>> load_results(PeriodId period);
    Task<Result<>> settle(PeriodId period, PeriodState state, std::vector<std::string> done, std::string told);
    Task<Result<>> postpone(PeriodId period, WallTime due_at, std::vector<std::string> done, std::string problem);
    Task<Result<std::vector<Period>>> list_periods(Filter filter);
    Task<Result<std::optional<Period>>> find_period(PeriodId period);

    // --- what others report
    // False: this author's report is known already.
    Task<Result<bool>> keep(tlsrpt::Report report, Origin origin);
    Task<Result<std::vector<Received>>> list_received(Filter filter);
    Task<Result<std::optional<tlsrpt::Report>>> load_received(ReceivedId report);
    // Of the reports that end after `since`, the most failures first.
    Task<Result<std::vector<DomainSummary>>> summarise_domains(WallTime since, int most = 100);
    Task<Result<std::vector<FailureSummary>>> summarise_failures(std::string domain, WallTime since, int most = 1000);

    // Forgets what is too old or too much (Settings).
    Task<Result<>> sweep();

    struct State;

private:
    explicit Reports(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

}  // namespace sealpost::tlsreports
