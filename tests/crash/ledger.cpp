#include "ledger.hpp"

namespace sealpost::crash {

using queue::MessageId;
using queue::RecipientState;
using queue::wait_for;

namespace {

bool is_unfinished(RecipientState state) { return state == RecipientState::waiting || state == RecipientState::held; }

std::string read_content(queue::Queue& queue, queue::ContentId content)
{
    auto text = wait_for(queue::read_all(queue.read(content)));
    return text.has_value() ? *text : "unreadable: " + text.error().text;
}

}  // namespace

void Ledger::check(queue::Queue& queue) const
{
    for (const auto& [id, snapshots] : allowed_) check_known(queue, id);
    check_others(queue);
}

void Ledger::check_known(queue::Queue& queue, MessageId id) const
{
    const auto view = wait_for(queue.track(id)).value();
    ASSERT_TRUE(view.has_value()) << "message " << id.value() << " was answered, and is lost";
    Snapshot found;
    bool is_in_queue = false;
    for (const auto& recipient : view->recipients) {
        found.recipients.push_back(recipient.state);
        is_in_queue = is_in_queue || is_unfinished(recipient.state);
    }
    found.children = static_cast<int>(wait_for(queue.find_children(id)).value().size());
    const auto& allowed = allowed_.at(id);
    EXPECT_NE(std::find(allowed.begin(), allowed.end(), found), allowed.end())
        << "message " << id.value() << " is in a state that no answer allows, with " << found.children << " children";
    if (!is_in_queue) return;
    EXPECT_TRUE(read_content(queue, view->content) == texts_.at(id)) << "content of " << id.value();
}

// A message without an answer is whole or absent.
void Ledger::check_others(queue::Queue& queue) const
{
    for (const auto& view : wait_for(queue.list({})).value()) {
        if (allowed_.contains(view.id)) continue;
        const auto text = read_content(queue, view.content);
        EXPECT_EQ(static_cast<std::int64_t>(text.size()), view.size);
        EXPECT_FALSE(view.recipients.empty());
        EXPECT_TRUE(allowed_.contains(view.parent) || unanswered_.contains(text))
            << "message " << view.id.value() << " came from nowhere";
    }
}

}  // namespace sealpost::crash
