// queue: keeps messages from the moment we answer 250 until every recipient is delivered, bounced or
// removed, through any crash (the proof stands in doc/spec/queue.md). It knows a Deliverer, not SMTP:
// the Dispatcher claims what is due, hands it over, and settles what the Deliverer reports; temporary
// failures are tried again by the retry plan, permanent ones become RFC 3464 DSNs.
// Any thread may call. Fault::retry_later (store busy, disk full) means that nothing was done.
// One process owns a queue (sys/files DirectoryLock), or its part of one that nodes share; the command line may open it
// beside the owners.
#pragma once

#include "base/clock.hpp"
#include "core/queue/content_writer.hpp"
#include "core/queue/lanes.hpp"
#include "core/queue/message.hpp"
#include "sys/db/database.hpp"
#include "sys/log/log.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::queue {

// Of a node that shares the store with others: what it accepts is its own to deliver, and so is what a node leaves behind
// that has said nothing for a minute.
struct Owner {
    std::string name;                // no other node's; empty: nobody shares the store
    std::string life;                // no other process's
    std::vector<std::string> lanes;  // that it can deliver
};

struct Settings {
    RetryPlan retry;                     // of messages that bring no plan of their own; their reports bring the head only
    std::string hostname = "localhost";  // ours, as DSNs name it
    std::chrono::days keep_history{30};
    Owner owner = {};
    std::string bounce_lane{queue::bounce_lane};  // of DSNs
};

// What operators do to messages.
enum class Deed { hold, release, remove, bounce, deliver };

enum class RecipientState { waiting, held, delivered, relayed_elsewhere, failed, removed };
[[nodiscard]] std::string_view format_state(RecipientState state);

struct RecipientView {
    int index = 0;
    std::string address;
    RecipientState state = RecipientState::waiting;
    std::string enhanced_code;  // of the last attempt
    std::string text;
    std::string remote_host;
    std::string facts;
    std::optional<WallTime> finished_at;
};

struct MessageView {
    MessageId id;
    MessageId parent;  // the message that this one replaces or reports on; 0: none
    ContentId content;
    std::int64_t size = 0;
    std::string lane;
    std::string sender;
    std::string facts;
    WallTime accepted_at;
    std::optional<WallTime> due_at;  // absent: held, or done
    int attempts = 0;
    bool being_delivered = false;  // known to the owning process only
    // Was to be sealed, or nobody has said that it was not: as for reports, its content is not everybody's.
    bool is_confidential = true;
    std::vector<RecipientView> recipients;
};

struct ListFilter {
    std::string domain;  // of a recipient that still waits; empty: all
    std::string sender;  // as SenderChoice reads it; empty: all
    std::string lane;    // empty: all
    bool held_only = false;
    bool newest_first = false;
    MessageId after;  // what comes behind this one, for paging; 0: from the first
    int most = 100;
    std::optional<WallTime> until = {};  // accepted before; absent: all
};

// What an operator changes at one go. With a domain, of each message only the recipients at it.
struct Choice {
    std::string domain;  // empty: all
    std::string sender;  // as SenderChoice reads it; empty: all
    bool held_only = false;
    std::optional<WallTime> until = {};  // accepted before; absent: all
};

// What is empty or absent leaves out nobody.
struct HistoryFilter {
    std::string address;  // recipient or sender
    MessageId before;     // ids below this one, for paging; 0: from the newest
    int most = 100;
    std::string message_id = {};         // with or without its angle brackets
    std::string intake = {};             // the id that our 250 named: "intake" of the message's facts
    std::string text = {};               // part of what a host said, or of its name; of ASCII letters either case
    std::optional<WallTime> since = {};  // accepted then or later
    std::optional<WallTime> until = {};  // accepted before
    bool with_waiting = false;           // messages of which something waits, too; these are looked through one by one
    std::string lane = {};
};

struct Counts {
    std::int64_t messages = 0;
    std::int64_t held = 0;
    std::optional<WallTime> oldest = {};  // when the oldest was accepted of those that are not held
};

// What of the queue is for one domain, or from one sender.
enum class SummaryBy { domain, sender };
struct Share {
    std::string name;  // in lower case; empty: the null sender
    std::int64_t messages = 0;
    std::int64_t bytes = 0;     // of the messages; a content that several share counts for each
    std::int64_t held = 0;      // nothing of them waits
    std::int64_t deferred = 0;  // tried in vain, and waiting for the next time
    std::optional<WallTime> oldest = {};
};
struct Summary {
    Share whole;
    std::vector<Share> shares;  // those with the most messages first
};

// What the queue takes; a content that several messages share counts once.
struct Extent {
    std::int64_t contents = 0;
    std::int64_t bytes = 0;
    std::int64_t reusable_bytes = 0;  // free pages inside the store
};

struct Settled;
struct OtherOwner;

class Queue {
public:
    // The owner: sweeps content that was never accepted. The clock outlives the queue.
    [[nodiscard]] static Result<std::shared_ptr<Queue>> open(std::shared_ptr<db::Database> database, const Clock& clock,
                                                             log::Log log, Settings settings = {});
    // For the command line, beside a running owner: it notices the changes within a second.
    [[nodiscard]] static Result<std::shared_ptr<Queue>> open_beside(std::shared_ptr<db::Database> database, const Clock& clock,
                                                                    log::Log log, Settings settings = {});
    ~Queue();
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;

    // --- receiving
    [[nodiscard]] std::unique_ptr<ContentWriter> begin();
    // When these answer, the messages are on stable storage. All of accept_all or none of it.
    Task<Result<MessageId>> accept(NewMessage message, std::unique_ptr<ContentWriter> content);
    Task<Result<std::vector<MessageId>>> accept_all(std::vector<NewMessage> messages, std::unique_ptr<ContentWriter> content);
    // The same, unless messages with this key were accepted within Settings::keep_history: then these are forgotten.
    // Answers the note that the first ones came with.
    Task<Result<std::string>> accept_all_once(Once once, std::vector<NewMessage> messages,
                                              std::unique_ptr<ContentWriter> content);
    // The same for one; the message, or absent when there was one before.
    Task<Result<std::optional<MessageId>>> accept_if_new(Once once, NewMessage message, std::unique_ptr<ContentWriter> content);
    // The note of what was accepted under this key; absent: nothing was, within Settings::keep_history.
    Task<Result<std::optional<std::string>>> find_accepted(std::string key);
    Task<Result<>> erase_given_up();  // what is left of content that was never accepted

    // --- delivering
    // The content in pieces; valid while the message is in the queue. Holds the queue alive.
    [[nodiscard]] std::unique_ptr<async::ByteSource> read(ContentId content);
    // At most `most` due messages, in turn between destination domains; no domain gets more leases
    // at once than `most_to_domain` says. Each message is leased to the caller until settle() or
    // give_back(); a crash ends all leases. One claim at a time: a second one answers nothing.
    Task<Result<std::vector<DueMessage>>> claim(int most, MostToDomain most_to_domain = usual_most);
    // Outcomes, replacements and DSNs in one commit, then the lease ends. A store that is busy or full
    // is asked again until it takes them (or until the deadline of stop_waiting()), since a forgotten success would be
    // delivered twice; when it fails all the same, the lease stays until the program starts again.
    // Outcomes for a message that an operator removed meanwhile are passed over.
    Task<Result<>> settle(MessageId message, Report report);
    void stop_waiting(Deadline deadline);  // the program stops: settle() fails when the store still refuses then
    void give_back(MessageId message);     // ends a lease without an attempt: the program stops
    // When something will be due, as far as known; absent: nothing waits.
    [[nodiscard]] std::optional<WallTime> next_due() const;
    [[nodiscard]] WallTime now() const;  // of the queue's clock
    // A suspension may have ended: what waits for that (postpone_suspended) is due now.
    Task<Result<>> ask_suspended();
    // Looks whether another process changed the queue; then claim() looks at everything anew.
    Task<Result<bool>> notice_changes();
    // Where nodes share the store: says that this one lives, and takes over what others left behind that have said nothing for
    // the last twelve calls. To be called every five seconds, also while deliveries drain.
    Task<Result<>> keep_ownership();
    [[nodiscard]] bool has_neighbours() const;  // whether nodes share the store
    [[nodiscard]] bool is_ousted() const;       // another process has this node's name: nothing is delivered here
    // Whether a chore of the whole store is this node's: one of those that can deliver the lane does it. True where nobody
    // shares the store.
    [[nodiscard]] bool is_first_for(std::string_view lane) const;
    // Whether another node that lives can deliver it, as far as has been seen.
    [[nodiscard]] bool has_neighbour_for(std::string_view lane) const;
    // Called (from any thread) when something may have become due. Empty: no longer.
    void on_change(std::function<void()> notify);

    // --- operators; false: there is no such message
    Task<Result<bool>> hold(MessageId message);
    Task<Result<bool>> release(MessageId message);
    Task<Result<bool>> remove(MessageId message);  // without a DSN
    Task<Result<bool>> bounce(MessageId message);  // with one, where its sender and its plan want any
    Task<Result<bool>> deliver_now(MessageId message);
    Task<Result<int>> deliver_all_now(std::string domain);  // empty: every domain; how many messages
    // Of what is there now, in commits of some messages each, since others want to write, too; how many messages. After an error
    // a part of them is done.
    Task<Result<int>> hold_all(Choice choice);
    Task<Result<int>> release_all(Choice choice);
    Task<Result<int>> remove_all(Choice choice);
    Task<Result<int>> bounce_all(Choice choice);
    Task<Result<int>> count_all(Choice choice);  // that these two would end
    Task<Result<std::vector<MessageView>>> list(ListFilter filter);
    Task<Result<std::optional<MessageView>>> show(MessageId message);
    Task<Result<Counts>> count();
    // By the domain of the first recipient that waits, or by sender; so many shares at most. Reads a row for each message.
    Task<Result<Summary>> summarize(SummaryBy by, int most);
    Task<Result<Extent>> measure();  // reads a row of some 20 octets for each content

    // --- what became of messages, newest first: finished recipients, kept Settings::keep_history, and those that wait
    // when the filter wants them
    Task<Result<std::vector<MessageView>>> find_history(HistoryFilter filter);
    // Waiting and finished recipients of one message together.
    Task<Result<std::optional<MessageView>>> track(MessageId message);
    Task<Result<std::vector<MessageId>>> find_children(MessageId message);  // replacements and DSNs of it
    Task<Result<>> erase_old_history();

private:
    struct State;
    explicit Queue(std::shared_ptr<State> state);
    struct Draft;
    struct Accepted;
    Task<Result<Accepted>> take(std::shared_ptr<Draft> draft);
    Task<Result<>> discover_domains();
    struct Look;
    Task<Result<>> take_over(OtherOwner other);
    Task<Result<>> forget(OtherOwner other);
    Task<Result<>> return_to_life();
    Task<Result<bool>> change(MessageId message, Deed deed);
    Task<Result<int>> change_all(Choice choice, Deed deed);
    Task<Result<std::optional<MessageView>>> load(MessageId message, bool with_finished);
    static void tell_replacements(Report& report, const Settled& settled);
    void finish_settling(MessageId message, const Settled& settled);
    std::shared_ptr<State> state_;
};

}  // namespace sealpost::queue
