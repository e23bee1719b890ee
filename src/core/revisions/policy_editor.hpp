#pragma once

#include "core/revisions/edit.hpp"
#include "core/revisions/policy_store.hpp"
#include "core/revisions/rows.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace sealpost::db {
class Connection;
}  // namespace sealpost::db

namespace sealpost::revisions {

// What became of a change.
struct Outcome {
    enum class Kind {
        staged,
        unchanged,  // the text is what is current: nothing is staged
        discarded,
        committed,
        refused,   // problems say why
        outdated,  // another edition is there by now: difference
        nothing_staged,
        something_staged,  // a rollback meets a staged document
        nothing_to_do,     // a rollback to what is current
        not_found          // there is no such version
    } kind = Kind::staged;
    Edition edition;  // what is there now
    std::vector<PlacedProblem> problems;
    std::vector<PlacedProblem> warnings;
    std::vector<SenderVerdict> senders;  // of pasted lines
    std::string difference;              // outdated: from what the editor saw to what is there; staged: from what is live
    std::string staged_by;               // outdated: who has staged what stands in the way; empty: a commit does
    std::optional<CommitInfo> commit;
};

struct CompiledPolicy {
    Edition edition;
    bool pending = false;                      // it is what is staged
    std::shared_ptr<const Snapshot> snapshot;  // null: what is staged does not fit this node any more, problems say why
    std::vector<PlacedProblem> warnings;
    std::vector<PlacedProblem> problems = {};
};

struct HistoryPage {
    std::vector<CommitInfo> commits;   // newest first
    std::optional<std::int64_t> next;  // what to give as `before` for the page behind
};
inline constexpr std::size_t max_page_commits = 200;

// Makes an edit of the text that is there, so that the edit is applied to just what it was made from. An Error is the answer
// of the change.
using MakeEdit = std::function<Result<Edit>(const PolicyText&)>;

// The policy of a store as administrators change it through a server: several at a time, each bound to the
// edition that he saw. Whoever saw a staged document may go on from it, also when another staged it. Nothing
// here blocks a worker: texts are read, edited and compiled on the database's reading threads, and only the
// write itself, which looks at the edition once more, is on its writing one. Any thread.
class PolicyEditor : public std::enable_shared_from_this<PolicyEditor> {
public:
    explicit PolicyEditor(std::shared_ptr<PolicyStore> store);

    // Asks what is there, on a reading thread: `question` may take its time (list_rows, list_senders …).
    using Question = std::function<Result<boost::json::object>(const PolicyView&)>;
    Task<Result<boost::json::object>> ask(Question question);
    // The staged policy (or the live one when nothing is staged) or the live one, with its warnings. Only a staged one can
    // be without a snapshot: it was good when it was staged, and sealpost.toml has changed since.
    Task<Result<CompiledPolicy>> load_compiled(bool staged);
    // "changes", "count", "difference"; without versions what is staged against what is live, `to` alone: what that commit
    // changed, of the first one all that it says. denied: there is no such version.
    Task<Result<boost::json::object>> compare(std::optional<std::int64_t> from, std::optional<std::int64_t> to);
    Task<Result<HistoryPage>> load_history(std::optional<std::int64_t> before, std::size_t most);

    // Each answers what became of it; a Fault is a store that fails.
    Task<Result<Outcome>> edit(Edition seen, std::vector<Edit> edits, std::string author);
    // `make` is asked only where the edition is the one that was seen, of what is staged or else live, on a reading thread.
    Task<Result<Outcome>> edit(Edition seen, MakeEdit make, std::string author);
    Task<Result<Outcome>> submit_text(Edition seen, std::string text, std::string author);
    Task<Result<Outcome>> submit_hat(Edition seen, std::string hat_text, std::string listener, std::string author);
    // A preset that is there already, or is not known, is `refused`. `listener` empty: the first public one.
    Task<Result<Outcome>> submit_preset(Edition seen, std::string preset, std::string listener, std::string author);
    Task<Result<Outcome>> discard(Edition seen);
    Task<Result<Outcome>> commit(Edition seen, std::string author, std::string comment);
    Task<Result<Outcome>> rollback(Edition seen, std::int64_t version, std::string author);

private:
    using View = std::shared_ptr<const PolicyView>;
    // A text that is to take the place of what is staged, or why there is none.
    struct Draft {
        std::optional<std::string> text;
        std::vector<PlacedProblem> problems;
        std::vector<PlacedProblem> notes;  // told beside the warnings
        std::vector<SenderVerdict> senders;
    };
    static Draft make_draft(const PolicyView& view, const std::vector<Edit>& edits);
    using Maker = std::function<Result<Draft>(const PolicyView&)>;
    struct Compiled {
        std::shared_ptr<const Snapshot> snapshot;  // null when there are problems
        std::vector<PlacedProblem> problems, warnings;
    };
    // What is ready to be written, unless the outcome is known already.
    struct Prepared {
        std::optional<Outcome> known;
        Outcome outcome;
        View view;  // what it was made from
        std::shared_ptr<const PolicyText> text;
        std::shared_ptr<const Snapshot> snapshot;
    };

    struct Seen {
        Edition edition;
        std::string text;
    };

    // These run on threads of the database.
    Result<View> load_view(db::Connection& connection);
    Result<CompiledPolicy> compile_view(const PolicyView& view, bool staged);
    [[nodiscard]] Compiled compile(const PolicyText& text, std::int64_t version) const;
    void add_comparison(const PolicyText& live, const PolicyText& text, std::vector<PlacedProblem>& warnings) const;
    Result<Prepared> begin(db::Connection& connection, Edition seen);
    Result<Outcome> tell_outdated(db::Connection& connection, const PolicyView& view, Edition seen);
    Result<Prepared> prepare_draft(db::Connection& connection, Edition seen, const Maker& make);
    Result<Prepared> prepare_commit(db::Connection& connection, Edition seen);
    Result<Prepared> prepare_rollback(db::Connection& connection, Edition seen, std::int64_t version);

    Task<Result<Outcome>> stage(Edition seen, Maker make, std::string author);
    Task<Result<Outcome>> write_commit(Edition seen, Prepared prepared, std::string author, std::string comment);
    Task<Result<Outcome>> answer_outdated(Edition seen);
    void remember(View view);
    std::optional<std::string> find_seen(Edition edition);

    std::shared_ptr<PolicyStore> store_;
    std::mutex guard_;
    std::vector<View> views_;               // under guard_: the last two, the newest in front
    std::vector<Seen> seen_;                // under guard_: the texts of those before
    std::optional<CompiledPolicy> staged_;  // under guard_: of the last staged edition
    std::optional<CompiledPolicy> live_;    // under guard_: of the last version
};

}  // namespace sealpost::revisions
