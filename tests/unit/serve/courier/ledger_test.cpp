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

}  // namespace
}  // namespace sealpost::courier
