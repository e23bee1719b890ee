#pragma once

#include "serve/courier/order.hpp"

#include <vector>

namespace sealpost::courier {

// What is known of each recipient while hosts are tried: settled, or still open with the latest
// reason. Of courier only.
class Ledger {
public:
    explicit Ledger(const std::vector<smtp::RcptTo>& recipients);

    [[nodiscard]] bool has_open() const;
    [[nodiscard]] std::vector<std::size_t> list_open() const;
    // Those still open that were not offered to the present host yet, at most `most`.
    [[nodiscard]] std::vector<std::size_t> choose(std::size_t most) const;
    void begin_host();  // a new address: all that are open may be offered again

    // A host answered, or failed, in a transaction with these recipients.
    void note(const std::vector<std::size_t>& chosen, const smtp::TransactionOutcome& outcome, const Attempt& attempt,
              std::size_t attempt_index);
    // No transaction came about with this host; open recipients remember why.
    void note_failure(const Attempt& attempt, std::size_t attempt_index);
    // Open recipients, all or those from the `first` one on, wait for a place; for those that no host was asked
    // about yet, this is no attempt.
    void postpone(const smtp::Reply& reply, std::chrono::milliseconds wait, std::size_t first = 0);
    // Nobody will be asked any more: who is open and was not asked yet has that for a reason.
    void break_off();
    // For all that are open.
    void settle(RecipientResult::Kind kind, const smtp::Reply& reply);
    void settle_these(const std::vector<std::size_t>& chosen, RecipientResult::Kind kind, const smtp::Reply& reply,
                      std::size_t attempt_index);

    [[nodiscard]] std::vector<RecipientResult> take();  // what is open becomes deferred

private:
    struct Entry {
        RecipientResult result;
        bool settled = false;
        bool offered = false;     // to the present host
        bool asked = false;       // a host took a transaction with it
        bool may_change = false;  // a host failed in another way than by lack of TLS, or for the moment
    };
    void note_one(Entry& entry, const std::optional<smtp::Reply>& own, const smtp::TransactionOutcome& outcome,
                  const Attempt& attempt);
    static void note_failure_of_one(Entry& entry, const Attempt& attempt, std::size_t attempt_index);
    std::vector<Entry> entries_;
};

}  // namespace sealpost::courier
