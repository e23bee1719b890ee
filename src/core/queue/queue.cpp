#include "core/queue/queue.hpp"

#include "core/queue/content_reader.hpp"
#include "core/queue/retry.hpp"
#include "core/queue/schema.hpp"
#include "core/queue/settle.hpp"
#include "core/queue/state.hpp"
#include "core/queue/store.hpp"

namespace sealpost::queue {

struct Queue::Accepted {
    std::vector<MessageId> messages;
    ContentId content;
    std::optional<std::string> earlier = {};  // the note of the message that was there already; then nothing was stored
};

// What waits for its commit; owned by the job, which may outlive the task that asked for it.
struct Queue::Draft {
    std::vector<NewMessage> messages;
    std::unique_ptr<ContentWriter> content;
    std::optional<Once> once = {};

    [[nodiscard]] Result<> check(bool lacks_head) const;
    [[nodiscard]] Result<Accepted> store(Store store, WallTime now) const;
};

namespace {

constexpr int domains_per_slice = 2000;
constexpr std::chrono::milliseconds first_settle_pause{100};
constexpr std::chrono::milliseconds longest_settle_pause{5000};
constexpr std::chrono::minutes unreadable_pause{1};  // until a domain is looked at again whose rows could not be read
constexpr std::chrono::seconds clock_tolerance{1};   // a clock that is set right by less puts nothing off

// Nothing waits longer than the longest interval, unless the clock was ahead when it was planned and has been set
// back since: then it would wait for that time to come again.
std::vector<std::string> find_late(std::vector<DueDomain>& domains, WallTime latest)
{
    std::vector<std::string> late;
    for (auto& domain : domains) {
        if (domain.last_due > latest) late.push_back(domain.domain);
        domain.first_due = std::min(domain.first_due, latest);
    }
    return late;
}

Task<Result<>> pull_late(std::shared_ptr<db::Database> database, std::string owner, std::vector<std::string> domains,
                         WallTime now, std::chrono::milliseconds longest)
{
    auto work = [owner = std::move(owner), domains = std::move(domains), now, longest](db::Connection& connection) -> Result<> {
        for (const auto& domain : domains) SEALPOST_CHECK(Store(connection, owner).pull_due(domain, now, longest));
        return {};
    };
    auto pulled = co_await database->write(std::move(work));
    co_return pulled;
}

Result<> leave_lanes(db::Database& database, const Owner& owner)
{
    for (int left = messages_per_commit; left == messages_per_commit;) {
        SEALPOST_CHECK(database.write_now([&](db::Connection& connection) -> Result<> {
            SEALPOST_TRY(left, Store(connection).leave_lanes(owner, messages_per_commit));
            return {};
        }));
    }
    return {};
}

struct Claimed {
    std::vector<Schedule::Found> found;
    std::vector<DueMessage> due;
};

Result<> load_turn(Store& store, const Schedule::Claim& claim, const Schedule::Turn& turn, WallTime now, Claimed& into)
{
    SEALPOST_TRY(auto found, store.find_due(turn, claim.leased, now));
    SEALPOST_TRY(auto due, store.load_due(found.messages));
    std::move(due.begin(), due.end(), std::back_inserter(into.due));
    into.found.push_back(std::move(found));
    return {};
}

Result<Claimed> load_claim(Store store, const Schedule::Claim& claim, WallTime now)
{
    Claimed claimed;
    for (const auto& turn : claim.turns) SEALPOST_CHECK(load_turn(store, claim, turn, now, claimed));
    return claimed;
}

// Each turn for itself, when they could not be read together: damage to the rows of one domain must not keep what is for the
// others. In transactions of their own, since PostgreSQL answers nothing more in one in which something failed.
Task<Result<Claimed>> load_turns_apart(std::shared_ptr<db::Database> database, std::string owner, log::Log log,
                                       std::shared_ptr<const Schedule::Claim> claim, WallTime now)
{
    Claimed all;
    for (const auto& turn : claim->turns) {
        auto work = [owner, claim, turn, now](db::Connection& connection) -> Result<Claimed> {
            Store store(connection, owner);
            Claimed alone;
            SEALPOST_CHECK(load_turn(store, *claim, turn, now, alone));
            return alone;
        };
        auto loaded = co_await database->read(std::move(work));
        if (loaded.has_error() && loaded.error().fault != Fault::give_up) co_return loaded.error();
        if (loaded.has_error()) {
            log.error("queue.domain_unreadable", {{"domain", turn.domain}, {"problem", loaded.error().text}});
            all.found.push_back({turn.domain, {}, false, now + unreadable_pause, std::nullopt});
            continue;
        }
        std::move(loaded->due.begin(), loaded->due.end(), std::back_inserter(all.due));
        std::move(loaded->found.begin(), loaded->found.end(), std::back_inserter(all.found));
    }
    co_return all;
}

}  // namespace

void Queue::State::note(const std::vector<MadeDue>& made_due)
{
    bool is_earlier = false;
    for (const auto& made : made_due) {
        if (made.due_at && schedule.note(made.domain, *made.due_at)) is_earlier = true;
    }
    if (is_earlier) wake();
}

void Queue::State::wake()
{
    const std::lock_guard lock(mutex);
    if (notify) notify();
}

void Queue::State::look_for_more()
{
    look_anew();
    wake();
}

void Queue::State::look_anew()
{
    const std::lock_guard lock(mutex);
    has_seen_all_domains = false;
    last_domain.clear();
    ++discovery_round;
}

Result<> Queue::Draft::check(bool lacks_head) const
{
    if (!content) return Error{Fault::give_up, "a message needs content"};
    if (lacks_head) return Error{Fault::give_up, "a message needs the head that its content kept a place for"};
    if (messages.empty()) return Error{Fault::give_up, "there is no message to accept"};
    for (const auto& message : messages) {
        if (message.recipients.empty()) return Error{Fault::give_up, "a message needs a recipient"};
    }
    return {};
}

// The 250 stands on this commit: doc/spec/queue.md, "Why the 250 is safe".
Result<Queue::Accepted> Queue::Draft::store(Store store, WallTime now) const
{
    Accepted accepted;
    if (once) {
        SEALPOST_TRY(accepted.earlier, store.note_once(*once, now));
        if (accepted.earlier) return accepted;
    }
    SEALPOST_TRY(accepted.content, store.keep_content(*content, static_cast<std::int64_t>(messages.size())));
    for (const auto& message : messages) {
        SEALPOST_TRY(const auto id, store.insert_message(message, MessageId(), accepted.content, content->size(), now));
        accepted.messages.push_back(id);
    }
    return accepted;
}

Queue::Queue(std::shared_ptr<State> state) : state_(std::move(state)) {}
Queue::~Queue() = default;

Result<std::shared_ptr<Queue>> Queue::open(std::shared_ptr<db::Database> database, const Clock& clock, log::Log log,
                                           Settings settings)
{
    SEALPOST_CHECK(migrate_tables(*database));
    SEALPOST_CHECK(database->write_now([&](db::Connection& connection) -> Result<> {
        Store store(connection, settings.owner.name);
        if (!settings.owner.name.empty()) SEALPOST_CHECK(store.begin_life(settings.owner));
        return store.erase_unused_content();
    }));
    if (!settings.owner.name.empty()) SEALPOST_CHECK(leave_lanes(*database, settings.owner));
    auto state = std::make_shared<State>(std::move(database), clock, std::move(log), std::move(settings), true);
    return std::shared_ptr<Queue>(new Queue(std::move(state)));
}

Result<std::shared_ptr<Queue>> Queue::open_beside(std::shared_ptr<db::Database> database, const Clock& clock, log::Log log,
                                                  Settings settings)
{
    SEALPOST_CHECK(migrate_tables(*database));
    auto state = std::make_shared<State>(std::move(database), clock, std::move(log), std::move(settings), false);
    return std::shared_ptr<Queue>(new Queue(std::move(state)));
}

std::unique_ptr<ContentWriter> Queue::begin()
{
    return std::make_unique<ContentWriter>(state_->database, state_->given_up, state_->settings.owner.name);
}

std::unique_ptr<async::ByteSource> Queue::read(ContentId content)
{
    if (auto pieces = state_->recent.find(content)) return std::make_unique<RecentReader>(std::move(pieces));
    return std::make_unique<ContentReader>(state_->database, content);
}

Task<Result<MessageId>> Queue::accept(NewMessage message, std::unique_ptr<ContentWriter> content)
{
    std::vector<NewMessage> messages;
    messages.push_back(std::move(message));
    auto ids = co_await accept_all(std::move(messages), std::move(content));
    if (ids.has_error()) co_return ids.error();
    co_return ids->front();
}

Task<Result<std::vector<MessageId>>> Queue::accept_all(std::vector<NewMessage> messages, std::unique_ptr<ContentWriter> content)
{
    auto draft = std::make_shared<Draft>();
    draft->messages = std::move(messages);
    draft->content = std::move(content);
    auto accepted = co_await take(std::move(draft));
    if (accepted.has_error()) co_return accepted.error();
    co_return std::move(accepted->messages);
}

Task<Result<std::string>> Queue::accept_all_once(Once once, std::vector<NewMessage> messages,
                                                 std::unique_ptr<ContentWriter> content)
{
    auto draft = std::make_shared<Draft>();
    draft->messages = std::move(messages);
    draft->content = std::move(content);
    draft->once = std::move(once);
    auto accepted = co_await take(draft);
    if (accepted.has_error()) co_return accepted.error();
    co_return accepted->earlier.value_or(draft->once->note);
}

Task<Result<std::optional<MessageId>>> Queue::accept_if_new(Once once, NewMessage message, std::unique_ptr<ContentWriter> content)
{
    auto draft = std::make_shared<Draft>();
    draft->messages.push_back(std::move(message));
    draft->content = std::move(content);
    draft->once = std::move(once);
    auto accepted = co_await take(std::move(draft));
    if (accepted.has_error()) co_return accepted.error();
    if (accepted->earlier) co_return std::optional<MessageId>();
    co_return std::optional(accepted->messages.front());
}

Task<Result<std::optional<std::string>>> Queue::find_accepted(std::string key)
{
    auto work = [state = state_, key = std::move(key)](db::Connection& connection) {
        return state->store(connection).find_note(key);
    };
    return state_->database->read(std::move(work));
}

Task<Result<Queue::Accepted>> Queue::take(std::shared_ptr<Draft> draft)
{
    auto state = state_;
    SEALPOST_CO_CHECK(draft->check(draft->content && draft->content->lacks_head_));
    if (draft->content->has_failed_) co_return Error{Fault::retry_later, "a part of the message could not be stored"};
    const WallTime now = state->clock.now();
    for (auto& message : draft->messages) message.turn = state->schedule.take_turn(line_of(message), message.sender, now);
    auto work = [draft, now, owner = state->settings.owner.name,
                 is_beside = state->accepts_for_others()](db::Connection& connection) -> Result<Accepted> {
        if (is_beside) SEALPOST_CHECK(Store(connection).nudge());
        return draft->store(Store(connection, owner), now);
    };
    std::vector<MadeDue> made_due;
    for (const auto& message : draft->messages) made_due.push_back({line_of(message), message.turn});
    auto accepted = co_await state->database->write_repeatable(std::move(work));
    if (accepted.has_error()) {
        // The commit may have taken effect all the same; and whoever looks forgets the turns when nothing is there.
        state->note(made_due);
        co_return accepted.error().in("cannot queue the message");
    }
    draft->content->is_accepted_ = !accepted->earlier;
    const bool is_whole = draft->content->stored_ == ContentId();  // none of it went ahead
    if (state->is_owner && is_whole && !accepted->earlier)
        state->recent.keep(accepted->content, std::move(draft->content->pieces_), draft->messages.size());
    state->note(made_due);
    co_return std::move(*accepted);
}

Task<Result<>> Queue::erase_given_up()
{
    auto state = state_;
    const auto contents = state->given_up->take();
    if (contents.empty()) co_return Result<>();
    auto work = [contents](db::Connection& connection) -> Result<> {
        for (const auto content : contents) SEALPOST_CHECK(Store(connection).erase_if_unused(content));
        return {};
    };
    auto erased = co_await state->database->write(std::move(work));
    if (erased.has_error()) state->given_up->put_back(contents);
    co_return erased;
}

Task<Result<>> Queue::discover_domains()
{
    auto state = state_;
    std::string after;
    int round = 0;
    {
        const std::lock_guard lock(state->mutex);
        if (state->has_seen_all_domains) co_return Result<>();
        after = state->last_domain;
        round = state->discovery_round;
    }
    auto work = [state, after](db::Connection& connection) {
        return state->store(connection).find_domains(after, domains_per_slice);
    };
    auto domains = co_await state->database->read(std::move(work));
    if (domains.has_error()) co_return domains.error();
    const WallTime now = state->clock.now();
    const std::chrono::milliseconds longest = state->settings.retry.max_interval;
    auto late = find_late(*domains, now + longest);
    if (!late.empty())
        SEALPOST_CO_CHECK(co_await pull_late(state->database, state->settings.owner.name, std::move(late), now, longest));
    for (const auto& domain : *domains) state->schedule.note(domain.domain, domain.first_due);
    const std::lock_guard lock(state->mutex);
    if (state->discovery_round != round) co_return Result<>();  // another process changed something meanwhile
    state->has_seen_all_domains = domains->size() < domains_per_slice;
    state->last_domain = state->has_seen_all_domains ? std::string() : domains->back().domain;
    co_return Result<>();
}

Task<Result<std::vector<DueMessage>>> Queue::claim(int most, MostToDomain most_to_domain)
{
    auto state = state_;
    if (state->is_ousted) co_return std::vector<DueMessage>();
    auto discovered = co_await discover_domains();
    if (discovered.has_error()) co_return discovered.error().in("cannot look for due messages");
    const WallTime now = state->clock.now();
    auto begun = state->schedule.begin_claim(now, most, most_to_domain);
    if (!begun) co_return std::vector<DueMessage>();
    auto claim = std::make_shared<Schedule::Claim>(std::move(*begun));
    if (claim->turns.empty()) {
        state->schedule.end_claim({}, now);
        co_return std::vector<DueMessage>();
    }
    auto work = [state, claim, now](db::Connection& connection) { return load_claim(state->store(connection), *claim, now); };
    auto claimed = co_await state->database->read(std::move(work));
    if (claimed.has_error() && claimed.error().fault == Fault::give_up)
        claimed = co_await load_turns_apart(state->database, state->settings.owner.name, state->log, claim, now);
    if (claimed.has_error()) {
        state->schedule.abandon_claim(*claim, now);
        co_return claimed.error().in("cannot claim due messages");
    }
    state->schedule.end_claim(claimed->found, now);
    co_return std::move(claimed->due);
}

void Queue::give_back(MessageId message)
{
    const WallTime now = state_->clock.now();
    if (const auto domain = state_->schedule.release(message, now)) state_->schedule.note(*domain, now);
    state_->wake();
}

Task<Result<>> Queue::settle(MessageId message, Report report)
{
    auto state = state_;
    auto kept = std::make_shared<Report>(std::move(report));
    auto pause = first_settle_pause;
    for (bool is_first = true;; is_first = false) {
        const WallTime now = state->clock.now();
        auto work = [kept, message, now, settings = state->settings](db::Connection& connection) {
            return Settler(connection, settings, now).settle(message, *kept);
        };
        auto settled = co_await state->database->write_repeatable(std::move(work));
        if (settled.has_value()) {
            tell_replacements(*kept, *settled);
            finish_settling(message, *settled);
            if (!is_first) state->look_for_more();
            co_return Result<>();
        }
        const Deadline last = state->settles_until();
        if (settled.error().fault != Fault::retry_later || last.has_passed()) {
            // The lease stays: this process must not deliver it again.
            state->log.error("queue.settle_failed", {{"message", message.value()}, {"problem", settled.error().text}});
            co_return settled.error().in("cannot keep what became of the message");
        }
        state->log.warning("queue.settle_waits", {{"message", message.value()}, {"problem", settled.error().text}});
        [[maybe_unused]] auto slept = co_await async::sleep_until(last.or_sooner(Deadline::after(pause)));
        pause = std::min(pause * 2, longest_settle_pause);
    }
}

// A writer whose content did not go in erases it as it goes.
void Queue::tell_replacements(Report& report, const Settled& settled)
{
    for (std::size_t i = 0; i < report.replacements.size(); ++i) {
        auto& replacement = report.replacements[i];
        if (replacement.content) replacement.content->is_accepted_ = settled.taken.at(i);
        if (settled.taken.at(i)) continue;
        replacement.content.reset();
        if (replacement.not_taken) replacement.not_taken();
    }
}

void Queue::finish_settling(MessageId message, const Settled& settled)
{
    const WallTime now = state_->clock.now();
    state_->schedule.note_outcome(message, settled.waiting == 0, now);
    state_->schedule.release(message, now);
    state_->recent.forget(settled.content);  // what waits for another try waits for long
    state_->note(settled.made_due);
    if (!settled.is_known) {
        state_->log.info("queue.gone", {{"message", message.value()}, {"ended", settled.ended}});
        return;
    }
    for (const auto& [recipient, state] : settled.recipients) {
        state_->log.info("queue.recipient", {{"message", message.value()},
                                             {"number", recipient.number},
                                             {"recipient", recipient.address},
                                             {"state", format_state(state)},
                                             {"code", recipient.code},
                                             {"host", recipient.remote_host},
                                             {"said", recipient.reply},
                                             {"delivery", recipient.delivery}});
    }
    if (settled.bounce != MessageId()) {
        state_->log.info("queue.bounced", {{"message", message.value()},
                                           {"bounce", settled.bounce.value()},
                                           {"failed", settled.failed},
                                           {"delayed", settled.delayed}});
    }
    if (settled.silenced > 0) {
        state_->log.info("queue.bounce_silenced", {{"message", message.value()}, {"failed", settled.silenced}});
    }
    if (settled.dropped_bounce) {
        state_->log.warning("queue.bounce_dropped", {{"message", message.value()}, {"failed", settled.failed}});
    }
    if (settled.waiting == 0) state_->log.info("queue.done", {{"message", message.value()}});
}

WallTime Queue::now() const { return state_->clock.now(); }

void Queue::stop_waiting(Deadline deadline)
{
    const std::lock_guard lock(state_->mutex);
    state_->last_settling = deadline;
}

std::optional<WallTime> Queue::next_due() const
{
    if (state_->is_ousted) return std::nullopt;
    {
        const std::lock_guard lock(state_->mutex);
        if (!state_->has_seen_all_domains) return state_->clock.now();
    }
    return state_->schedule.next_due();
}

Task<Result<bool>> Queue::notice_changes()
{
    auto state = state_;
    auto work = [](db::Connection& connection) { return Store(connection).find_nudge(); };
    auto nudge = co_await state->database->read(std::move(work));
    if (nudge.has_error()) co_return nudge.error();
    const WallTime now = state->clock.now();
    std::unique_lock lock(state->mutex);
    const bool has_gone_back = now + clock_tolerance < state->last_look;
    if (has_gone_back) state->log.warning("queue.clock_went_back", {{"seconds", (state->last_look - now).count() / 1000}});
    state->last_look = now;
    if (*nudge == state->nudge && !has_gone_back) co_return false;
    state->nudge = *nudge;
    lock.unlock();
    state->look_anew();
    co_return true;
}

void Queue::on_change(std::function<void()> notify)
{
    const std::lock_guard lock(state_->mutex);
    state_->notify = std::move(notify);
}

}  // namespace sealpost::queue
