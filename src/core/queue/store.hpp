#pragma once

#include "core/queue/content_writer.hpp"
#include "core/queue/message.hpp"
#include "core/queue/queue.hpp"
#include "core/queue/schedule.hpp"
#include "sys/db/connection.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::queue {

// What the history says of a recipient whom an operator gave up: these words stand behind those of the last attempt.
inline constexpr std::string_view given_up_code = "5.3.0";
inline constexpr std::string_view given_up_words = "(given up by an administrator of this mail system)";

// The queue's SQL, one function a step. Every function runs inside the transaction of its caller.
// Rows go in and out as the structs below; what they mean together is decided in queue.cpp and settle.cpp.

// A row of queue_message.
struct MessageRow {
    MessageId id;
    MessageId parent;
    ContentId content;
    std::int64_t bytes = 0;
    std::string lane;
    std::string sender;
    std::string envid;
    std::string ret;
    std::string facts;
    bool smtputf8 = false;
    bool require_tls = false;
    WallTime accepted_at;
    int attempts = 0;
    std::string domain;
    std::optional<WallTime> due_at;
    std::string plan;       // format_bounce_plan(), or empty: the queue's own
    int delay_notices = 0;  // sent so far, or told by a later one
    std::string owner;
    std::optional<WallTime> late_since;  // since when it is too old, and only postponed: it has an attempt to come
};

// A row of queue_recipient.
struct RecipientRow {
    int number = 0;
    std::string address;
    std::string notify;
    std::string orcpt;
    bool is_held = false;
    std::string code;  // of the last attempt, like the three below
    std::string reply;
    std::string remote_host;
    std::string facts;
    bool is_quoted = false;  // the reply is the host's own; not stored
    std::string delivery;    // RecipientOutcome's; not stored but in the facts
};

// What an insertion or a change made due, for the schedule; absent due_at: nothing.
struct MadeDue {
    std::string domain;
    std::optional<WallTime> due_at;
};

// A domain for which something waits, and when the first and the last of it is due.
struct DueDomain {
    std::string domain;
    WallTime first_due;
    WallTime last_due;
};

// Another node that shares the store, and how often it has said that it lives.
struct OtherOwner {
    std::string name;
    std::vector<std::string> lanes;  // that it can deliver
    std::int64_t beats = 0;
};

// What a node that says that it lives learns.
struct Beat {
    bool is_ours = true;         // the name: no other process has taken it
    std::int64_t own_beats = 0;  // of the name, whoever has it
    std::vector<OtherOwner> others = {};
};

// What one commit takes of work on many messages: others want to write, too.
inline constexpr int messages_per_commit = 1000;

class Store {
public:
    // `owner`: whose the content and messages are that it inserts, and those that it finds due.
    explicit Store(db::Connection& connection, std::string owner = {}) : connection_(connection), owner_(std::move(owner)) {}

    // --- content
    Result<ContentId> insert_content(std::int64_t bytes, std::int64_t uses);
    Result<> insert_piece(ContentId content, int number, std::string_view octets);
    // The writer's whole content, whether or not parts of it are stored already. May run twice.
    Result<ContentId> keep_content(const ContentWriter& writer, std::int64_t uses);
    Result<> use_content(ContentId content, std::int64_t more);
    Result<> leave_content(ContentId content);  // erases it with its last use
    Result<> erase_content(ContentId content);
    Result<> require_unused(ContentId content);  // it is still there to be written to
    Result<> erase_if_unused(ContentId content);
    Result<> erase_unused_content();                                // of the owner
    Result<std::string> load_piece(ContentId content, int number);  // empty: there is none
    Result<std::int64_t> find_size(ContentId content);

    // --- messages
    // `inherited_plan` stands in for a plan that the message does not bring.
    Result<MessageId> insert_message(const NewMessage& message, MessageId parent, ContentId content, std::int64_t bytes,
                                     WallTime now, std::string_view inherited_plan = {});
    // The note that a message of this key was accepted with; absent: there is none, and now this one is noted.
    Result<std::optional<std::string>> note_once(const Once& once, WallTime now);
    Result<std::optional<std::string>> find_note(const std::string& key);  // that the key was accepted with
    Result<int> forget_once(WallTime limit, int most);                     // of those accepted before; how many
    Result<std::optional<MessageRow>> find_message(MessageId message);
    Result<std::vector<RecipientRow>> load_recipients(MessageId message);
    // Sets domain and due_at by the recipients that are left, and keeps the delay notices; without any, erases the message and
    // its use of the content.
    Result<MadeDue> reschedule(const MessageRow& message, int attempts, WallTime due_at);
    Result<> keep_attempt(MessageId message, const RecipientRow& recipient);
    Result<> finish_recipient(const MessageRow& message, const RecipientRow& recipient, RecipientState state, WallTime now,
                              int attempts);
    // False: no operator has ended it.
    Result<bool> correct_removed(MessageId message, const RecipientRow& recipient, RecipientState state, WallTime now);
    // Whether the history says so of the recipient, with these facts.
    Result<bool> was_carried_on(MessageId message, int number, const std::string& facts);
    Result<> set_held(MessageId message, bool is_held);
    Result<> set_recipient_held(MessageId message, int number, bool is_held);

    // --- due messages
    Result<Schedule::Found> find_due(const Schedule::Turn& turn, const std::unordered_set<MessageId>& leased, WallTime now);
    Result<std::vector<DueMessage>> load_due(const std::vector<MessageId>& messages);
    // The domains after `after` in order; fewer than `most`: all are seen.
    Result<std::vector<DueDomain>> find_domains(const std::string& after, int most);
    // What of the domain is due later than its plan can have meant, since the clock was ahead when it was planned,
    // comes after the plan's longest interval; `longest` is that of messages without a plan.
    Result<> pull_due(const std::string& domain, WallTime now, std::chrono::milliseconds longest);

    // --- owners
    Result<> begin_life(const Owner& self);  // the name is this process's from now on
    Result<Beat> beat(const Owner& self);
    Result<std::vector<OtherOwner>> list_owners();
    // Gives to the owner at most `most` messages of its lanes that are `other`'s, and erases what that one was receiving, unless
    // it has come back to life; how many messages. Of nobody ('') nothing is erased: a command may be writing it.
    Result<int> take_over(const OtherOwner& other, const Owner& self, int most);
    // Unless it has come back to life. What it still has, in lanes that nobody who lives can deliver, is for whoever comes and
    // can: at most `most` messages, and how many; the owner is forgotten with the last of them.
    Result<int> forget_owner(const OtherOwner& other, int most);
    // What it has and can no longer deliver is for whoever can: at most `most` messages, and how many.
    Result<int> leave_lanes(const Owner& self, int most);
    // A message of an owner that is forgotten is for whoever looks first.
    Result<> leave_if_forgotten(MessageId message);

    Result<> nudge();
    Result<std::int64_t> find_nudge();

private:
    db::Connection& connection_;
    std::string owner_;
};

// Reads a row of "select <message_columns> from queue_message".
inline constexpr std::string_view message_columns =
    "id, parent, content, bytes, lane, sender, envid, ret, facts, smtputf8, accepted_at, attempts, domain, due_at, plan, "
    "delay_notices, require_tls, owner, late_since";
[[nodiscard]] MessageRow read_message_row(const db::Statement& row);

}  // namespace sealpost::queue
