#pragma once

#include "base/clock.hpp"
#include "core/queue/message.hpp"

#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace sealpost::queue {

// Who is next, in memory: the earliest due time of each destination domain as far as known, the ring
// of domains that are due, and the leases. It may believe a domain due too early, never too late:
// a domain leaves it before its rows are read, and whoever makes something due notes it afterwards.
//
// Fairness (doc/spec/queue.md): domains take turns; in the line of one domain a sender's first message goes before those
// that others sent in bulk; and a quarter of the places is kept for domains that deliver promptly, so that those that hang
// cannot have them all.
class Schedule {
public:
    // One domain's share of a claim.
    struct Turn {
        std::string domain;
        int quota = 0;
        int leased = 0;  // of this domain, which the reader will meet and pass over
    };
    struct Claim {
        std::vector<Turn> turns;
        std::unordered_set<MessageId> leased;  // when the claim began: before its snapshot
    };
    // What a turn found.
    struct Found {
        std::string domain;
        std::vector<MessageId> messages;
        bool has_more = false;             // more is due than the quota allowed
        std::optional<WallTime> next_due;  // of what is not due yet
        std::optional<WallTime> reached;   // the place in the line of the last of these messages
    };

    // Something of the domain becomes due. True: earlier than anything known of it.
    bool note(const std::string& domain, WallTime due_at);

    // The place of a new message in the line for its domain: the time at which it is due, now or earlier.
    [[nodiscard]] WallTime take_turn(const std::string& domain, const std::string& sender, WallTime now);

    // Absent while another claim is under way.
    std::optional<Claim> begin_claim(WallTime now, int most, const MostToDomain& most_to_domain);
    void end_claim(const std::vector<Found>& found, WallTime now);
    void abandon_claim(const Claim& claim, WallTime now);  // its read failed

    // What became of a leased message: nothing of it waits any more, or something does.
    void note_outcome(MessageId message, bool is_done, WallTime now);
    // Ends a lease; its domain, or absent when there was none.
    std::optional<std::string> release(MessageId message, WallTime now);
    [[nodiscard]] bool is_leased(MessageId message) const;
    [[nodiscard]] std::optional<WallTime> next_due() const;

private:
    using Times = std::unordered_map<std::string, WallTime>;

    // Those who wait in front of one domain; in memory only while something of it is due.
    struct Line {
        WallTime reached;                                   // the place of the last message that was handed out
        std::unordered_map<std::string, WallTime> last_of;  // the place of each sender's last message
    };
    struct Lease {
        std::string domain;
        WallTime since;
    };

    bool note_locked(const std::string& domain, WallTime due_at);
    void collect_due(WallTime now);
    Line& find_line(const std::string& domain, WallTime reached);  // `reached`: of one that is not known yet
    void remember(const std::string& domain, Line& line, const std::string& sender, WallTime turn);
    void forget_senders(const std::string& domain, Line& line);
    void note_senders(const std::string& domain, std::size_t before);  // of a line that had so many
    void forget_line(const std::string& domain);
    void follow_line(const Found& turn);
    void doubt_slow_domains(WallTime now);
    [[nodiscard]] int count_unproven_leases() const;
    void unpark(int most);

    mutable std::mutex mutex_;                             // guards all below
    Times due_;                                            // domains that wait for their time
    std::set<std::pair<WallTime, std::string>> in_order_;  // the same, earliest first
    std::deque<std::string> ring_;                         // domains that are due
    std::unordered_set<std::string> in_ring_;
    std::unordered_set<std::string> full_;  // due, but with all the leases they may have
    std::deque<std::string> parked_;        // due, but the places are kept for domains that deliver promptly
    std::unordered_set<std::string> in_park_;
    std::unordered_set<std::string> prompt_;  // domains whose last delivery was done soon, and none takes long now
    std::unordered_map<MessageId, Lease> leases_;
    std::unordered_map<std::string, int> leases_of_;
    std::unordered_map<std::string, Line> lines_;
    std::set<std::pair<std::size_t, std::string_view>> by_senders_;  // those with senders, the longest last; names as in lines_
    std::size_t senders_ = 0;                                        // of all lines
    bool is_claiming_ = false;
};

}  // namespace sealpost::queue
