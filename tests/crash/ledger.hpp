#pragma once

#include "core/queue/queue_fixture.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace sealpost::crash {

// What is known of one message: the state of each recipient, and how many messages came of it.
struct Snapshot {
    std::vector<queue::RecipientState> recipients;
    int children = 0;
    friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

// What the queue has promised. Before an operation the ledger notes what it would make of the message;
// an answer makes that the only possibility; without an answer, before and after are both allowed.
class Ledger {
public:
    void expect_accept(const std::string& text)
    {
        ++asked_;
        unanswered_.insert(text);
    }
    void note_accepted(queue::MessageId id, const std::string& text, std::size_t recipients)
    {
        texts_[id] = text;
        allowed_[id] = {{std::vector(recipients, queue::RecipientState::waiting), 0}};
        answered_ += unanswered_.erase(text);
    }
    void expect(queue::MessageId id, Snapshot after)
    {
        ++asked_;
        allowed_[id].push_back(std::move(after));
    }
    void note_answered(queue::MessageId id)
    {
        ++answered_;
        allowed_[id] = {allowed_[id].back()};
    }

    // Of whoever did not die: where nothing was done, nothing is shown by what is left.
    [[nodiscard]] std::size_t asked() const { return asked_; }
    [[nodiscard]] std::size_t refused() const { return asked_ - answered_; }
    [[nodiscard]] bool is_all_answered() const { return refused() == 0; }

    // Compares with what a queue, opened after the crash, holds.
    void check(queue::Queue& queue) const;

private:
    void check_known(queue::Queue& queue, queue::MessageId id) const;
    void check_others(queue::Queue& queue) const;

    std::map<queue::MessageId, std::vector<Snapshot>> allowed_;
    std::map<queue::MessageId, std::string> texts_;
    std::set<std::string> unanswered_;
    std::size_t asked_ = 0, answered_ = 0;
};

}  // namespace sealpost::crash
