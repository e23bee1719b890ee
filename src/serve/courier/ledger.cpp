#include "serve/courier/ledger.hpp"

#include <algorithm>

namespace sealpost::courier {
namespace {

using Kind = RecipientResult::Kind;

// RFC 5321 §4.5.3.1.10: 552 to RCPT was once said for "too many recipients": to be taken as 452.
bool says_too_many_recipients(const smtp::Reply& reply)
{
    return reply.code == 452 || (reply.code == 552 && (reply.enhanced.empty() || reply.enhanced == "5.5.3"));
}

// RFC 3207 §4: 530 asks for TLS. Without it on this connection, the next one may fare better.
bool asks_for_tls(const smtp::Reply& reply, const Attempt& attempt) { return reply.code == 530 && !attempt.tls; }

// RFC 3207 §4: 454 to STARTTLS, "TLS not available due to temporary reason".
bool says_for_the_moment(const Attempt& attempt) { return attempt.reply && attempt.reply->code / 100 == 4; }

bool is_refusal(const Attempt& attempt) { return attempt.outcome == Attempt::Outcome::refused && attempt.reply; }

Kind judge(const smtp::Reply& reply, const Attempt& attempt)
{
    if (reply.is_positive()) return Kind::delivered;
    return reply.is_permanent() && !asks_for_tls(reply, attempt) ? Kind::refused : Kind::deferred;
}

smtp::Reply lost(const smtp::TransactionOutcome& outcome)
{
    const std::string problem = outcome.problem.empty() ? "the server gave no answer" : outcome.problem;
    return {451, "4.4.2", problem};
}

// Of a host that took no transaction. RFC 3463: 4.7.5 is a cryptographic failure, 4.7.4 a security feature that is not
// supported, 4.3.5 a system configured wrongly.
smtp::Reply explain(const Attempt& attempt)
{
    std::string text = attempt.host + ": ";
    text += attempt.reply ? "said " + smtp::format_reply_line(*attempt.reply) : attempt.problem;
    switch (attempt.outcome) {
        case Attempt::Outcome::tls_unmet:
            return {454, attempt.stage == smtp::Stage::tls ? "4.7.5" : "4.7.4", "TLS was demanded: " + text};
        case Attempt::Outcome::utf8_unmet: return {451, "4.6.7", text};
        case Attempt::Outcome::unreachable: return {451, "4.4.1", text};
        case Attempt::Outcome::undecided: return {451, "4.4.3", text};
        case Attempt::Outcome::misconfigured: return {451, "4.3.5", attempt.problem};
        case Attempt::Outcome::refused: return {451, attempt.stage == smtp::Stage::auth ? "4.7.8" : "4.3.2", text};
        default: return {451, "4.5.0", text};
    }
}

}  // namespace

Ledger::Ledger(const std::vector<smtp::RcptTo>& recipients) : entries_(recipients.size())
{
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        entries_[i].result.index = i;
        entries_[i].result.reply = {451, "4.4.0", "No mail host could be tried"};
    }
}

bool Ledger::has_open() const
{
    return std::any_of(entries_.begin(), entries_.end(), [](const Entry& entry) { return !entry.settled; });
}

std::vector<std::size_t> Ledger::list_open() const
{
    std::vector<std::size_t> open;
    for (std::size_t index = 0; index < entries_.size(); ++index)
        if (!entries_[index].settled) open.push_back(index);
    return open;
}

std::vector<std::size_t> Ledger::choose(std::size_t most) const
{
    std::vector<std::size_t> chosen;
    for (const Entry& entry : entries_)
        if (!entry.settled && !entry.offered && chosen.size() < most) chosen.push_back(entry.result.index);
    return chosen;
}

void Ledger::begin_host()
{
    for (Entry& entry : entries_) entry.offered = false;
}

void Ledger::note_one(Entry& entry, const std::optional<smtp::Reply>& own, const smtp::TransactionOutcome& outcome,
                      const Attempt& attempt)
{
    const bool accepted = own && own->is_positive();
    std::optional<smtp::Reply> decisive = own;
    if (accepted)
        decisive = outcome.content;
    else if (!own && outcome.mail && !outcome.mail->is_positive())
        decisive = outcome.mail;
    RecipientResult& result = entry.result;
    result.reply = decisive.value_or(lost(outcome));
    result.is_own_word = !decisive;
    result.kind = decisive ? judge(*decisive, attempt) : Kind::deferred;
    result.tls_unmet = decisive && asks_for_tls(*decisive, attempt);
    result.tls_unmet_everywhere = result.tls_lost = false;
    entry.asked = !result.tls_unmet;
    entry.may_change = true;
    if (!accepted && own && says_too_many_recipients(*own)) result.kind = Kind::deferred;
    entry.settled = result.kind != Kind::deferred;
    // RFC 1047: the message may have arrived. Another host now would make a second copy for certain.
    if (accepted && !decisive && outcome.may_have_arrived) entry.settled = true;
}

void Ledger::note(const std::vector<std::size_t>& chosen, const smtp::TransactionOutcome& outcome, const Attempt& attempt,
                  std::size_t attempt_index)
{
    bool progress = false;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        Entry& entry = entries_[chosen[i]];
        note_one(entry, outcome.recipients[i], outcome, attempt);
        entry.result.attempt = attempt_index;
        entry.offered = true;
        progress = progress || entry.result.kind == Kind::delivered;
    }
    if (!progress) return;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        const auto& own = outcome.recipients[i];
        if (own && !own->is_positive() && says_too_many_recipients(*own)) entries_[chosen[i]].offered = false;
    }
}

// Of several reasons the lack of TLS is told, whichever host came last: what follows from it depends on all of them.
void Ledger::note_failure_of_one(Entry& entry, const Attempt& attempt, std::size_t attempt_index)
{
    const bool lacks_tls = attempt.outcome == Attempt::Outcome::tls_unmet;
    RecipientResult& result = entry.result;
    entry.may_change = entry.may_change || !lacks_tls || says_for_the_moment(attempt);
    if (lacks_tls || !result.tls_unmet) {
        // A refusal of all stands as the host said it, also where it is for good: another try is worth while all the same.
        result.is_own_word = !is_refusal(attempt);
        result.reply = result.is_own_word ? explain(attempt) : *attempt.reply;
        result.attempt = attempt_index;
    }
    result.tls_unmet = !entry.asked && (lacks_tls || result.tls_unmet);
    result.tls_unmet_everywhere = result.tls_unmet && !entry.may_change;
    result.tls_lost = result.tls_unmet && (result.tls_lost || attempt.lost);
}

void Ledger::note_failure(const Attempt& attempt, std::size_t attempt_index)
{
    for (Entry& entry : entries_) {
        if (entry.settled) continue;
        note_failure_of_one(entry, attempt, attempt_index);
    }
}

void Ledger::postpone(const smtp::Reply& reply, std::chrono::milliseconds wait, std::size_t first)
{
    for (std::size_t i = first; i < entries_.size(); ++i) {
        Entry& entry = entries_[i];
        if (entry.settled) continue;
        entry.settled = true;
        if (entry.result.attempt) continue;
        entry.result.reply = reply;
        entry.result.is_own_word = true;
        entry.result.postponed_for = wait;
    }
}

void Ledger::break_off()
{
    for (Entry& entry : entries_) {
        if (entry.settled) continue;
        entry.settled = true;
        // The next host may have TLS.
        entry.result.tls_unmet = entry.result.tls_unmet_everywhere = entry.result.tls_lost = false;
        if (entry.result.attempt) continue;
        entry.result.reply = {451, "4.3.2", "The delivery was broken off"};
        entry.result.is_own_word = true;
    }
}

void Ledger::settle(RecipientResult::Kind kind, const smtp::Reply& reply)
{
    for (Entry& entry : entries_) {
        if (entry.settled) continue;
        entry.result.kind = kind;
        entry.result.reply = reply;
        entry.result.is_own_word = true;
        entry.settled = true;
    }
}

void Ledger::settle_these(const std::vector<std::size_t>& chosen, RecipientResult::Kind kind, const smtp::Reply& reply,
                          std::size_t attempt_index)
{
    for (const std::size_t index : chosen) {
        Entry& entry = entries_[index];
        entry.result.kind = kind;
        entry.result.reply = reply;
        entry.result.is_own_word = true;
        entry.result.attempt = attempt_index;
        entry.settled = true;
    }
}

std::vector<RecipientResult> Ledger::take()
{
    std::vector<RecipientResult> results;
    for (Entry& entry : entries_) results.push_back(std::move(entry.result));
    return results;
}

}  // namespace sealpost::courier
