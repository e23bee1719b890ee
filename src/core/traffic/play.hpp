#pragma once

#include "core/traffic/facts.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sealpost::traffic {

// What one policy makes of what came. Endings have one verdict for each recipient that is kept, and one for a message
// that came to none.
struct Endings {
    std::string group;
    std::string policy;
    std::vector<std::string> verdicts;
};

// Plays records against a snapshot, which outlives it, on a node of that name (empty: not known). Hosts that came before are
// remembered.
class Player {
public:
    explicit Player(const policy::Snapshot& snapshot, std::string hostname = {})
        : snapshot_(snapshot), hostname_(std::move(hostname))
    {
    }

    [[nodiscard]] Endings play(const ConnectionRecord& record);
    [[nodiscard]] Endings play(const MessageRecord& record);

    // The sender group that a host falls into; "ALL" where it falls into none.
    [[nodiscard]] std::string find_group(const policy::ConnectionFacts& facts);

    // Without what was found then: what the policy alone says.
    [[nodiscard]] policy::Ruling rule_on(const ConnectionRecord& record);
    [[nodiscard]] std::vector<policy::Ruling> rule_on(const MessageRecord& record);
    // As far as it is known without subject and headers.
    [[nodiscard]] policy::EncryptionDecision decide_encryption(const MessageRecord& record, const std::string& recipient);

private:
    static constexpr std::size_t max_known = 20'000;

    [[nodiscard]] std::string describe_way(const MessageRecord& record, const std::string& recipient);
    // Good until another host is asked about.
    [[nodiscard]] const policy::ConnectionVerdict& connect(const policy::ConnectionFacts& facts);
    [[nodiscard]] std::string format_ending(const MessageRecord& record, const policy::Ruling& ruling,
                                            const RecipientRecord* recipient);

    const policy::Snapshot& snapshot_;
    std::string hostname_;
    std::map<std::string, policy::ConnectionVerdict, std::less<>> known_;
};

}  // namespace sealpost::traffic
