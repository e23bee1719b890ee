// revisions: how the policy changes over time: a document is submitted, looked at, committed, and made
// current again later; presets and imports are changes like any other. It keeps every version and hands out
// the current one compiled (core/policy); it decides nothing about mail. Any thread.
#pragma once

#include "base/clock.hpp"
#include "core/policy/snapshot.hpp"
#include "core/revisions/edition.hpp"
#include "sys/async/task.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace sealpost::db {
class Database;
}  // namespace sealpost::db

namespace sealpost::revisions {

using config::Problem;
using policy::ListenerInfo;
using policy::Snapshot;

struct CommitInfo {
    std::int64_t version = 0;  // 1 is the default document of a new store
    WallTime time{};
    std::string author;
    std::string comment;
};

// A comment is one line, of which the history is a list: without control characters and marks that turn text around.
[[nodiscard]] Result<> check_comment(std::string_view comment);

// Why a submit was taken or refused.
struct SubmitResult {
    enum class Kind { staged, unchanged, refused, outdated } kind = Kind::staged;
    std::vector<Problem> problems;  // refused: what is wrong
    std::vector<Problem> warnings;  // staged all the same
    std::string difference;         // outdated: what the others changed meanwhile; staged: what this changes
    std::string staged_by;          // outdated: who has staged what stands in the way; empty: a commit does
    Edition edition;                // what is there now
};

// What a change began from; without either, what is there now counts.
struct Basis {
    std::optional<std::int64_t> version;
    std::optional<Edition> edition;
};

// What is live, and what is staged.
struct Standing {
    Edition edition;
    CommitInfo live;
    std::string staged_by;  // empty: nothing is staged
    WallTime staged_at{};
};

// denied, with both editions: somebody submitted or committed since `seen`.
[[nodiscard]] Result<> check_edition(const Edition& now, const std::optional<Edition>& seen);

// The policy of a store: a staged document at most, a current one, and every one before it.
// Nothing is live before commit; a commit swaps the snapshot of this process at once, and that of
// other processes on the same store when they refresh(). The functions without Task block on the
// store and are for the command line and tests; a server only calls current(), refresh() and follow(), and
// changes the policy by a PolicyEditor.
class PolicyStore : public std::enable_shared_from_this<PolicyStore> {
public:
    // Makes the tables and the default document when the store is new. `clock` outlives the store.
    static Result<std::shared_ptr<PolicyStore>> open(std::shared_ptr<db::Database> database, const Clock& clock,
                                                     std::vector<ListenerInfo> listeners,
                                                     std::optional<policy::NodeFacts> node = {});

    // The committed policy. Never null, any thread.
    [[nodiscard]] std::shared_ptr<const Snapshot> current() const;
    // The staged policy compiled; the current one when nothing is staged.
    [[nodiscard]] Result<std::shared_ptr<const Snapshot>> pending() const;

    // Validates the whole text and stages it in place of what `author` has staged; what somebody else has staged is
    // not replaced unless its edition was named: outdated. When another version is current, or another edition there, than
    // `basis` names, the text is outdated, too. `name` stands for the file in messages.
    [[nodiscard]] Result<SubmitResult> submit(std::string text, std::string name, std::string author, Basis basis = {});
    // Stages a preset on top of what `author` has staged, or else of what is current; outdated when that changed meanwhile.
    // `listener` empty: the first public one. What somebody else has staged is built upon only where `seen` names its edition;
    // outdated, too, when another edition than `seen` is there.
    [[nodiscard]] Result<SubmitResult> submit_preset(std::string_view preset, std::string listener, std::string author,
                                                     std::optional<Edition> seen = {});
    // Stages the reference gateway's exported host access table in place of the listener's sender groups,
    // in the same way. What was left out of it stands among the warnings.
    [[nodiscard]] Result<SubmitResult> submit_hat(std::string_view hat_text, std::string name, std::string listener,
                                                  std::string author, std::optional<Edition> seen = {});

    [[nodiscard]] Result<bool> has_pending() const;
    [[nodiscard]] Result<Standing> standing() const;
    [[nodiscard]] Result<std::string> export_text(bool pending) const;
    [[nodiscard]] Result<std::string> export_version(std::int64_t version) const;  // denied: there is no such version
    // Whether it could be live here. denied: there is no such version.
    [[nodiscard]] Result<> check_version(std::int64_t version) const;
    [[nodiscard]] Result<std::string> diff() const;  // unified, empty when nothing is staged
    // Fault::denied: nothing staged, or not the edition `seen` any more; peer_broke_it: see check_comment().
    [[nodiscard]] Result<CommitInfo> commit(std::string author, std::string comment, std::optional<Edition> seen = {});
    // Whether there was something. denied: not the edition `seen` any more.
    [[nodiscard]] Result<bool> discard(std::optional<Edition> seen = {});
    [[nodiscard]] Result<std::vector<CommitInfo>> history() const;  // newest first
    // Makes version N current again, as a new version. denied: there is no such version, or a
    // staged document waits, or it is not the edition `seen` any more.
    [[nodiscard]] Result<CommitInfo> rollback(std::int64_t version, std::string author, std::optional<Edition> seen = {});

    // Takes over what another process committed; answers whether it did.
    Task<Result<bool>> refresh();
    // refresh() every `interval` until the task is cancelled. `tell` hears of each version taken over,
    // and of an error once until the next success; meanwhile the policy at hand stays.
    Task<void> follow(std::chrono::milliseconds interval, std::function<void(Result<std::int64_t>)> tell);

    // The committed document does not fit this node (a listener or a login that sealpost.toml no longer has):
    // what is wrong; it is used without those parts that nothing here can meet.
    [[nodiscard]] std::vector<Problem> misfits() const;

private:
    friend class PolicyEditor;
    PolicyStore(std::shared_ptr<db::Database> database, const Clock& clock, std::vector<ListenerInfo> listeners,
                std::optional<policy::NodeFacts> node);
    using Change = std::function<Result<std::string>(const std::string&)>;
    Result<SubmitResult> submit_changed(const Change& change, std::string name, std::string author, std::optional<Edition> seen);
    // Both never go back: false when this version, or a later one, is there already.
    Result<bool> adopt(const std::string& text, std::int64_t version);
    bool take_over(std::shared_ptr<const Snapshot> snapshot, std::vector<Problem> misfits = {});
    [[nodiscard]] Result<std::string> choose_listener(std::string listener) const;
    // Where nobody named the listener: the other public ones that have not all of these groups in the text.
    [[nodiscard]] std::vector<Problem> find_listeners_without(const std::vector<std::string>& groups, const std::string& text,
                                                              const std::string& named) const;
    [[nodiscard]] SubmitResult check(const std::string& text, const std::string& name) const;
    // What a staged text is to be warned of beside what is live.
    void add_comparison(const std::string& live, const std::string& text, SubmitResult& result) const;

    std::shared_ptr<db::Database> database_;
    const Clock& clock_;
    std::vector<ListenerInfo> listeners_;
    std::optional<policy::NodeFacts> node_;
    mutable std::mutex guard_;
    std::shared_ptr<const Snapshot> current_;  // under guard_
    std::vector<Problem> misfits_;             // under guard_
};

}  // namespace sealpost::revisions
