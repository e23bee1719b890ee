#include "core/revisions/policy_store.hpp"

#include "base/text.hpp"
#include "core/policy/last_policy.hpp"
#include "core/revisions/hat_text.hpp"
#include "core/revisions/policy_tables.hpp"
#include "core/revisions/policy_text.hpp"
#include "core/revisions/preset.hpp"
#include "core/revisions/renamed_listener.hpp"
#include "core/revisions/text_diff.hpp"
#include "core/revisions/unwritten.hpp"
#include "wire/mail/visible_text.hpp"

#include <algorithm>
#include <limits>

namespace sealpost::revisions {
namespace {

using db::Connection;
using policy::Document;
using policy::ListenerKind;
using policy::parse_document;

// The listeners of this node and those that only the document knows.
std::vector<ListenerInfo> add_named(std::vector<ListenerInfo> listeners, const Document& document)
{
    const auto add = [&](const std::string& name) {
        const bool known = std::any_of(listeners.begin(), listeners.end(), [&](const auto& each) { return each.name == name; });
        if (!name.empty() && !known) listeners.push_back({name, ListenerKind::public_mail});
    };
    for (const auto& defaults : document.listener_defaults) add(defaults.listener);
    for (const auto& group : document.groups) add(group.listener);
    const auto add_all = [&](const auto& rows) {
        for (const auto& row : rows) std::for_each(row.listeners.begin(), row.listeners.end(), add);
    };
    add_all(document.recipients);
    add_all(document.rules);
    add_all(document.aliases);
    add_all(document.masquerades);
    add_all(document.domain_maps);
    return listeners;
}

// The rows of recipients for listeners that have no table of them any more: what was public when they were written.
Document leave_out_unreceiving(Document document, const std::vector<ListenerInfo>& listeners)
{
    const auto has_no_table = [&](const std::string& name) {
        return std::ranges::any_of(
            listeners, [&](const ListenerInfo& each) { return each.name == name && each.kind != ListenerKind::public_mail; });
    };
    std::erase_if(document.recipients, [&](policy::RecipientRow& row) {
        return std::erase_if(row.listeners, has_no_table) > 0 && row.listeners.empty();  // empty would mean all
    });
    return document;
}

// What is current, and what is staged over it.
struct Present {
    Version current;
    Staged staged;

    [[nodiscard]] Edition edition() const { return {current.number, staged.revision}; }
    [[nodiscard]] const std::string& working_text() const { return staged.revision != 0 ? staged.text : current.text; }
    [[nodiscard]] bool is_staged_by_another(const std::string& author) const
    {
        return staged.revision != 0 && staged.author != author;
    }
};

Result<Present> read_present(Connection& connection)
{
    Present present;
    SEALPOST_TRY(present.current, read_current(connection));
    SEALPOST_TRY(present.staged, read_staged(connection));
    return present;
}

// Stages a text over what is current, or drops what is staged where the text changes nothing.
Result<> keep(Connection& connection, const Version& current, const std::string& author, const std::string& text, WallTime now,
              SubmitResult& result)
{
    result.edition = {current.number, 0};
    if (text == current.text) {
        result.kind = SubmitResult::Kind::unchanged;
        return drop_staged(connection);
    }
    result.difference = diff_texts(current.text, text);
    SEALPOST_TRY(result.edition.revision, write_staged(connection, {0, current.number, author, text, {}}, now));
    return {};
}

// What stands in the way of a change that began from version `begun`.
Result<> tell_outdated(Connection& connection, const Present& present, std::int64_t begun, SubmitResult& result)
{
    const auto& [current, staged] = present;
    result.kind = SubmitResult::Kind::outdated;
    result.edition = present.edition();
    if (begun != current.number) {
        SEALPOST_TRY(const auto old, read_version(connection, begun));
        result.difference = diff_texts(old.text, current.text);
        return {};
    }
    result.staged_by = staged.author;
    if (staged.revision != 0) result.difference = diff_texts(current.text, staged.text);
    return {};
}

const Error nothing_staged{Fault::denied, "nothing is staged: policy submit FILE first"};

}  // namespace

PolicyStore::PolicyStore(std::shared_ptr<db::Database> database, const Clock& clock, std::vector<ListenerInfo> listeners,
                         std::optional<policy::NodeFacts> node)
    : database_(std::move(database)), clock_(clock), listeners_(std::move(listeners)), node_(std::move(node))
{
}

Result<std::shared_ptr<PolicyStore>> PolicyStore::open(std::shared_ptr<db::Database> database, const Clock& clock,
                                                       std::vector<ListenerInfo> listeners, std::optional<policy::NodeFacts> node)
{
    SEALPOST_CHECK(database->migrate("policy", list_schema_steps()));
    std::shared_ptr<PolicyStore> store(new PolicyStore(std::move(database), clock, std::move(listeners), std::move(node)));
    SEALPOST_TRY(const auto head, store->database_->read_now([](Connection& connection) { return read_head(connection); }));
    if (head == 0) {
        const CommitInfo info{1, clock.now(), "sealpost", "The default policy"};
        const auto text = policy::default_document(store->listeners_);
        SEALPOST_CHECK(store->database_->write_now([&](Connection& connection) -> Result<> {
            SEALPOST_TRY(const auto now, read_head(connection));  // another process may have been faster
            if (now != 0) return {};
            return write_version(connection, info, text);
        }));
    }
    SEALPOST_TRY(const auto current, store->database_->read_now([](Connection& connection) { return read_current(connection); }));
    SEALPOST_CHECK(store->adopt(current.text, current.number));
    return store;
}

Result<bool> PolicyStore::adopt(const std::string& text, std::int64_t version)
{
    const auto name = "policy version " + std::to_string(version);
    auto parsed = parse_document(text, name);
    if (!parsed.document) return config::to_error(parsed.problems);
    auto compiled = Snapshot::compile(*parsed.document, listeners_, version, node_);
    name_file(compiled.problems, name);
    auto misfits = compiled.problems;
    auto behind_all = policy::check_last_policies(*parsed.document, listeners_);
    name_file(behind_all, name);
    misfits.insert(misfits.end(), behind_all.begin(), behind_all.end());
    if (!compiled.snapshot) {
        auto fitting = std::move(*parsed.document);
        if (const auto renaming = find_renaming(fitting, listeners_, node_)) {
            misfits.insert(misfits.begin(), describe_renaming(*renaming));
            misfits.front().file = name;
            fitting = settle_renaming(std::move(fitting), *renaming);
        }
        fitting = leave_out_unreceiving(std::move(fitting), listeners_);
        auto listeners = add_named(listeners_, fitting);
        compiled = Snapshot::compile(std::move(fitting), std::move(listeners), version);
    }
    if (!compiled.snapshot) return config::to_error(misfits);
    return take_over(std::move(compiled.snapshot), std::move(misfits));
}

bool PolicyStore::take_over(std::shared_ptr<const Snapshot> snapshot, std::vector<Problem> misfits)
{
    const std::lock_guard lock(guard_);
    if (current_ && snapshot->version() <= current_->version()) return false;  // another commit was faster
    current_ = std::move(snapshot);
    misfits_ = std::move(misfits);
    return true;
}

std::shared_ptr<const Snapshot> PolicyStore::current() const
{
    const std::lock_guard lock(guard_);
    return current_;
}

std::vector<Problem> PolicyStore::misfits() const
{
    const std::lock_guard lock(guard_);
    return misfits_;
}

Result<std::shared_ptr<const Snapshot>> PolicyStore::pending() const
{
    SEALPOST_TRY(const auto staged, database_->read_now([](Connection& connection) { return read_staged(connection); }));
    if (staged.revision == 0) return current();
    auto parsed = parse_document(staged.text, "staged policy");
    if (!parsed.document) return config::to_error(parsed.problems);
    auto compiled = policy::compile_new(std::move(*parsed.document), listeners_, staged.base, node_);
    if (!compiled.snapshot) return config::to_error(compiled.problems);
    return std::move(compiled.snapshot);
}

SubmitResult PolicyStore::check(const std::string& text, const std::string& name) const
{
    SubmitResult result;
    auto parsed = parse_document(text, name);
    result.problems = std::move(parsed.problems);
    result.warnings = std::move(parsed.notes);
    if (parsed.document) {
        auto compiled = policy::compile_new(std::move(*parsed.document), listeners_, 0, node_);
        result.problems = std::move(compiled.problems);
        result.warnings.insert(result.warnings.end(), compiled.warnings.begin(), compiled.warnings.end());
    }
    name_file(result.problems, name);
    name_file(result.warnings, name);
    if (!result.problems.empty()) result.kind = SubmitResult::Kind::refused;
    return result;
}

void PolicyStore::add_comparison(const std::string& live, const std::string& text, SubmitResult& result) const
{
    if (result.kind != SubmitResult::Kind::staged) return;
    for (auto& warning : find_unwritten(live, text, listeners_)) result.warnings.push_back(std::move(warning));
}

Result<SubmitResult> PolicyStore::submit(std::string text, std::string name, std::string author, Basis basis)
{
    auto result = check(text, name);
    if (result.kind == SubmitResult::Kind::refused) return result;
    std::string live;
    SEALPOST_CHECK(database_->write_now([&](Connection& connection) -> Result<> {
        SEALPOST_TRY(const auto present, read_present(connection));
        const auto& current = present.current;
        result.edition = present.edition();
        if (basis.edition) basis.version = basis.edition->version;
        const auto begun = basis.version.value_or(current.number);
        const bool is_in_the_way = basis.edition ? *basis.edition != result.edition
                                                 : present.is_staged_by_another(author) && present.staged.text != text;
        if (begun != current.number || is_in_the_way) return tell_outdated(connection, present, begun, result);
        if (auto nothing = find_emptiness(text, current.text, name)) {
            result.kind = SubmitResult::Kind::refused;
            result.edition = {};  // as of any other document that is wrong
            result.problems.push_back(std::move(*nothing));
            return {};
        }
        live = current.text;
        return keep(connection, current, author, text, clock_.now(), result);
    }));
    add_comparison(live, text, result);
    return result;
}

Result<SubmitResult> PolicyStore::submit_changed(const Change& change, std::string name, std::string author,
                                                 std::optional<Edition> seen)
{
    struct Begun {
        Edition edition;
        std::string text;
        std::optional<SubmitResult> outdated;
    };
    SEALPOST_TRY(const auto begun, database_->read_now([&](Connection& connection) -> Result<Begun> {
        SEALPOST_TRY(const auto present, read_present(connection));
        Begun found{present.edition(), present.working_text(), {}};
        const bool is_in_the_way = seen ? *seen != found.edition : present.is_staged_by_another(author);
        if (!is_in_the_way) return found;
        const auto begun_from = seen.value_or(found.edition).version;
        SEALPOST_CHECK(tell_outdated(connection, present, begun_from, found.outdated.emplace()));
        return found;
    }));
    if (begun.outdated) return *begun.outdated;
    SEALPOST_TRY(const auto text, change(begun.text));
    auto result = check(text, name);
    if (result.kind == SubmitResult::Kind::refused) return result;
    std::string live;
    SEALPOST_CHECK(database_->write_now([&](Connection& connection) -> Result<> {
        SEALPOST_TRY(const auto present, read_present(connection));
        if (present.edition() != begun.edition) {
            result.kind = SubmitResult::Kind::outdated;
            result.edition = present.edition();
            result.difference = diff_texts(begun.text, present.working_text());
            return {};
        }
        live = present.current.text;
        return keep(connection, present.current, author, text, clock_.now(), result);
    }));
    add_comparison(live, text, result);
    return result;
}

Result<std::string> PolicyStore::choose_listener(std::string listener) const
{
    if (!listener.empty()) return listener;
    const auto found = std::find_if(listeners_.begin(), listeners_.end(),
                                    [](const auto& each) { return each.kind == ListenerKind::public_mail; });
    if (found == listeners_.end()) return Error{Fault::config, "there is no public listener; name one with --listener"};
    return found->name;
}

std::vector<Problem> PolicyStore::find_listeners_without(const std::vector<std::string>& groups, const std::string& text,
                                                         const std::string& named) const
{
    std::vector<Problem> found;
    const auto parsed = parse_document(text, "policy");
    if (!named.empty() || !parsed.document) return found;
    for (const auto& listener : listeners_) {
        if (listener.kind != ListenerKind::public_mail) continue;
        std::vector<std::string> missing;
        for (const auto& name : groups) {
            const auto is_it = [&](const auto& group) { return group.name == name && group.listener == listener.name; };
            if (std::ranges::none_of(parsed.document->groups, is_it)) missing.push_back(name);
        }
        if (missing.empty()) continue;
        found.push_back(
            config::make_problem("", 0, "sender_group.listener",
                                 config::say("without_groups", "{listener} is public, too, and has no sender group {groups}",
                                             {config::quote_json(listener.name), join(missing, ", ")}),
                                 config::say("choose_listener", "the same with listener {listener}", {listener.name})));
    }
    return found;
}

Result<SubmitResult> PolicyStore::submit_hat(std::string_view hat_text, std::string name, std::string listener,
                                             std::string author, std::optional<Edition> seen)
{
    auto parsed = parse_hat_text(hat_text, name);
    if (!parsed.hat) return SubmitResult{SubmitResult::Kind::refused, std::move(parsed.problems), {}, {}, {}, {}};
    SEALPOST_TRY(const auto chosen, choose_listener(listener));
    const auto replace = [&](const std::string& text) -> Result<std::string> {
        for (auto& group : find_displaced_groups(text, *parsed.hat, chosen)) parsed.notes.push_back(std::move(group));
        SEALPOST_TRY(auto replaced, replace_hat(text, *parsed.hat, chosen));
        for (auto& other : find_listeners_without(list_group_names(*parsed.hat), replaced, listener))
            parsed.notes.push_back(std::move(other));
        return replaced;
    };
    SEALPOST_TRY(auto result, submit_changed(replace, "the document made of " + name, std::move(author), seen));
    result.warnings.insert(result.warnings.begin(), parsed.notes.begin(), parsed.notes.end());
    return result;
}

Result<SubmitResult> PolicyStore::submit_preset(std::string_view preset, std::string listener, std::string author,
                                                std::optional<Edition> seen)
{
    SEALPOST_TRY(const auto chosen, choose_listener(listener));
    std::vector<Problem> others;
    const auto extend = [&](const std::string& text) -> Result<std::string> {
        SEALPOST_TRY(auto extended, add_preset(text, preset, chosen));
        others = find_listeners_without(list_preset_groups(preset), extended, listener);
        return extended;
    };
    SEALPOST_TRY(auto result, submit_changed(extend, "preset " + std::string(preset), std::move(author), seen));
    result.warnings.insert(result.warnings.begin(), others.begin(), others.end());
    return result;
}

Result<bool> PolicyStore::has_pending() const
{
    SEALPOST_TRY(const auto staged, database_->read_now([](Connection& connection) { return read_staged(connection); }));
    return staged.revision != 0;
}

Result<Standing> PolicyStore::standing() const
{
    return database_->read_now([](Connection& connection) -> Result<Standing> {
        SEALPOST_TRY(const auto commits, read_history(connection, 0, 1));
        SEALPOST_TRY(auto staged, read_staged(connection));
        return Standing{{commits.front().version, staged.revision}, commits.front(), std::move(staged.author), staged.time};
    });
}

Result<std::string> PolicyStore::export_text(bool pending) const
{
    return database_->read_now([pending](Connection& connection) -> Result<std::string> {
        if (pending) {
            SEALPOST_TRY(const auto present, read_present(connection));
            return present.working_text();
        }
        SEALPOST_TRY(auto current, read_current(connection));
        return std::move(current.text);
    });
}

Result<std::string> PolicyStore::export_version(std::int64_t version) const
{
    SEALPOST_TRY(auto found,
                 database_->read_now([version](Connection& connection) { return read_version(connection, version); }));
    if (found.number == 0) return Error{Fault::denied, "there is no version " + std::to_string(version) + ": see policy history"};
    return std::move(found.text);
}

Result<> PolicyStore::check_version(std::int64_t version) const
{
    SEALPOST_TRY(const auto text, export_version(version));
    const auto checked = check(text, "policy version " + std::to_string(version));
    if (checked.kind == SubmitResult::Kind::refused) return config::to_error(checked.problems);
    return {};
}

Result<std::string> PolicyStore::diff() const
{
    return database_->read_now([](Connection& connection) -> Result<std::string> {
        SEALPOST_TRY(const auto present, read_present(connection));
        return present.staged.revision == 0 ? std::string() : diff_texts(present.current.text, present.staged.text);
    });
}

Result<> check_comment(std::string_view comment)
{
    if (mail::is_plain_line(comment)) return {};
    return Error{Fault::peer_broke_it, "a comment is one line without control characters and marks of a direction"};
}

Result<> check_edition(const Edition& now, const std::optional<Edition>& seen)
{
    if (!seen || *seen == now) return {};
    return Error{Fault::denied, "edition " + format_edition(now) + " is there, not " + format_edition(*seen) +
                                    ": somebody submitted, committed or discarded meanwhile; policy status says who, and policy "
                                    "diff shows what is staged"};
}

Result<CommitInfo> PolicyStore::commit(std::string author, std::string comment, std::optional<Edition> seen)
{
    SEALPOST_CHECK(check_comment(comment));
    SEALPOST_TRY(const auto staged, database_->read_now([&](Connection& connection) -> Result<Staged> {
        SEALPOST_TRY(const auto head, read_head(connection));
        SEALPOST_TRY(auto found, read_staged(connection));
        SEALPOST_CHECK(check_edition({head, found.revision}, seen));
        return found;
    }));
    if (staged.revision == 0) return nothing_staged;
    const auto checked = check(staged.text, "staged policy");
    if (checked.kind == SubmitResult::Kind::refused) return config::to_error(checked.problems);
    SEALPOST_TRY(const auto info, database_->write_now([&](Connection& connection) -> Result<CommitInfo> {
        SEALPOST_TRY(const auto head, read_head(connection));
        SEALPOST_TRY(const auto now, read_staged(connection));
        SEALPOST_CHECK(check_edition({head, now.revision}, seen));
        if (now.revision != staged.revision)
            return Error{Fault::denied, "somebody staged another document meanwhile: look at policy diff again"};
        if (staged.base != head)
            return Error{Fault::denied, "the staged document began from version " + std::to_string(staged.base) +
                                            ", and version " + std::to_string(head) +
                                            " is current: export, change and submit again"};
        const CommitInfo made{head + 1, clock_.now(), author, comment};
        SEALPOST_CHECK(write_version(connection, made, staged.text));
        SEALPOST_CHECK(drop_staged(connection));
        return made;
    }));
    SEALPOST_CHECK(adopt(staged.text, info.version));
    return info;
}

Result<bool> PolicyStore::discard(std::optional<Edition> seen)
{
    return database_->write_now([&](Connection& connection) -> Result<bool> {
        SEALPOST_TRY(const auto edition, read_edition(connection));
        SEALPOST_CHECK(check_edition(edition, seen));
        SEALPOST_CHECK(drop_staged(connection));
        return edition.revision != 0;
    });
}

Result<std::vector<CommitInfo>> PolicyStore::history() const
{
    return database_->read_now(
        [](Connection& connection) { return read_history(connection, 0, std::numeric_limits<std::int64_t>::max()); });
}

Result<CommitInfo> PolicyStore::rollback(std::int64_t version, std::string author, std::optional<Edition> seen)
{
    SEALPOST_TRY(const auto old, export_version(version));
    SEALPOST_CHECK(check_version(version));
    SEALPOST_TRY(const auto info, database_->write_now([&](Connection& connection) -> Result<CommitInfo> {
        SEALPOST_TRY(const auto edition, read_edition(connection));
        SEALPOST_CHECK(check_edition(edition, seen));
        if (edition.revision != 0) return Error{Fault::denied, "a staged document waits: commit or discard it first"};
        SEALPOST_TRY(const auto current, read_version(connection, edition.version));
        if (current.text == old)
            return Error{Fault::denied, "version " + std::to_string(version) + " is what is current already"};
        const CommitInfo made{edition.version + 1, clock_.now(), author, "Roll back to version " + std::to_string(version)};
        SEALPOST_CHECK(write_version(connection, made, old));
        return made;
    }));
    SEALPOST_CHECK(adopt(old, info.version));
    return info;
}

Task<Result<bool>> PolicyStore::refresh()
{
    auto ask_head = [](Connection& connection) { return read_head(connection); };
    SEALPOST_CO_TRY(const auto head, co_await database_->read(std::move(ask_head)));
    if (head <= current()->version()) co_return false;
    // Compiling a large document takes a while: on the reader's thread, not on this worker.
    auto take_over = [self = shared_from_this()](Connection& connection) -> Result<bool> {
        SEALPOST_TRY(const auto found, read_current(connection));
        return self->adopt(found.text, found.number);
    };
    auto taken = co_await database_->read(std::move(take_over));
    co_return taken;
}

Task<void> PolicyStore::follow(std::chrono::milliseconds interval, std::function<void(Result<std::int64_t>)> tell)
{
    bool is_failing = false;
    while (true) {
        auto slept = co_await async::sleep_until(Deadline::after(interval));
        if (slept.has_error()) co_return;
        auto refreshed = co_await refresh();
        if (refreshed.has_error() && !is_failing) tell(refreshed.error());
        if (refreshed && *refreshed) tell(current()->version());
        is_failing = refreshed.has_error();
    }
}

}  // namespace sealpost::revisions
