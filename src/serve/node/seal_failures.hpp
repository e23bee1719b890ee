#pragma once

#include "base/clock.hpp"
#include "serve/sealer/envelope_sealer.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <set>

namespace sealpost::node {

// Messages that could not be sealed since the last one that was, from the sealer to the watch. Any thread.
class SealFailures {
public:
    static constexpr std::size_t max_messages = 500;  // that are remembered

    struct Spell {
        WallTime since;   // the first failure
        WallTime latest;  // and of this one:
        sealer::ServiceTrouble trouble = sealer::ServiceTrouble::other;
        std::string problem;
        std::set<queue::MessageId> messages;
    };

    // The clock outlives it.
    explicit SealFailures(const Clock& clock) : clock_(clock) {}

    void note(const sealer::SealOutcome& outcome);
    void end();                                       // nothing that failed is tried any more
    [[nodiscard]] std::optional<Spell> find() const;  // absent: nothing has failed since the last success, or end()
    [[nodiscard]] std::uint64_t count_ends() const;   // successes, and calls of end()

private:
    const Clock& clock_;
    mutable std::mutex guard_;
    std::optional<Spell> spell_;  // under guard_
    std::uint64_t ends_ = 0;      // under guard_
};

}  // namespace sealpost::node
