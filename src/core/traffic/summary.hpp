#pragma once

#include "core/traffic/facts.hpp"
#include "core/traffic/play.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sealpost::traffic {

// What came in lately, summed up by one of these (doc/spec/traffic.md, "How it is summed up").
enum class Subject { host, network, group, sender_domain, author_domain, tls, spf, dkim, dmarc };
[[nodiscard]] std::string_view format_subject(Subject subject);  // "sender-domain"
[[nodiscard]] std::optional<Subject> parse_subject(std::string_view word);
[[nodiscard]] std::vector<std::string> list_subjects();
// Of a connection only its host is remembered. What is summed up by anything else counts messages alone.
[[nodiscard]] bool counts_connections(Subject subject);

// What an administrator may be after.
enum class Concern { no_tls, refused, spf_failed, dkim_failed, dmarc_failed };
[[nodiscard]] std::string_view format_concern(Concern concern);  // "no-tls"
[[nodiscard]] std::optional<Concern> parse_concern(std::string_view word);
[[nodiscard]] std::vector<std::string> list_concerns();

struct Question {
    Subject by = Subject::host;
    std::string listener = {};           // empty: all
    std::optional<WallTime> since = {};  // absent: whatever is known
    std::optional<Concern> only = {};    // rows that have some of it, those with the most first
    std::size_t limit = 20;              // of rows
};

struct Figures {
    std::uint64_t connections = 0;
    std::uint64_t connections_refused = 0;  // by their greeting
    std::uint64_t messages = 0;
    std::uint64_t messages_refused = 0;
    std::uint64_t with_tls = 0;  // of the messages, like what follows
    std::uint64_t spf_failed = 0;
    std::uint64_t dkim_failed = 0;
    std::uint64_t dmarc_failed = 0;
    friend bool operator==(const Figures&, const Figures&) = default;
};

struct SummaryRow {
    std::string name;  // in parentheses where nothing is known to name it by
    Figures figures;
};

// What there is of a kind, whatever was asked.
struct Known {
    std::uint64_t count = 0;
    WallTime oldest{};  // with a count only
};

struct Summary {
    Question question;
    Known connections, messages;
    bool knows_listener = false;   // some fact is of the listener that was asked for, however old it is
    Figures all;                   // of what was asked for, also of rows that `only` leaves out
    std::vector<SummaryRow> rows;  // the most messages first, then the most connections, then by name
    std::uint64_t other_rows = 0;  // beyond the limit
    Figures others;                // of these together
};

// Counts records as they come, in any order, and keeps none: its memory grows with the names that it meets.
class SummaryTally {
public:
    // `policy` says which sender group a host falls into; it outlives this, and may be null for any other subject.
    explicit SummaryTally(Question question, const policy::Snapshot* policy = nullptr);

    void add(const ConnectionRecord& record);
    void add(const MessageRecord& record);
    [[nodiscard]] Summary sum() const;

private:
    [[nodiscard]] bool is_asked_for(const policy::ConnectionFacts& facts, WallTime at);
    [[nodiscard]] std::string find_name(const policy::ConnectionFacts& facts);
    [[nodiscard]] std::string find_name(const MessageRecord& record);

    std::optional<Player> player_;
    Summary summary_;  // without its rows
    std::unordered_map<std::string, Figures> rows_;
};

// `keep`: how many facts of a kind a gateway keeps at most.
[[nodiscard]] boost::json::object to_json(const Summary& summary, std::size_t keep);  // doc/spec/traffic.md
[[nodiscard]] std::string format_summary(const Summary& summary, std::size_t keep);   // for a terminal, as a table

}  // namespace sealpost::traffic
