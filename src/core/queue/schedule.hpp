#pragma once

#include "base/clock.hpp"
#include "core/queue/message.hpp"

#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace sealpost::queue {

// Who is next, in memory: the earliest due time of each destination domain as far as known, the ring
// of domains that are due, and the leases. It may believe a domain due too early, never too late:
// a domain leaves it before its rows are read, and whoever makes something due notes it afterwards.
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
    };

    // Something of the domain becomes due. True: earlier than anything known of it.
    bool note(const std::string& domain, WallTime due_at);

    // Absent while another claim is under way.
    std::optional<Claim> begin_claim(WallTime now, int most, int most_per_domain);
    void end_claim(const std::vector<Found>& found, WallTime now);
    void abandon_claim(const Claim& claim, WallTime now);  // its read failed

    // Ends a lease; its domain, or absent when there was none.
    std::optional<std::string> release(MessageId message, WallTime now);
    [[nodiscard]] bool is_leased(MessageId message) const;
    [[nodiscard]] std::optional<WallTime> next_due() const;

private:
    using Times = std::unordered_map<std::string, WallTime>;

    bool note_locked(const std::string& domain, WallTime due_at);
    void collect_due(WallTime now);

    mutable std::mutex mutex_;                             // guards all below
    Times due_;                                            // domains that wait for their time
    std::set<std::pair<WallTime, std::string>> in_order_;  // the same, earliest first
    std::deque<std::string> ring_;                         // domains that are due
    std::unordered_set<std::string> in_ring_;
    std::unordered_set<std::string> full_;               // due, but with all the leases they may have
    std::unordered_map<MessageId, std::string> leases_;  // and their domains
    std::unordered_map<std::string, int> leases_of_;
    bool is_claiming_ = false;
};

}  // namespace sealpost::queue
