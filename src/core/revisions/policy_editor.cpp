#include "core/revisions/policy_editor.hpp"

#include "core/policy/last_policy.hpp"
#include "core/revisions/changes.hpp"
#include "core/revisions/hat_text.hpp"
#include "core/revisions/policy_tables.hpp"
#include "core/revisions/preset.hpp"
#include "core/revisions/text_diff.hpp"
#include "core/revisions/unwritten.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <utility>

namespace sealpost::revisions {

using db::Connection;

namespace {

constexpr std::size_t kept_views = 2;  // with their trees, which may be large
constexpr std::size_t kept_texts = 6;

Result<std::shared_ptr<const PolicyText>> read_text(std::string text, const std::string& name)
{
    std::vector<Problem> problems;
    auto parsed = PolicyText::parse(std::move(text), name, problems);
    if (!parsed) return config::to_error(problems);
    return parsed;
}

PlacedProblem make_problem(const Error& error)
{
    return {config::make_problem("", 0, "", config::say("not_possible", "{reason}", {error.text})), {}, {}, {}};
}

}  // namespace

PolicyEditor::PolicyEditor(std::shared_ptr<PolicyStore> store) : store_(std::move(store)) {}

void PolicyEditor::remember(View view)
{
    const std::lock_guard lock(guard_);
    std::erase_if(views_, [&](const View& each) { return each->edition == view->edition; });
    views_.insert(views_.begin(), std::move(view));
    if (views_.size() <= kept_views) return;
    seen_.insert(seen_.begin(), {views_.back()->edition, views_.back()->staged->text()});
    views_.pop_back();
    if (seen_.size() > kept_texts) seen_.pop_back();
}

std::optional<std::string> PolicyEditor::find_seen(Edition edition)
{
    const std::lock_guard lock(guard_);
    for (const auto& view : views_)
        if (view->edition == edition) return view->staged->text();
    for (const auto& seen : seen_)
        if (seen.edition == edition) return seen.text;
    return std::nullopt;
}

Result<PolicyEditor::View> PolicyEditor::load_view(Connection& connection)
{
    SEALPOST_TRY(const auto edition, read_edition(connection));
    std::shared_ptr<const PolicyText> live;
    {
        const std::lock_guard lock(guard_);
        for (const auto& view : views_) {
            if (view->edition == edition) return view;
            if (view->edition.version == edition.version) live = view->live;
        }
    }
    if (!live) {
        SEALPOST_TRY(auto current, read_version(connection, edition.version));
        SEALPOST_TRY(live, read_text(std::move(current.text), "policy version " + std::to_string(edition.version)));
    }
    auto view = std::make_shared<PolicyView>();
    view->edition = edition;
    view->live = live;
    view->staged = live;
    view->listeners = store_->listeners_;
    if (edition.revision != 0) {
        SEALPOST_TRY(auto staged, read_staged(connection));
        view->pending = StagedInfo{staged.author, staged.time, staged.base};
        SEALPOST_TRY(view->staged, read_text(std::move(staged.text), "staged policy"));
    }
    remember(view);
    return View(std::move(view));
}

PolicyEditor::Compiled PolicyEditor::compile(const PolicyText& text, std::int64_t version) const
{
    Compiled out;
    auto parsed = policy::parse_document(text.text(), "policy");
    out.problems = place_problems(std::move(parsed.problems), text);
    if (!parsed.document) return out;
    auto compiled = policy::compile_new(std::move(*parsed.document), store_->listeners_, version, store_->node_);
    out.problems = place_problems(std::move(compiled.problems), text);
    parsed.notes.insert(parsed.notes.end(), compiled.warnings.begin(), compiled.warnings.end());
    out.warnings = place_problems(std::move(parsed.notes), text);
    out.snapshot = std::move(compiled.snapshot);
    return out;
}

void PolicyEditor::add_comparison(const PolicyText& live, const PolicyText& text, std::vector<PlacedProblem>& warnings) const
{
    for (auto& warning : place_problems(find_unwritten(live, text, store_->listeners_), text))
        warnings.push_back(std::move(warning));
}

// The staged policy is compiled as the version that a commit would make of it.
Result<CompiledPolicy> PolicyEditor::compile_view(const PolicyView& view, bool staged)
{
    const bool is_pending = staged && view.pending.has_value();
    const Edition edition{view.edition.version, is_pending ? view.edition.revision : 0};
    {
        const std::lock_guard lock(guard_);
        const auto& kept = is_pending ? staged_ : live_;
        if (kept && kept->edition == edition) return *kept;
    }
    auto compiled = compile(view.shown(is_pending), edition.version + (is_pending ? 1 : 0));
    if (!compiled.snapshot && is_pending) return CompiledPolicy{edition, is_pending, nullptr, {}, std::move(compiled.problems)};
    if (!compiled.snapshot) compiled.warnings = std::move(compiled.problems);  // its misfits; the store has found a way
    if (!compiled.snapshot) compiled.snapshot = store_->current();
    CompiledPolicy out{edition, is_pending, std::move(compiled.snapshot), std::move(compiled.warnings)};
    if (is_pending) add_comparison(*view.live, *view.staged, out.warnings);
    const std::lock_guard lock(guard_);
    (is_pending ? staged_ : live_) = out;
    return out;
}

Task<Result<boost::json::object>> PolicyEditor::ask(Question question)
{
    auto work = [self = shared_from_this(),
                 question = std::move(question)](Connection& connection) -> Result<boost::json::object> {
        SEALPOST_TRY(const auto view, self->load_view(connection));
        return question(*view);
    };
    auto answer = co_await store_->database_->read(std::move(work));
    co_return answer;
}

Task<Result<CompiledPolicy>> PolicyEditor::load_compiled(bool staged)
{
    auto work = [self = shared_from_this(), staged](Connection& connection) -> Result<CompiledPolicy> {
        SEALPOST_TRY(const auto view, self->load_view(connection));
        return self->compile_view(*view, staged);
    };
    auto answer = co_await store_->database_->read(std::move(work));
    co_return answer;
}

namespace {

Result<std::shared_ptr<const PolicyText>> read_one(Connection& connection, std::int64_t number)
{
    SEALPOST_TRY(auto version, read_version(connection, number));
    if (version.number == 0) return Error{Fault::denied, "there is no version " + std::to_string(number)};
    return read_text(std::move(version.text), "policy version " + std::to_string(number));
}

// What a commit began from; nothing was there before the first.
Result<std::shared_ptr<const PolicyText>> read_one_before(Connection& connection, std::int64_t number)
{
    if (number == 1) return read_text("", "no policy");
    return read_one(connection, number - 1);
}

}  // namespace

Task<Result<boost::json::object>> PolicyEditor::compare(std::optional<std::int64_t> from, std::optional<std::int64_t> to)
{
    auto work = [self = shared_from_this(), from, to](Connection& connection) -> Result<boost::json::object> {
        SEALPOST_TRY(const auto view, self->load_view(connection));
        auto before = view->live;
        auto after = from ? view->live : view->staged;
        if (from || to) {
            SEALPOST_TRY(before, from ? read_one(connection, *from) : read_one_before(connection, *to));
        }
        if (to) {
            SEALPOST_TRY(after, read_one(connection, *to));
        }
        const auto changes = describe_changes(*before, *after);
        return boost::json::object{
            {"changes", to_json(changes)}, {"count", changes.count}, {"difference", diff_texts(before->text(), after->text())}};
    };
    auto answer = co_await store_->database_->read(std::move(work));
    co_return answer;
}

Task<Result<HistoryPage>> PolicyEditor::load_history(std::optional<std::int64_t> before, std::size_t most)
{
    const auto size = std::clamp<std::size_t>(most, 1, max_page_commits);
    auto work = [before = before.value_or(0), size](Connection& connection) -> Result<HistoryPage> {
        HistoryPage page;
        SEALPOST_TRY(page.commits, read_history(connection, before, size + 1));
        if (page.commits.size() <= size) return page;
        page.commits.pop_back();
        page.next = page.commits.back().version;
        return page;
    };
    auto answer = co_await store_->database_->read(std::move(work));
    co_return answer;
}

Result<Outcome> PolicyEditor::tell_outdated(Connection& connection, const PolicyView& view, Edition seen)
{
    Outcome outcome;
    outcome.kind = Outcome::Kind::outdated;
    outcome.edition = view.edition;
    if (seen.version == view.edition.version && view.pending) outcome.staged_by = view.pending->author;
    // A staged text that was replaced is kept by nobody but this process: else from what was live then.
    const auto known = find_seen(seen);
    SEALPOST_TRY(const auto begun, read_version(connection, seen.version));
    outcome.difference = diff_texts(known.value_or(begun.text), view.staged->text());
    return outcome;
}

// Every change begins here: the edition that the editor saw must be what is there.
Result<PolicyEditor::Prepared> PolicyEditor::begin(Connection& connection, Edition seen)
{
    Prepared prepared;
    SEALPOST_TRY(prepared.view, load_view(connection));
    prepared.outcome.edition = prepared.view->edition;
    if (prepared.view->edition == seen) return prepared;
    SEALPOST_TRY(prepared.known, tell_outdated(connection, *prepared.view, seen));
    return prepared;
}

Task<Result<Outcome>> PolicyEditor::answer_outdated(Edition seen)
{
    auto work = [self = shared_from_this(), seen](Connection& connection) -> Result<Outcome> {
        SEALPOST_TRY(const auto view, self->load_view(connection));
        return self->tell_outdated(connection, *view, seen);
    };
    auto answer = co_await store_->database_->read(std::move(work));
    co_return answer;
}

Result<PolicyEditor::Prepared> PolicyEditor::prepare_draft(Connection& connection, Edition seen, const Maker& make)
{
    SEALPOST_TRY(auto prepared, begin(connection, seen));
    if (prepared.known) return prepared;
    SEALPOST_TRY(auto draft, make(*prepared.view));
    auto& outcome = prepared.outcome;
    outcome.senders = std::move(draft.senders);
    outcome.problems = std::move(draft.problems);
    if (draft.text) {
        std::vector<Problem> problems;
        prepared.text = PolicyText::parse(std::move(*draft.text), "policy", problems);
        for (auto& problem : problems) outcome.problems.push_back({std::move(problem), "", "", ""});
    }
    if (prepared.text) {
        auto compiled = compile(*prepared.text, seen.version + 1);
        prepared.snapshot = std::move(compiled.snapshot);
        outcome.warnings = std::move(draft.notes);
        outcome.warnings.insert(outcome.warnings.end(), compiled.warnings.begin(), compiled.warnings.end());
        add_comparison(*prepared.view->live, *prepared.text, outcome.warnings);
        outcome.problems.insert(outcome.problems.end(), compiled.problems.begin(), compiled.problems.end());
    }
    if (!prepared.snapshot) {
        outcome.kind = Outcome::Kind::refused;
        prepared.known = outcome;
    } else if (prepared.text->text() == prepared.view->staged->text()) {
        outcome.kind = Outcome::Kind::unchanged;
        prepared.known = outcome;
    } else {
        outcome.kind = prepared.text->text() == prepared.view->live->text() ? Outcome::Kind::unchanged : Outcome::Kind::staged;
        outcome.difference = diff_texts(prepared.view->live->text(), prepared.text->text());
    }
    return prepared;
}

Task<Result<Outcome>> PolicyEditor::stage(Edition seen, Maker make, std::string author)
{
    auto prepare = [self = shared_from_this(), seen, make = std::move(make)](Connection& connection) {
        return self->prepare_draft(connection, seen, make);
    };
    SEALPOST_CO_TRY(auto prepared, co_await store_->database_->read(std::move(prepare)));
    if (prepared.known) co_return std::move(*prepared.known);
    const bool drops = prepared.outcome.kind == Outcome::Kind::unchanged;
    const auto now = store_->clock_.now();
    // The new revision, or nothing when the edition is another one by now.
    auto write = [seen, drops, author, now, text = prepared.text](Connection& connection) -> Result<std::optional<std::int64_t>> {
        SEALPOST_TRY(const auto edition, read_edition(connection));
        if (edition != seen) return std::optional<std::int64_t>();
        if (drops) {
            SEALPOST_CHECK(drop_staged(connection));
            return std::optional<std::int64_t>(0);
        }
        SEALPOST_TRY(const auto revision, write_staged(connection, {0, seen.version, author, text->text(), {}}, now));
        return std::optional(revision);
    };
    SEALPOST_CO_TRY(const auto revision, co_await store_->database_->write(std::move(write)));
    if (!revision) {
        auto outdated = co_await answer_outdated(seen);
        co_return outdated;
    }
    auto view = std::make_shared<PolicyView>(*prepared.view);
    view->edition.revision = *revision;
    view->staged = drops ? view->live : prepared.text;
    view->pending.reset();
    if (!drops) view->pending = StagedInfo{author, now, seen.version};
    prepared.outcome.edition = view->edition;
    remember(view);
    if (!drops) {
        const std::lock_guard lock(guard_);
        staged_ = CompiledPolicy{view->edition, true, prepared.snapshot, prepared.outcome.warnings};
    }
    co_return std::move(prepared.outcome);
}

PolicyEditor::Draft PolicyEditor::make_draft(const PolicyView& view, const std::vector<Edit>& edits)
{
    auto edited = apply_edits(*view.staged, edits);
    return {std::move(edited.text), std::move(edited.problems), {}, std::move(edited.senders)};
}

Task<Result<Outcome>> PolicyEditor::edit(Edition seen, std::vector<Edit> edits, std::string author)
{
    Maker make = [edits = std::move(edits)](const PolicyView& view) { return make_draft(view, edits); };
    auto outcome = co_await stage(seen, std::move(make), std::move(author));
    co_return outcome;
}

Task<Result<Outcome>> PolicyEditor::edit(Edition seen, MakeEdit make, std::string author)
{
    Maker make_all = [make = std::move(make)](const PolicyView& view) -> Result<Draft> {
        SEALPOST_TRY(auto edit, make(*view.staged));
        return make_draft(view, {std::move(edit)});
    };
    auto outcome = co_await stage(seen, std::move(make_all), std::move(author));
    co_return outcome;
}

Task<Result<Outcome>> PolicyEditor::submit_text(Edition seen, std::string text, std::string author)
{
    Maker make = [text = std::move(text)](const PolicyView& view) {
        Draft draft;
        draft.text = text;
        if (auto nothing = find_emptiness(text, view.live->text(), "policy")) {
            draft.text.reset();
            draft.problems.push_back({std::move(*nothing), "", "", ""});
        }
        return draft;
    };
    auto outcome = co_await stage(seen, std::move(make), std::move(author));
    co_return outcome;
}

Task<Result<Outcome>> PolicyEditor::submit_hat(Edition seen, std::string hat_text, std::string listener, std::string author)
{
    Maker make = [self = shared_from_this(), hat_text = std::move(hat_text), listener](const PolicyView& view) {
        Draft draft;
        auto parsed = parse_hat_text(hat_text, "table");
        for (auto& problem : parsed.problems) draft.problems.push_back({std::move(problem), "", "", ""});
        for (auto& note : parsed.notes) draft.notes.push_back({std::move(note), "", "", ""});
        const auto chosen = self->store_->choose_listener(listener);
        auto text =
            chosen && parsed.hat ? replace_hat(view.staged->text(), *parsed.hat, *chosen) : Result<std::string>(std::string());
        if (chosen.has_error()) draft.problems.push_back(make_problem(chosen.error()));
        if (text.has_error()) draft.problems.push_back(make_problem(text.error()));
        if (!draft.problems.empty()) return draft;
        for (auto& group : find_displaced_groups(view.staged->text(), *parsed.hat, *chosen))
            draft.notes.push_back({std::move(group), "", "", ""});
        for (auto& other : self->store_->find_listeners_without(list_group_names(*parsed.hat), *text, listener))
            draft.notes.push_back({std::move(other), "", "", ""});
        draft.text = std::move(*text);
        return draft;
    };
    auto outcome = co_await stage(seen, std::move(make), std::move(author));
    co_return outcome;
}

Task<Result<Outcome>> PolicyEditor::submit_preset(Edition seen, std::string preset, std::string listener, std::string author)
{
    Maker make = [self = shared_from_this(), preset = std::move(preset), listener](const PolicyView& view) {
        Draft draft;
        const auto chosen = self->store_->choose_listener(listener);
        auto text = chosen ? add_preset(view.staged->text(), preset, *chosen) : Result<std::string>(chosen.error());
        if (text.has_error()) {
            draft.problems.push_back(make_problem(text.error()));
            return draft;
        }
        for (auto& other : self->store_->find_listeners_without(list_preset_groups(preset), *text, listener))
            draft.notes.push_back({std::move(other), "", "", ""});
        draft.text = std::move(*text);
        return draft;
    };
    auto outcome = co_await stage(seen, std::move(make), std::move(author));
    co_return outcome;
}

Task<Result<Outcome>> PolicyEditor::discard(Edition seen)
{
    auto write = [seen](Connection& connection) -> Result<bool> {
        SEALPOST_TRY(const auto edition, read_edition(connection));
        if (edition != seen) return false;
        SEALPOST_CHECK(drop_staged(connection));
        return true;
    };
    SEALPOST_CO_TRY(const bool done, co_await store_->database_->write(std::move(write)));
    if (!done) {
        auto outdated = co_await answer_outdated(seen);
        co_return outdated;
    }
    Outcome outcome;
    outcome.kind = seen.revision == 0 ? Outcome::Kind::nothing_staged : Outcome::Kind::discarded;
    outcome.edition = {seen.version, 0};
    co_return outcome;
}

Result<PolicyEditor::Prepared> PolicyEditor::prepare_commit(Connection& connection, Edition seen)
{
    SEALPOST_TRY(auto prepared, begin(connection, seen));
    if (prepared.known) return prepared;
    prepared.text = prepared.view->staged;
    if (!prepared.view->pending) {
        prepared.outcome.kind = Outcome::Kind::nothing_staged;
        prepared.known = prepared.outcome;
        return prepared;
    }
    {
        const std::lock_guard lock(guard_);
        if (staged_ && staged_->edition == seen) prepared.snapshot = staged_->snapshot;
    }
    if (prepared.snapshot) return prepared;
    auto compiled = compile(*prepared.text, seen.version + 1);
    prepared.snapshot = std::move(compiled.snapshot);
    if (prepared.snapshot) return prepared;
    prepared.outcome.kind = Outcome::Kind::refused;
    prepared.outcome.problems = std::move(compiled.problems);
    prepared.known = prepared.outcome;
    return prepared;
}

Result<PolicyEditor::Prepared> PolicyEditor::prepare_rollback(Connection& connection, Edition seen, std::int64_t version)
{
    SEALPOST_TRY(auto prepared, begin(connection, seen));
    if (prepared.known) return prepared;
    auto& outcome = prepared.outcome;
    SEALPOST_TRY(auto old, read_version(connection, version));
    if (old.number == 0) outcome.kind = Outcome::Kind::not_found;
    if (prepared.view->pending) outcome.kind = Outcome::Kind::something_staged;
    if (old.number != 0 && !prepared.view->pending && old.text == prepared.view->live->text())
        outcome.kind = Outcome::Kind::nothing_to_do;
    if (outcome.kind == Outcome::Kind::staged) {
        SEALPOST_TRY(prepared.text, read_text(std::move(old.text), "policy version " + std::to_string(version)));
        auto compiled = compile(*prepared.text, seen.version + 1);
        prepared.snapshot = std::move(compiled.snapshot);
        outcome.problems = std::move(compiled.problems);
        outcome.warnings = std::move(compiled.warnings);
        if (!prepared.snapshot) outcome.kind = Outcome::Kind::refused;
    }
    if (!prepared.snapshot) prepared.known = outcome;
    return prepared;
}

Task<Result<Outcome>> PolicyEditor::write_commit(Edition seen, Prepared prepared, std::string author, std::string comment)
{
    const CommitInfo info{seen.version + 1, store_->clock_.now(), std::move(author), std::move(comment)};
    auto write = [seen, info, text = prepared.text](Connection& connection) -> Result<bool> {
        SEALPOST_TRY(const auto edition, read_edition(connection));
        if (edition != seen) return false;
        SEALPOST_CHECK(write_version(connection, info, text->text()));
        SEALPOST_CHECK(drop_staged(connection));
        return true;
    };
    SEALPOST_CO_TRY(const bool done, co_await store_->database_->write(std::move(write)));
    if (!done) {
        auto outdated = co_await answer_outdated(seen);
        co_return outdated;
    }
    store_->take_over(prepared.snapshot);
    prepared.outcome.kind = Outcome::Kind::committed;
    prepared.outcome.edition = {info.version, 0};
    prepared.outcome.commit = info;
    co_return std::move(prepared.outcome);
}

Task<Result<Outcome>> PolicyEditor::commit(Edition seen, std::string author, std::string comment)
{
    auto prepare = [self = shared_from_this(), seen](Connection& connection) { return self->prepare_commit(connection, seen); };
    SEALPOST_CO_TRY(auto prepared, co_await store_->database_->read(std::move(prepare)));
    if (prepared.known) co_return std::move(*prepared.known);
    auto outcome = co_await write_commit(seen, std::move(prepared), std::move(author), std::move(comment));
    co_return outcome;
}

Task<Result<Outcome>> PolicyEditor::rollback(Edition seen, std::int64_t version, std::string author)
{
    auto prepare = [self = shared_from_this(), seen, version](Connection& connection) {
        return self->prepare_rollback(connection, seen, version);
    };
    SEALPOST_CO_TRY(auto prepared, co_await store_->database_->read(std::move(prepare)));
    if (prepared.known) co_return std::move(*prepared.known);
    auto comment = "Roll back to version " + std::to_string(version);
    auto outcome = co_await write_commit(seen, std::move(prepared), std::move(author), std::move(comment));
    co_return outcome;
}

}  // namespace sealpost::revisions
