#include "core/people/factors_fixture.hpp"

#include <future>

namespace sealpost::test {
namespace {

using people::Assurance;
using Verdict = FactorVerdict;

TEST_F(FactorsTest, AnAppIsSetUpFromASessionOfThePasswordAndMakesItStrong)
{
    const Secret session = begin(Assurance::account);
    const auto offer = value_of(people_->factors().begin_totp(act(session)));
    ASSERT_EQ(offer.verdict, Verdict::done);
    EXPECT_EQ(offer.secret.size(), 20U);
    EXPECT_FALSE(value_of(people_->persons().find(bob_))->factors.totp) << "not before its first code";
    EXPECT_EQ(value_of(people_->factors().confirm_totp(act(session), secret("000000"))).verdict, Verdict::wrong);
    const auto answer = value_of(people_->factors().confirm_totp(act(session), code_of(offer.secret)));
    ASSERT_EQ(answer.verdict, Verdict::done);
    EXPECT_EQ(assurance_of(answer.session->token), Assurance::strong);
    EXPECT_FALSE(lives(session)) << "a new token for the stronger session";
    EXPECT_TRUE(value_of(people_->persons().find(bob_))->factors.totp);
    EXPECT_EQ(count_audit("person.totp_added"), 1);
}

// Whoever reads the mail must not raise themself.
TEST_F(FactorsTest, ASessionOfTheMailboxChangesNothing)
{
    const Secret session = begin(Assurance::mailbox);
    EXPECT_EQ(value_of(people_->factors().begin_totp(act(session))).verdict, Verdict::needs_account);
    EXPECT_EQ(value_of(people_->factors().make_recovery_codes(act(session))).verdict, Verdict::needs_account);
    EXPECT_EQ(value_of(people_->factors().remove_totp(act(session))), Verdict::needs_account);
    (void)set_up_app();
    EXPECT_EQ(value_of(people_->factors().step_up_with_totp(act(session), code_of(key_))).verdict, Verdict::needs_account);
    EXPECT_EQ(assurance_of(session), Assurance::mailbox);
}

// Whoever found out the password does not add a factor of their own, or take the owner's away.
TEST_F(FactorsTest, OnceThereIsAFactorChangesNeedIt)
{
    const Secret strong = set_up_app();
    const Secret session = begin(Assurance::account);
    EXPECT_EQ(value_of(people_->factors().begin_totp(act(session))).verdict, Verdict::needs_strong);
    EXPECT_EQ(value_of(people_->factors().confirm_totp(act(session), code_of(key_))).verdict, Verdict::needs_strong);
    EXPECT_EQ(value_of(people_->factors().remove_totp(act(session))), Verdict::needs_strong);
    EXPECT_EQ(value_of(people_->factors().make_recovery_codes(act(session))).verdict, Verdict::needs_strong);
    using people::PasswordChange;
    EXPECT_EQ(value_of(people_->persons().set_password(bob_, secret("a new long password"), session.clone(), "local")),
              PasswordChange::needs_strong);
    EXPECT_EQ(value_of(people_->persons().set_password(bob_, secret("a new long password"), strong.clone(), "local")),
              PasswordChange::done);
}

TEST_F(FactorsTest, ACodeOpensOnceAndGoesOnWithTheTwelveHours)
{
    (void)set_up_app();
    const Secret session = begin(Assurance::account);
    const auto began = value_of(people_->sessions().find(session.clone()))->signed_in_at;
    clock_.advance(std::chrono::minutes(5));
    const auto answer = value_of(people_->factors().step_up_with_totp(act(session), code_of(key_)));
    ASSERT_EQ(answer.verdict, Verdict::done);
    const auto strong = value_of(people_->sessions().find(answer.session->token.clone()));
    EXPECT_EQ(strong->assurance, Assurance::strong);
    EXPECT_EQ(strong->signed_in_at, began);
    const Secret another = begin(Assurance::account);
    EXPECT_EQ(value_of(people_->factors().step_up_with_totp(act(another), code_of(key_))).verdict, Verdict::wrong);
    EXPECT_EQ(value_of(people_->factors().step_up_with_totp(act(another), code_of(key_, -1))).verdict, Verdict::wrong);
    EXPECT_EQ(value_of(people_->factors().step_up_with_totp(act(another), code_of(key_, 1))).verdict, Verdict::done);
}

TEST_F(FactorsTest, TheCodeThatSetTheAppUpOpensNothingMore)
{
    const Secret session = begin(Assurance::account);
    const auto offer = value_of(people_->factors().begin_totp(act(session)));
    ASSERT_EQ(value_of(people_->factors().confirm_totp(act(session), code_of(offer.secret))).verdict, Verdict::done);
    const Secret another = begin(Assurance::account);
    EXPECT_EQ(value_of(people_->factors().step_up_with_totp(act(another), code_of(offer.secret))).verdict, Verdict::wrong);
}

TEST_F(FactorsTest, WhatIsPendingIsForgotten)
{
    const Secret session = begin(Assurance::account);
    const auto offer = value_of(people_->factors().begin_totp(act(session)));
    clock_.advance(std::chrono::minutes(14));
    ASSERT_TRUE(lives(session));
    clock_.advance(std::chrono::minutes(1));
    const Secret later = begin(Assurance::account);
    EXPECT_EQ(value_of(people_->factors().confirm_totp(act(later), code_of(offer.secret))).verdict, Verdict::expired);
    must(people_->sweep());
    EXPECT_EQ(count("select count(*) from people_totp"), 0);
}

TEST_F(FactorsTest, AnotherAppReplacesTheFormerWithItsFirstCode)
{
    const Secret strong = set_up_app();
    const auto offer = value_of(people_->factors().begin_totp(act(strong)));
    const Secret session = begin(Assurance::account);
    const auto begun = value_of(people_->factors().step_up_with_totp(act(session), code_of(key_)));
    ASSERT_EQ(begun.verdict, Verdict::done);
    const auto confirmed = value_of(people_->factors().confirm_totp(act(strong), code_of(offer.secret)));
    ASSERT_EQ(confirmed.verdict, Verdict::done);
    EXPECT_FALSE(lives(begun.session->token)) << "the former app began it";
    EXPECT_TRUE(lives(confirmed.session->token));
    clock_.advance(std::chrono::minutes(1));
    const Secret another = begin(Assurance::account);
    EXPECT_EQ(value_of(people_->factors().step_up_with_totp(act(another), code_of(key_))).verdict, Verdict::wrong);
    EXPECT_EQ(value_of(people_->factors().step_up_with_totp(act(another), code_of(offer.secret))).verdict, Verdict::done);
}

TEST_F(FactorsTest, RecoveryCodesStandInOnceEach)
{
    const Secret strong = set_up_app();
    const auto offer = value_of(people_->factors().make_recovery_codes(act(strong)));
    ASSERT_EQ(offer.codes.size(), 10U);
    EXPECT_THAT(std::string(offer.codes[0].reveal_text()), testing::MatchesRegex("([a-z2-7]{4}-){3}[a-z2-7]{4}"));
    EXPECT_EQ(all_octets().find(std::string(offer.codes[0].reveal_text())), std::string::npos);
    const Secret session = begin(Assurance::account);
    const auto answer = value_of(people_->factors().step_up_with_recovery_code(act(session), offer.codes[0].clone()));
    ASSERT_EQ(answer.verdict, Verdict::done);
    EXPECT_EQ(assurance_of(answer.session->token), Assurance::strong);
    const Secret another = begin(Assurance::account);
    EXPECT_EQ(value_of(people_->factors().step_up_with_recovery_code(act(another), offer.codes[0].clone())).verdict,
              Verdict::wrong);
    EXPECT_EQ(value_of(people_->persons().find(bob_))->factors.recovery_codes, 9);
    std::string loose(offer.codes[1].reveal_text());
    std::ranges::transform(loose, loose.begin(), [](char c) { return c == '-' ? ' ' : static_cast<char>(std::toupper(c)); });
    EXPECT_EQ(value_of(people_->factors().step_up_with_recovery_code(act(another), secret(loose))).verdict, Verdict::done);
    EXPECT_EQ(count_audit("person.recovery_code_used"), 2);
    const auto newer = value_of(people_->factors().make_recovery_codes(act(strong)));
    const Secret third = begin(Assurance::account);
    EXPECT_EQ(value_of(people_->factors().step_up_with_recovery_code(act(third), offer.codes[2].clone())).verdict,
              Verdict::wrong);
}

TEST_F(FactorsTest, RecoveryCodesNeedSomethingToStandInFor)
{
    const Secret session = begin(Assurance::account);
    EXPECT_EQ(value_of(people_->factors().make_recovery_codes(act(session))).verdict, Verdict::unknown);
}

TEST_F(FactorsTest, TakingTheLastFactorAwayEndsOtherSessionsAndTheRecoveryCodes)
{
    const Secret strong = set_up_app();
    (void)value_of(people_->factors().make_recovery_codes(act(strong)));
    const Secret other = begin(Assurance::strong);
    EXPECT_EQ(value_of(people_->factors().remove_totp(act(strong))), Verdict::done);
    EXPECT_TRUE(lives(strong));
    EXPECT_FALSE(lives(other));
    const auto left = value_of(people_->persons().find(bob_))->factors;
    EXPECT_FALSE(left.has_any());
    EXPECT_EQ(left.recovery_codes, 0);
    EXPECT_EQ(value_of(people_->factors().remove_totp(act(strong))), Verdict::unknown);
}

TEST_F(FactorsTest, ASessionThatEndedMeanwhileBecomesNothing)
{
    (void)set_up_app();
    const Secret session = begin(Assurance::account);
    must(people_->sessions().end(session.clone()));
    EXPECT_EQ(value_of(people_->factors().step_up_with_totp(act(session), code_of(key_))).verdict, Verdict::session_over);
    const auto carol = value_of(people_->persons().ensure("carol@partner.test", "en", "local"));
    const Secret hers = value_of(people_->sessions().begin(carol.id, Assurance::account, {})).token;
    EXPECT_EQ(value_of(people_->factors().step_up_with_totp(act(hers), code_of(key_))).verdict, Verdict::session_over);
}

TEST_F(FactorsTest, SecretsAreWrappedAnewUnderANewKey)
{
    (void)set_up_app();
    EXPECT_EQ(value_of(people_->factors().rewrap_all()), 0);
    vault_->version = 2;
    EXPECT_EQ(value_of(people_->factors().rewrap_all()), 1);
    EXPECT_EQ(count("select key_version from people_totp"), 2);
    const Secret session = begin(Assurance::account);
    EXPECT_EQ(value_of(people_->factors().step_up_with_totp(act(session), code_of(key_))).verdict, Verdict::done);
}

// A token may keep a call for long; all commits of a node share one thread.
TEST_F(FactorsTest, TheStoreGoesOnWhileASecretIsOpened)
{
    (void)set_up_app();
    std::future<Result<>> write;
    const auto note_write = [&] {
        write = std::async(std::launch::async, [&] {
            return database_->write_now([](db::Connection& connection) { return connection.execute("select 1"); });
        });
        EXPECT_EQ(write.wait_for(std::chrono::seconds(5)), std::future_status::ready);
    };
    vault_->meanwhile = note_write;
    const Secret session = begin(Assurance::account);
    auto answer = value_of(people_->factors().step_up_with_totp(act(session), code_of(key_)));
    ASSERT_EQ(answer.verdict, Verdict::done);
    const auto offer = value_of(people_->factors().begin_totp(act(answer.session->token)));
    vault_->meanwhile = note_write;
    EXPECT_EQ(value_of(people_->factors().confirm_totp(act(answer.session->token), code_of(offer.secret))).verdict,
              Verdict::done);
    vault_->version = 2;
    vault_->meanwhile = note_write;
    EXPECT_EQ(value_of(people_->factors().rewrap_all()), 1);
}

TEST_F(FactorsTest, ACodeThatIsUsedTwiceAtOnceOpensOnce)
{
    (void)set_up_app();
    const Secret session = begin(Assurance::account), another = begin(Assurance::account);
    auto first = Verdict::wrong;
    vault_->meanwhile = [&] {
        auto use = [&] { return value_of(people_->factors().step_up_with_totp(act(another), code_of(key_))).verdict; };
        first = std::async(std::launch::async, use).get();
    };
    EXPECT_EQ(value_of(people_->factors().step_up_with_totp(act(session), code_of(key_))).verdict, Verdict::wrong);
    EXPECT_EQ(first, Verdict::done);
    EXPECT_EQ(assurance_of(session), Assurance::account);
}

TEST_F(FactorsTest, AnAppThatIsReplacedWhileItsFirstCodeIsCheckedIsNotPutInUse)
{
    const Secret session = begin(Assurance::account);
    const auto first = value_of(people_->factors().begin_totp(act(session)));
    vault_->meanwhile = [&] {
        auto offer = [&] { return value_of(people_->factors().begin_totp(act(session))).verdict; };
        EXPECT_EQ(std::async(std::launch::async, offer).get(), Verdict::done);
    };
    EXPECT_EQ(value_of(people_->factors().confirm_totp(act(session), code_of(first.secret))).verdict, Verdict::wrong);
    EXPECT_FALSE(value_of(people_->persons().find(bob_))->factors.totp);
}

TEST_F(FactorsTest, AnAppThatIsTakenAwayWhileItIsWrappedAnewStaysAway)
{
    const Secret strong = set_up_app();
    vault_->version = 2;
    vault_->meanwhile = [&] {
        auto replace = [&] {
            EXPECT_EQ(value_of(people_->factors().remove_totp(act(strong))), Verdict::done);
            key_ = value_of(people_->factors().begin_totp(act(strong))).secret;
            return value_of(people_->factors().confirm_totp(act(strong), code_of(key_))).verdict;
        };
        EXPECT_EQ(std::async(std::launch::async, replace).get(), Verdict::done);
    };
    EXPECT_EQ(value_of(people_->factors().rewrap_all()), 0);
    clock_.advance(std::chrono::minutes(1));
    const Secret session = begin(Assurance::account);
    EXPECT_EQ(value_of(people_->factors().step_up_with_totp(act(session), code_of(key_))).verdict, Verdict::done);
}

TEST_F(FactorsTest, WithoutTheKeyNoCodesAreKept)
{
    const auto bare = people::People::open(database_, clock_, {}).value();
    const Secret session = begin(Assurance::account);
    const auto offer = answer_of(bare->factors().begin_totp(act(session)));
    ASSERT_TRUE(offer.has_error());
    EXPECT_EQ(offer.error().fault, Fault::config);
}

}  // namespace
}  // namespace sealpost::test
