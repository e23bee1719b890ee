#include "core/queue/settle.hpp"

#include "base/text.hpp"
#include "core/queue/retry.hpp"
#include "wire/mail/cut_text.hpp"
#include "wire/mail/utf8.hpp"

#include <algorithm>

namespace sealpost::queue {
namespace {

constexpr std::int64_t small_message_bytes = 10 * 1024;        // as the reference's "small"
constexpr std::int64_t max_returned_bytes = 10 * 1024 * 1024;  // of a larger message only the head comes back
constexpr std::size_t max_reply_bytes = 1024;  // kept of what a host says, and told to the sender; it may say 32 KiB

const RecipientOutcome* find_outcome(const Report& report, int number)
{
    for (const auto& outcome : report.outcomes) {
        if (outcome.index == number) return &outcome;
    }
    return nullptr;
}

std::string_view default_code(RecipientOutcome::Kind kind)
{
    switch (kind) {
        case RecipientOutcome::Kind::delivered:
        case RecipientOutcome::Kind::relayed_elsewhere: return "2.0.0";
        case RecipientOutcome::Kind::failed: return "5.0.0";
        case RecipientOutcome::Kind::retry:
        case RecipientOutcome::Kind::held: break;
    }
    return "4.0.0";
}

// The header block with its last line end; the whole piece when there is no empty line in it.
std::string cut_head(std::string content)
{
    if (const auto end = content.find("\r\n\r\n"); end != std::string::npos) content.resize(end + 2);
    return content;
}

void describe(RecipientRow& recipient, const RecipientOutcome& outcome)
{
    recipient.code = outcome.enhanced_code.empty() ? std::string(default_code(outcome.kind)) : outcome.enhanced_code;
    recipient.reply = mail::clean_utf8(outcome.text, mail::Controls::none);  // whatever the other host said
    mail::cut_text(recipient.reply, max_reply_bytes);
    recipient.remote_host = outcome.remote_host;
    recipient.is_quoted = !outcome.is_own_word;
    recipient.facts = outcome.facts;
    recipient.delivery = outcome.delivery;
}

bool is_carried_on(const RecipientOutcome& outcome) { return outcome.kind == RecipientOutcome::Kind::relayed_elsewhere; }

}  // namespace

Result<Settled> Settler::settle(MessageId id, const Report& report)
{
    SEALPOST_TRY(auto found, store_.find_message(id));
    if (!found) {
        SEALPOST_CHECK(correct_removed(id, report, {}));
        settled_.taken.resize(report.replacements.size(), false);
        SEALPOST_CHECK(note_taken_before(id, report));
        return settled_;
    }
    message_ = std::move(*found);
    settled_.is_known = true;
    // One that came to us, or was taken from us, while it was being delivered: its owner finds its domains anew.
    if (message_.owner != settings_.owner.name) SEALPOST_CHECK(store_.nudge());
    settled_.content = message_.content;
    choose_plan();
    SEALPOST_TRY(auto recipients, store_.load_recipients(id));
    SEALPOST_CHECK(correct_removed(id, report, recipients));
    note_carried_on(report, recipients);
    plan_next_attempt(report, recipients);
    for (auto& recipient : recipients) {
        const auto* outcome = find_outcome(report, recipient.number);
        if (!outcome && recipient.is_held) continue;
        const RecipientOutcome unreported{.index = recipient.number, .text = "the delivery ended without an answer"};
        SEALPOST_CHECK(apply(std::move(recipient), outcome ? *outcome : unreported));
    }
    for (const auto& replacement : report.replacements) {
        SEALPOST_TRY(const bool is_added, add_replacement(replacement));
        settled_.taken.push_back(is_added);
    }
    SEALPOST_CHECK(note_taken_before(id, report));
    if (settled_.delayed > 0) message_.delay_notices = count_delay_notices_by_now();
    SEALPOST_CHECK(add_bounce());
    SEALPOST_TRY(auto made_due, store_.reschedule(message_, attempts_, next_due()));
    settled_.made_due.push_back(std::move(made_due));
    return std::move(settled_);
}

// What the last attempt came to is the better reason, and stays.
void Settler::note_given_up(RecipientRow& recipient)
{
    // RFC 3463 §3.4: "Other or undefined mail system status": the decision is neither the address's nor the other side's.
    recipient.code = given_up_code;
    recipient.reply += (recipient.reply.empty() ? "" : " ") + std::string(given_up_words);
}

Result<Settled> Settler::give_up(MessageId id, const ChosenRecipients& is_chosen)
{
    SEALPOST_TRY(auto found, store_.find_message(id));
    if (!found) return settled_;
    message_ = std::move(*found);
    choose_plan();
    SEALPOST_TRY(auto recipients, store_.load_recipients(id));
    for (auto& recipient : recipients) {
        if (!is_chosen(recipient)) continue;
        settled_.is_known = true;
        note_given_up(recipient);
        add_report(recipient, mail::DsnAction::failed);
        ++settled_.failed;
        SEALPOST_CHECK(store_.finish_recipient(message_, recipient, RecipientState::failed, now_, message_.attempts));
    }
    if (!settled_.is_known) return settled_;
    SEALPOST_CHECK(add_bounce());
    SEALPOST_TRY(auto made_due, store_.reschedule(message_, message_.attempts, message_.due_at.value_or(now_)));
    settled_.made_due.push_back(std::move(made_due));
    return std::move(settled_);
}

// An operator removed recipients while it was on its way to them. Where it came to its end all the same, the history says so.
Result<> Settler::correct_removed(MessageId id, const Report& report, const std::vector<RecipientRow>& waiting)
{
    for (const auto& outcome : report.outcomes) {
        const bool has_ended =
            outcome.kind == RecipientOutcome::Kind::delivered || outcome.kind == RecipientOutcome::Kind::failed;
        if (!has_ended || std::ranges::find(waiting, outcome.index, &RecipientRow::number) != waiting.end()) continue;
        RecipientRow recipient;
        recipient.number = outcome.index;
        describe(recipient, outcome);
        const auto state = outcome.kind == RecipientOutcome::Kind::delivered ? RecipientState::delivered : RecipientState::failed;
        SEALPOST_TRY(const bool was_removed, store_.correct_removed(id, recipient, state, now_));
        if (was_removed) ++settled_.ended;
    }
    return {};
}

// Without a plan nobody has said that the content may go back. One that cannot be read (a later version wrote
// it) is no reason to keep a message for ever.
void Settler::choose_plan()
{
    plan_.retry = settings_.retry;
    plan_.is_confidential = true;
    if (message_.plan.empty()) return;
    auto own = parse_bounce_plan(message_.plan);
    if (own.has_value()) plan_ = std::move(*own);
}

// The n-th notice is due after n times delay_warning_after, with the first attempt that comes then; those whose time passed
// without one are told by it, too.
int Settler::count_delay_notices_by_now() const
{
    if (plan_.delay_warning_after.count() == 0) return 0;
    const auto passed = (now_ - message_.accepted_at) / plan_.delay_warning_after;
    return static_cast<int>(std::clamp<std::int64_t>(passed, 0, plan_.max_delay_warnings));
}

// When every recipient that remains was postponed, nothing was tried: the retry plan's count stays as
// it is, and only the age of the message can end it. Those of a message that is too old, released or of a destination that was
// suspended, have the attempt of its last moment to come, whatever became of others. Who is suspended waits as long as an
// operator wants, and keeps nobody else waiting.
void Settler::plan_next_attempt(const Report& report, const std::vector<RecipientRow>& recipients)
{
    std::optional<std::chrono::milliseconds> postponed;
    std::optional<std::chrono::milliseconds> suspended;
    is_attempt_ = false;
    for (const auto& recipient : recipients) {
        const auto* outcome = find_outcome(report, recipient.number);
        if (outcome && outcome->kind == RecipientOutcome::Kind::retry && outcome->postponed_for) {
            auto& wait = outcome->is_suspended ? suspended : postponed;
            wait = std::min({wait.value_or(*outcome->postponed_for), *outcome->postponed_for,
                             std::chrono::milliseconds(plan_.retry.max_interval)});
        } else if (outcome ? outcome->kind == RecipientOutcome::Kind::retry : !recipient.is_held) {
            is_attempt_ = true;
        }
    }
    is_attempt_ = is_attempt_ || (!postponed && !suspended);
    attempts_ = message_.attempts + (is_attempt_ ? 1 : 0);
    next_attempt_ = find_next_attempt(plan_.retry, message_.id, attempts_, message_.accepted_at, now_);
    tells_delay_ = next_attempt_ && count_delay_notices_by_now() > message_.delay_notices;
    if (!postponed && !suspended) return;
    const WallTime expires_at = message_.accepted_at + plan_.retry.max_age;
    const auto soonest = std::min(postponed.value_or(plan_.retry.max_interval), suspended.value_or(plan_.retry.max_interval));
    if (next_attempt_ && !is_attempt_) next_attempt_ = std::min(now_ + soonest, expires_at);
    if (next_attempt_) return;
    if (suspended) next_of_suspended_ = now_ + *suspended;
    if (postponed)
        next_of_postponed_ = wait_late(*postponed);
    else
        message_.late_since.reset();  // the age that it may have once more begins behind the suspension
}

WallTime Settler::next_due() const
{
    if (next_attempt_) return *next_attempt_;
    if (next_of_postponed_ && next_of_suspended_) return std::min(*next_of_postponed_, *next_of_suspended_);
    return next_of_postponed_ ? *next_of_postponed_ : next_of_suspended_.value_or(now_);
}

// For as long as the age that a message may have once more; anew where it could not even be postponed for longer than the longest
// interval, being held or suspended again.
std::optional<WallTime> Settler::wait_late(std::chrono::milliseconds wait)
{
    const bool was_kept_back = message_.due_at && now_ - *message_.due_at > plan_.retry.max_interval;
    if (!message_.late_since || was_kept_back) message_.late_since = now_;
    return now_ < *message_.late_since + plan_.retry.max_age ? std::optional(now_ + wait) : std::nullopt;
}

Result<> Settler::apply(RecipientRow recipient, const RecipientOutcome& outcome)
{
    using Kind = RecipientOutcome::Kind;
    if (outcome.is_suspended && recipient.code == outcome.enhanced_code && recipient.reply == outcome.text) {
        ++settled_.waiting;  // as it stands there already: nothing was tried, and nothing is told
        return {};
    }
    describe(recipient, outcome);
    switch (outcome.kind) {
        case Kind::retry: return try_again(std::move(recipient), outcome);
        case Kind::relayed_elsewhere: return finish(std::move(recipient), RecipientState::relayed_elsewhere);
        case Kind::held: recipient.is_held = true; return keep_waiting(std::move(recipient), RecipientState::held);
        case Kind::delivered:
            // RFC 3461 §5.2.3 (c): relayed to a host that does not take NOTIFY: "relayed".
            if (!outcome.passed_notify_on) add_report(recipient, mail::DsnAction::relayed);
            return finish(std::move(recipient), RecipientState::delivered);
        case Kind::failed:
            add_report(recipient, mail::DsnAction::failed);
            ++settled_.failed;
            return finish(std::move(recipient), RecipientState::failed);
    }
    return {};
}

Result<> Settler::try_again(RecipientRow recipient, const RecipientOutcome& outcome)
{
    const bool waits_on = outcome.is_suspended || (outcome.postponed_for && next_of_postponed_);
    if (next_attempt_ || recipient.is_held || waits_on) {
        // RFC 3463 §2: class 5 is for good; a host may say it where another try is worth while ("530" without TLS).
        recipient.code.front() = '4';
        if (!recipient.is_held && tells_delay_ && !outcome.is_suspended) add_report(recipient, mail::DsnAction::delayed);
        const auto state = recipient.is_held ? RecipientState::held : RecipientState::waiting;
        return keep_waiting(std::move(recipient), state);
    }
    recipient.reply += " (given up after " + std::to_string(attempts_) + " attempts)";
    recipient.code = "4.4.7";  // RFC 3463 §3.5: "Delivery time expired"
    add_report(recipient, mail::DsnAction::failed);
    ++settled_.failed;
    return finish(std::move(recipient), RecipientState::failed);
}

Result<> Settler::keep_waiting(RecipientRow recipient, RecipientState state)
{
    SEALPOST_CHECK(store_.keep_attempt(message_.id, recipient));
    ++settled_.waiting;
    settled_.recipients.push_back({std::move(recipient), state});
    return {};
}

void Settler::add_report(const RecipientRow& recipient, mail::DsnAction action)
{
    const NotifyChoice wanted = parse_notify(recipient.notify);
    if (message_.sender.empty()) return;
    if (action == mail::DsnAction::failed && !plan_.send_bounces) {
        ++settled_.silenced;
        return;
    }
    const bool is_wanted = action == mail::DsnAction::failed    ? wanted.on_failure
                           : action == mail::DsnAction::delayed ? wanted.on_delay
                                                                : wanted.on_success;
    if (!is_wanted) return;
    if (action == mail::DsnAction::delayed) ++settled_.delayed;
    reported_.push_back({recipient, action});
}

Result<> Settler::finish(RecipientRow recipient, RecipientState state)
{
    SEALPOST_CHECK(store_.finish_recipient(message_, recipient, state, now_, message_.attempts + 1));
    settled_.recipients.push_back({std::move(recipient), state});
    return {};
}

void Settler::note_carried_on(const Report& report, const std::vector<RecipientRow>& recipients)
{
    replaces_somebody_ = std::ranges::any_of(report.outcomes, is_carried_on);
    for (const auto& recipient : recipients) {
        const auto* outcome = find_outcome(report, recipient.number);
        if (outcome && is_carried_on(*outcome)) carried_on_[recipient.number] = recipient.is_held;
    }
}

// Those that are replaced are gone when the same report was kept before, in a commit that was taken for failed, or when
// another owner or an operator was quicker: then the replacements are there already, or not wanted.
bool Settler::has_place(const NewRecipient& recipient) const
{
    if (recipient.original < 0) return !replaces_somebody_ || !carried_on_.empty();
    return carried_on_.contains(recipient.original);
}

std::vector<NewMessage> Settler::choose_messages(const Replacement& replacement) const
{
    std::vector<NewMessage> chosen;
    for (NewMessage message : replacement.messages) {
        std::erase_if(message.recipients, [&](const NewRecipient& recipient) { return !has_place(recipient); });
        if (!message.recipients.empty()) chosen.push_back(std::move(message));
    }
    return chosen;
}

// By the history, which has the facts of the report that was kept: another owner's name another envelope.
Result<bool> Settler::was_taken_before(MessageId id, const Report& report, const Replacement& replacement)
{
    for (const auto& outcome : report.outcomes) {
        const auto carries_on = [&](const NewRecipient& each) { return each.original < 0 || each.original == outcome.index; };
        const bool is_in_it = std::ranges::any_of(
            replacement.messages, [&](const NewMessage& message) { return std::ranges::any_of(message.recipients, carries_on); });
        if (!is_carried_on(outcome) || !is_in_it || carried_on_.contains(outcome.index)) continue;
        SEALPOST_TRY(const bool was_kept, store_.was_carried_on(id, outcome.index, outcome.facts));
        if (was_kept) return true;
    }
    return false;
}

Result<> Settler::note_taken_before(MessageId id, const Report& report)
{
    for (std::size_t i = 0; i < settled_.taken.size(); ++i) {
        if (settled_.taken[i]) continue;
        SEALPOST_TRY(const bool is_there, was_taken_before(id, report, report.replacements[i]));
        settled_.taken[i] = is_there;
    }
    return {};
}

Result<bool> Settler::add_replacement(const Replacement& replacement)
{
    auto messages = choose_messages(replacement);
    if (messages.empty()) return false;
    const auto uses = static_cast<std::int64_t>(messages.size());
    ContentId content = message_.content;
    std::int64_t bytes = message_.bytes;
    if (replacement.content) {
        SEALPOST_TRY(content, store_.keep_content(*replacement.content, uses));
        bytes = replacement.content->size();
    } else {
        SEALPOST_CHECK(store_.use_content(content, uses));
    }
    for (auto& message : messages) {
        if (!replacement.content) message.require_tls = message.require_tls || message_.require_tls;
        message.turn = message_.due_at;  // it has waited for its turn already
        SEALPOST_TRY(const auto id, store_.insert_message(message, message_.id, content, bytes, now_, message_.plan));
        SEALPOST_TRY(auto made_due, hold_as_replaced(id, message));
        settled_.made_due.push_back(std::move(made_due));
    }
    return true;
}

// Who was held while the replacement was made goes on being held in it.
Result<MadeDue> Settler::hold_as_replaced(MessageId id, const NewMessage& message)
{
    const WallTime due_at = message.turn.value_or(now_);
    bool has_held = false;
    for (int number = 0; const auto& recipient : message.recipients) {
        const auto replaced = carried_on_.find(recipient.original);
        if (replaced != carried_on_.end() && replaced->second) {
            SEALPOST_CHECK(store_.set_recipient_held(id, number, true));
            has_held = true;
        }
        ++number;
    }
    if (!has_held) return MadeDue{line_of(message), due_at};
    SEALPOST_TRY(const auto inserted, store_.find_message(id));
    if (!inserted) return Error{Fault::give_up, "a replacement is not there"};
    return store_.reschedule(*inserted, 0, due_at);
}

// It is tried as long as the queue tries: the plan was made for another destination.
Result<> Settler::add_bounce()
{
    // RFC 5321 §4.5.5: a notification never causes another one.
    settled_.dropped_bounce = message_.sender.empty() && settled_.failed > 0;
    if (reported_.empty()) return {};
    const std::string to = plan_.alternate_recipient.empty() ? message_.sender : plan_.alternate_recipient;
    SEALPOST_TRY(const auto content, insert_report(to));
    SEALPOST_TRY(const auto bytes, store_.find_size(content));
    // Header fields in UTF-8 that come back as text for people are base64.
    const bool needs_smtputf8 = !mail::is_ascii(to) || (message_.smtputf8 && brings_whole_original());
    NewMessage bounce{settings_.bounce_lane, "", {{to, "NEVER", ""}}, "", "", "", needs_smtputf8};
    // RFC 8689 §5: what tells about such a message is protected like it, or does not arrive.
    bounce.require_tls = message_.require_tls;
    SEALPOST_TRY(settled_.bounce, store_.insert_message(bounce, message_.id, content, bytes, now_));
    settled_.made_due.push_back({domain_of(to), now_});
    return {};
}

Result<ContentId> Settler::insert_report(const std::string& to)
{
    mail::DsnFacts facts;
    facts.reporting_host = settings_.hostname;
    facts.to = to;
    facts.envelope_id = message_.envid;
    facts.arrived_at = message_.accepted_at;
    facts.now = now_;
    if (next_attempt_)
        facts.retries_until = find_last_attempt(plan_.retry, message_.id, attempts_, message_.accepted_at, *next_attempt_);
    facts.smtputf8 = message_.smtputf8;
    for (const auto& [recipient, action] : reported_)
        facts.recipients.push_back({recipient.address, recipient.orcpt, action, recipient.code,
                                    recipient.is_quoted ? recipient.remote_host : "", recipient.reply});
    if (brings_whole_original()) {
        SEALPOST_TRY(facts.original, load_original());
    }
    SEALPOST_TRY(auto first_piece, store_.load_piece(message_.content, 0));
    facts.original_head = cut_head(std::move(first_piece));
    return insert_text(mail::build_dsn(facts));
}

// RFC 3461 §4.3: RET "only applies to DSNs that indicate delivery failure for at least one recipient"; from all
// others only the header fields come back. Where the sender says nothing, the plan does.
bool Settler::brings_whole_original() const
{
    const bool has_failure =
        std::ranges::any_of(reported_, [](const Reported& each) { return each.action == mail::DsnAction::failed; });
    // RFC 8689 §5: as if RET=HDRS were there.
    const bool heads_only = message_.require_tls || iequals(message_.ret, "HDRS");
    if (!has_failure || plan_.is_confidential || heads_only) return false;
    if (iequals(message_.ret, "FULL") || plan_.original == Original::full) return message_.bytes <= max_returned_bytes;
    return plan_.original == Original::small && message_.bytes < small_message_bytes;
}

// Empty: a piece is missing; then the report does without.
Result<std::string> Settler::load_original()
{
    std::string text;
    for (int number = 0; static_cast<std::int64_t>(text.size()) < message_.bytes; ++number) {
        SEALPOST_TRY(const auto piece, store_.load_piece(message_.content, number));
        if (piece.empty()) return std::string();
        text += piece;
    }
    return text;
}

Result<ContentId> Settler::insert_text(std::string_view text)
{
    SEALPOST_TRY(const auto content, store_.insert_content(static_cast<std::int64_t>(text.size()), 1));
    for (int number = 0; !text.empty(); ++number) {
        SEALPOST_CHECK(store_.insert_piece(content, number, text.substr(0, ContentWriter::piece_bytes)));
        text.remove_prefix(std::min(text.size(), ContentWriter::piece_bytes));
    }
    return content;
}

}  // namespace sealpost::queue
