#include "serve/courier/ledger.hpp"

#include <gtest/gtest.h>

namespace sealpost::courier {
namespace {

using Outcome = Attempt::Outcome;

Attempt make_attempt(Outcome outcome, std::optional<smtp::Reply> reply = {})
{
    Attempt attempt;
    attempt.host = "mx.partner.test";
    attempt.outcome = outcome;
    attempt.problem = "it is so";
    attempt.reply = std::move(reply);
    return attempt;
}

std::vector<smtp::RcptTo> bob()
{
    std::vector<smtp::RcptTo> recipients(1);
    recipients[0].recipient = {"bob", "partner.test"};
    return recipients;
}

RecipientResult note_all(const std::vector<Attempt>& attempts)
{
    Ledger ledger(bob());
    for (std::size_t i = 0; i < attempts.size(); ++i) ledger.note_failure(attempts[i], i);
    return ledger.take().front();
}

TEST(Ledger, TellsWhetherTlsLacksSomewhereAndWhetherItLacksEverywhere)
{
    const Attempt lacking = make_attempt(Outcome::tls_unmet);
    const Attempt away = make_attempt(Outcome::unreachable);
    const Attempt refusing = make_attempt(Outcome::tls_unmet, smtp::Reply{502, "5.5.1", "no"});
    const Attempt busy = make_attempt(Outcome::tls_unmet, smtp::Reply{454, "4.7.0", "not available for the moment"});
    const struct {
        std::vector<Attempt> attempts;
        bool somewhere, everywhere;
        std::size_t told;
    } cases[] = {
        {{lacking}, true, true, 0}, {{refusing}, true, true, 0},       {{refusing, lacking}, true, true, 1},
        {{away}, false, false, 0},  {{away, lacking}, true, false, 1}, {{lacking, away}, true, false, 0},
        {{busy}, true, false, 0},   {{busy, lacking}, true, false, 1},
    };
    for (const auto& each : cases) {
        const RecipientResult result = note_all(each.attempts);
        EXPECT_EQ(result.kind, RecipientResult::Kind::deferred);
        EXPECT_EQ(result.tls_unmet, each.somewhere) << result.reply.text();
        EXPECT_EQ(result.tls_unmet_everywhere, each.everywhere) << result.reply.text();
        EXPECT_EQ(result.attempt, each.told) << result.reply.text();
    }
}

TEST(Ledger, DecidesNothingAboutTlsWhenItIsBrokenOff)
{
    Ledger ledger(bob());
    ledger.note_failure(make_attempt(Outcome::tls_unmet), 0);
    ledger.break_off();
    const RecipientResult result = ledger.take().front();
    EXPECT_EQ(result.kind, RecipientResult::Kind::deferred);
    EXPECT_FALSE(result.tls_unmet || result.tls_unmet_everywhere);
}

TEST(Ledger, TellsWhetherAConnectionWasLostOnTheWayToTls)
{
    const Attempt lacking = make_attempt(Outcome::tls_unmet);
    Attempt lost = lacking;
    lost.lost = true;
    EXPECT_FALSE(note_all({lacking}).tls_lost);
    for (const auto& attempts : {std::vector{lost}, std::vector{lost, lacking}, std::vector{lacking, lost}}) {
        EXPECT_TRUE(note_all(attempts).tls_lost);
        EXPECT_TRUE(note_all(attempts).tls_unmet_everywhere);
    }
}

TEST(Ledger, LetsAHostThatTookATransactionInsideTlsDecide)
{
    Ledger ledger(bob());
    smtp::TransactionOutcome later;
    later.recipients = {smtp::Reply{450, "4.2.1", "come again"}};
    Attempt inside = make_attempt(Outcome::completed);
    inside.tls = TlsFacts{};
    ledger.note({0}, later, inside, 0);
    ledger.note_failure(make_attempt(Outcome::tls_unmet), 1);
    const RecipientResult result = ledger.take().front();
    EXPECT_FALSE(result.tls_unmet);
    EXPECT_FALSE(result.tls_unmet_everywhere);
}

TEST(Ledger, QuotesAHostThatRefusesAllAndExplainsWhatElseWentWrong)
{
    const smtp::Reply blocked{554, "5.7.1", "blocked"};
    const Attempt refusing = make_attempt(Outcome::refused, blocked);
    const RecipientResult refused = note_all({refusing});
    EXPECT_EQ(refused.kind, RecipientResult::Kind::deferred);
    EXPECT_EQ(refused.reply, blocked);
    EXPECT_FALSE(refused.is_own_word);
    for (const Outcome outcome : {Outcome::unreachable, Outcome::tls_unmet, Outcome::utf8_unmet, Outcome::broken,
                                  Outcome::undecided, Outcome::misconfigured}) {
        const Attempt other = make_attempt(outcome, blocked);
        EXPECT_TRUE(note_all({other}).is_own_word) << static_cast<int>(outcome);
        EXPECT_TRUE(note_all({refusing, other}).is_own_word) << static_cast<int>(outcome);
        const bool is_told_first = outcome == Outcome::tls_unmet;
        EXPECT_EQ(note_all({other, refusing}).is_own_word, is_told_first) << static_cast<int>(outcome);
    }
    EXPECT_TRUE(note_all({make_attempt(Outcome::refused)}).is_own_word) << "it offers no AUTH";
    EXPECT_TRUE(note_all({}).is_own_word) << "nobody was asked";
}

// Of alice and bob: the host says no to alice, yes to bob, and is gone.
Ledger note_lost()
{
    auto recipients = bob();
    recipients.insert(recipients.begin(), smtp::RcptTo())->recipient = {"alice", "partner.test"};
    Ledger ledger(recipients);
    smtp::TransactionOutcome outcome;
    outcome.recipients = {smtp::Reply{550, "5.1.1", "no such user"}, smtp::Reply{250, "2.1.5", "OK"}};
    outcome.problem = "the connection was lost";
    ledger.note({0, 1}, outcome, make_attempt(Outcome::unreachable), 0);
    return ledger;
}

TEST(Ledger, KnowsOfEachRecipientWhetherTheHostSaidIt)
{
    const auto results = note_lost().take();
    EXPECT_EQ(results[0].kind, RecipientResult::Kind::refused);
    EXPECT_FALSE(results[0].is_own_word);
    EXPECT_EQ(results[1].kind, RecipientResult::Kind::deferred);
    EXPECT_TRUE(results[1].is_own_word);
}

TEST(Ledger, TellsAsItsOwnWhatItSettlesBehindAHostsWord)
{
    const smtp::Reply own{554, "5.6.0", "a bare LF"};
    const auto note_later = [] {
        Ledger ledger(bob());
        smtp::TransactionOutcome later;
        later.recipients = {smtp::Reply{450, "4.2.1", "come again"}};
        ledger.note({0}, later, make_attempt(Outcome::completed), 0);
        return ledger;
    };
    Ledger settled = note_later();
    settled.settle(RecipientResult::Kind::refused, own);
    EXPECT_TRUE(settled.take().front().is_own_word);
    Ledger chosen = note_later();
    chosen.settle_these({0}, RecipientResult::Kind::refused, own, 0);
    EXPECT_TRUE(chosen.take().front().is_own_word);
    Ledger postponed = note_later();
    postponed.postpone(own, std::chrono::seconds(1));
    EXPECT_FALSE(postponed.take().front().is_own_word) << "what the host said stays";
    Ledger broken_off = note_later();
    broken_off.break_off();
    EXPECT_FALSE(broken_off.take().front().is_own_word) << "what the host said stays";
}

}  // namespace
}  // namespace sealpost::courier
