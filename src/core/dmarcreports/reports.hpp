// reports: what DMARC found, by the day. Of the mail that this node judges it counts what domains want to hear
// about, and knows which reports it owes, has sent or gave up; of the reports that others send us it keeps the
// numbers, each report once. It asks no DNS and sends nothing: serve/dmarcreports does.
// Any thread may call. record() only counts in memory, and flush() writes: what was counted since the last
// flush is lost when the program dies, seconds of a day's statistics. A Fault means that the store is not
// at hand.
#pragma once

#include "base/clock.hpp"
#include "base/id.hpp"
#include "core/tally/day.hpp"
#include "core/tally/surplus.hpp"
#include "sys/async/task.hpp"
#include "sys/db/database.hpp"
#include "sys/log/log.hpp"
#include "wire/dmarc/report.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sealpost::dmarcreports {

using PeriodId = Id<struct PeriodIdTag, std::int64_t>;
using ReceivedId = Id<struct ReceivedIdTag, std::int64_t>;
using tally::Day;
using tally::format_state;
using tally::PeriodState;

struct Settings {
    tally::Departure departure;            // of a day's reports
    std::size_t max_pending = 20'000;      // different rows in memory between two flushes
    std::int64_t max_rows = 10'000;        // different rows of one report; more messages are only counted
    std::int64_t max_periods = 10'000;     // reports about one day
    std::chrono::days keep_sent{30};       // after they were settled
    std::chrono::days keep_received{400};  // after they came: a year can be compared with the last one
    std::int64_t max_received = 20'000;    // reports; the oldest go first
    std::int64_t max_received_rows = 2'000'000;
    tally::KeptOctets max_received_octets{2048LL << 20, 512LL << 20};  // as they are stored
};

// One message, judged, that its author's domain wants to hear about.
struct Judged {
    WallTime at;
    std::string domain;    // where the record stands
    dmarc::Record record;  // as it was applied
    dmarc::ReportRow row;  // its count is not looked at: one message
};

// What the gateway knows about a message besides the judgement.
struct MessageFacts {
    WallTime at;
    IpAddress source;
    std::string envelope_from;  // domain of MAIL FROM; empty: the null reverse-path
    std::string envelope_to;    // domain of the recipients; may be empty
    std::vector<dmarc::DkimAuth> dkim;
    std::vector<dmarc::SpfAuth> spf;
    dmarc::Policy disposition = dmarc::Policy::none;  // what was done in the end
    std::string override_reason;                      // why, where that is not what the policy asked for
};
// Absent when there is nobody to tell: no usable record, or none that names a report address; or when
// nothing final is known (temperror).
[[nodiscard]] std::optional<Judged> describe(const dmarc::Judgement& judgement, const MessageFacts& facts);

// One report of ours: about one published policy on one day.
struct Period {
    PeriodId id;
    Day day;
    dmarc::PolicyPublished policy;
    std::vector<dmarc::ReportAddress> addresses;  // rua=, as last seen
    PeriodState state = PeriodState::open;
    std::int64_t rows = 0;
    std::int64_t messages = 0;
    std::int64_t omitted = 0;  // of the messages: in no row
    WallTime due_at;
    int attempts = 0;
    std::optional<WallTime> settled_at;
    std::string told;  // to whom it went, or the last problem
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
    dmarc::PolicyPublished policy;
    WallTime begin;
    WallTime end;
    std::int64_t rows = 0;
    std::int64_t messages = 0;
    std::int64_t passed = 0;  // messages that passed DMARC
};

// Messages of one domain, by the address that they came from.
struct SourceSummary {
    std::string source;
    std::int64_t messages = 0;
    std::int64_t passed = 0;
    std::int64_t dkim = 0;  // aligned
    std::int64_t spf = 0;   // aligned
    std::int64_t quarantined = 0;
    std::int64_t rejected = 0;
    std::int64_t reports = 0;
};

struct DomainSummary {
    std::string domain;
    std::int64_t reports = 0;
    std::int64_t messages = 0;
    std::int64_t passed = 0;
    WallTime last_end;
};

class Reports {
public:
    // The clock outlives it.
    [[nodiscard]] static Result<std::shared_ptr<Reports>> open(std::shared_ptr<db::Database> database, const Clock& clock,
                                                               log::Log log, Settings settings = {});
    ~Reports();
    Reports(const Reports&) = delete;
    Reports& operator=(const Reports&) = delete;

    // --- what we judge
    void record(Judged judged);  // some microseconds, never waits
    Task<Result<>> flush();
    [[nodiscard]] Result<> flush_now();  // the calling thread waits: for the end of the program, never on a worker

    // --- what we report
    Task<Result<std::vector<Period>>> due(int most);  // their day is over; oldest first
    Task<Result<std::vector<dmarc::ReportRow>>> load_rows(PeriodId period);
    Task<Result<>> settle(PeriodId period, PeriodState state, std::string told);
    Task<Result<>> postpone(PeriodId period, WallTime due_at, std::string problem);
    Task<Result<std::vector<Period>>> list_periods(Filter filter);
    Task<Result<std::optional<Period>>> find_period(PeriodId period);

    // --- what others report
    // False: this author's report is known already.
    Task<Result<bool>> keep(dmarc::AggregateReport report, Origin origin);
    Task<Result<std::vector<Received>>> list_received(Filter filter);
    Task<Result<std::optional<dmarc::AggregateReport>>> load_received(ReceivedId report);
    Task<Result<std::vector<DomainSummary>>> summarise_domains(WallTime since);
    // The sources with the most messages first, of the reports that end after `since`.
    Task<Result<std::vector<SourceSummary>>> summarise_sources(std::string domain, WallTime since, int most = 1000);

    // Forgets what is too old or too much (Settings).
    Task<Result<>> sweep();

    struct State;

private:
    explicit Reports(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

}  // namespace sealpost::dmarcreports
