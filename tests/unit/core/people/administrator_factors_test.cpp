#include "core/people/fixture.hpp"
#include "core/people/plain_vault.hpp"
#include "core/people/schema.hpp"
#include "sys/crypto/one_time_code.hpp"

namespace sealpost::test {
namespace {

using people::Assurance;
using people::FactorRemoval;
using Verdict = people::FactorVerdict;

// An administrator with the number that the first person has, too.
class AdministratorFactorsTest : public StoreTest {
protected:
    AdministratorFactorsTest()
    {
        people::People::Options options;
        options.vault = vault_;
        people_ = people::People::open(database_, clock_, std::move(options)).value();
        bob_ = value_of(people_->persons().ensure("bob@partner.test", "en", "local")).id;
        ada_ = value_of(people_->administrators().add("ada", {people::AccountId(1)}, secret("correct horse battery"))).id;
    }

    people::Sessions& sessions() { return people_->administrator_sessions(); }
    Secret begin(Assurance assurance) { return value_of(sessions().begin(ada_, assurance, {})).token; }
    people::FactorActor act(const Secret& session) { return {ada_, session.clone(), "192.0.2.0/24"}; }
    bool lives(const Secret& session) { return value_of(sessions().find(session.clone())).has_value(); }
    Secret code_of(const Secret& key) { return secret(crypto::make_one_time_code(key, crypto::one_time_step_of(clock_.now()))); }
    Secret set_up_app()
    {
        const Secret session = begin(Assurance::account);
        auto offer = value_of(people_->factors().begin_totp(act(session)));
        key_ = std::move(offer.secret);
        auto answer = value_of(people_->factors().confirm_totp(act(session), code_of(key_)));
        EXPECT_EQ(answer.verdict, Verdict::done);
        clock_.advance(std::chrono::seconds(60));
        return std::move(answer.session->token);
    }
    // The key of his app.
    Secret set_up_app_of_bob()
    {
        const Secret session = value_of(people_->sessions().begin(bob_, Assurance::account, {})).token;
        auto offer = value_of(people_->factors().begin_totp({bob_, session.clone(), ""}));
        EXPECT_EQ(value_of(people_->factors().confirm_totp({bob_, session.clone(), ""}, code_of(offer.secret))).verdict,
                  Verdict::done);
        clock_.advance(std::chrono::seconds(60));
        return std::move(offer.secret);
    }
    bool has_factor() { return value_of(people_->administrators().find(ada_))->has_second_factor; }
    Verdict step_up(const Secret& session)
    {
        return value_of(people_->factors().step_up_with_totp(act(session), code_of(key_))).verdict;
    }

    std::shared_ptr<PlainVault> vault_ = std::make_shared<PlainVault>();
    std::shared_ptr<people::People> people_;
    people::PersonId bob_;
    people::AdministratorId ada_;
    Secret key_;
};

TEST_F(AdministratorFactorsTest, AreNobodyElses)
{
    ASSERT_EQ(bob_.value(), ada_.value());
    const Secret strong = set_up_app();
    (void)value_of(people_->factors().make_recovery_codes(act(strong)));
    EXPECT_TRUE(has_factor());
    EXPECT_FALSE(value_of(people_->persons().find(bob_))->factors.has_any());
    EXPECT_EQ(value_of(people_->factors().list(bob_)).recovery_codes, 0);
    EXPECT_EQ(value_of(people_->factors().list(ada_)).recovery_codes, 10);
    const Secret his = value_of(people_->sessions().begin(bob_, Assurance::account, {})).token;
    EXPECT_EQ(value_of(people_->factors().step_up_with_totp({ada_, his.clone(), ""}, code_of(key_))).verdict,
              Verdict::session_over)
        << "a person's session is none of an administrator";
    EXPECT_TRUE(value_of(people_->persons().erase(bob_, "operator", "local")));
    EXPECT_TRUE(has_factor());
}

TEST_F(AdministratorFactorsTest, MakeASessionOfThePasswordStrong)
{
    const Secret other = begin(Assurance::account);
    const Secret strong = set_up_app();
    EXPECT_FALSE(lives(other)) << "the password alone began it";
    const Secret session = begin(Assurance::account);
    EXPECT_EQ(value_of(people_->factors().remove_totp(act(session))), Verdict::needs_strong);
    EXPECT_EQ(step_up(session), Verdict::done);
    EXPECT_FALSE(lives(session));
    EXPECT_EQ(value_of(people_->factors().remove_totp(act(strong))), Verdict::done);
    EXPECT_FALSE(has_factor());
}

TEST_F(AdministratorFactorsTest, AreWrappedAnewWithThoseOfPersons)
{
    (void)set_up_app();
    const Secret his = set_up_app_of_bob();
    vault_->version = 2;
    EXPECT_EQ(value_of(people_->factors().rewrap_all()), 2);
    EXPECT_EQ(count("select count(*) from people_totp where key_version = 2"), 2);
    EXPECT_EQ(step_up(begin(Assurance::account)), Verdict::done);
    const Secret session = value_of(people_->sessions().begin(bob_, Assurance::account, {})).token;
    EXPECT_EQ(value_of(people_->factors().step_up_with_totp({bob_, session.clone(), ""}, code_of(his))).verdict, Verdict::done)
        << "each is bound to its own owner, though both have the same number";
}

TEST_F(AdministratorFactorsTest, OfANodeWithAnotherKeyAreLeftAsTheyAre)
{
    const Secret strong = set_up_app();
    const auto codes = value_of(people_->factors().make_recovery_codes(act(strong)));
    vault_->ring_name = "node-0123456789abcdef";
    vault_->version = 2;
    EXPECT_EQ(value_of(people_->factors().rewrap_all()), 0);
    EXPECT_EQ(step_up(begin(Assurance::account)), Verdict::elsewhere);
    const Secret session = begin(Assurance::account);
    const auto recovered = value_of(people_->factors().step_up_with_recovery_code(act(session), codes.codes[0].clone()));
    ASSERT_EQ(recovered.verdict, Verdict::done) << "no key is needed for those";
    const auto offer = value_of(people_->factors().begin_totp(act(recovered.session->token)));
    EXPECT_EQ(value_of(people_->factors().confirm_totp(act(recovered.session->token), code_of(offer.secret))).verdict,
              Verdict::done)
        << "the app is set up anew here";
}

TEST_F(AdministratorFactorsTest, AreBegunAnewWhereAnotherKeyBeganThem)
{
    const Secret session = begin(Assurance::account);
    const auto offer = value_of(people_->factors().begin_totp(act(session)));
    vault_->ring_name = "node-0123456789abcdef";
    EXPECT_EQ(value_of(people_->factors().confirm_totp(act(session), code_of(offer.secret))).verdict, Verdict::expired);
    const auto anew = value_of(people_->factors().begin_totp(act(session)));
    EXPECT_EQ(value_of(people_->factors().confirm_totp(act(session), code_of(anew.secret))).verdict, Verdict::done);
}

TEST_F(AdministratorFactorsTest, WaitForAKeyThatCannotBeOpenedButForRecoveryCodes)
{
    const Secret strong = set_up_app();
    const auto codes = value_of(people_->factors().make_recovery_codes(act(strong)));
    vault_->is_away = true;
    vault_->ring_name = "";
    const Secret session = begin(Assurance::account);
    const auto tried = answer_of(people_->factors().step_up_with_totp(act(session), code_of(key_)));
    ASSERT_TRUE(tried.has_error());
    EXPECT_EQ(tried.error().fault, Fault::retry_later);
    EXPECT_EQ(value_of(people_->factors().step_up_with_recovery_code(act(session), codes.codes[0].clone())).verdict,
              Verdict::done);
}

TEST_F(AdministratorFactorsTest, AreRemovedByWhoeverMayStillManageTheOwner)
{
    (void)set_up_app();
    auto& administrators = people_->administrators();
    const auto otto = value_of(administrators.add("otto", {people::AccountId(2)}, secret("correct horse battery"))).id;
    const people::Actor stranger{"administrator:2", "local", otto};
    EXPECT_EQ(value_of(administrators.remove_factors("ada", stranger)), FactorRemoval::unknown);
    EXPECT_EQ(value_of(administrators.remove_factors("nobody")), FactorRemoval::unknown);
    EXPECT_TRUE(has_factor());
    const Secret session = begin(Assurance::strong);
    EXPECT_EQ(value_of(administrators.remove_factors("ada")), FactorRemoval::done);
    EXPECT_FALSE(lives(session));
    EXPECT_FALSE(has_factor());
    EXPECT_EQ(value_of(administrators.remove_factors("ada")), FactorRemoval::none);
    people::AuditFilter filter;
    filter.what = "administrator.factors_removed";
    const auto told = value_of(people_->audit().list(filter));
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].entry.who, "operator");
    EXPECT_EQ(told[0].entry.subject, "administrator:ada");
}

TEST_F(AdministratorFactorsTest, GoWithTheOwner)
{
    const Secret strong = set_up_app();
    (void)value_of(people_->factors().make_recovery_codes(act(strong)));
    EXPECT_EQ(value_of(people_->administrators().remove("ada", people::LastOne::may_go)), people::AdministratorChange::done);
    EXPECT_EQ(count("select count(*) from people_totp"), 0);
    EXPECT_EQ(count("select count(*) from people_recovery_code"), 0);
}

TEST_F(StoreTest, FactorsOfAnOlderStoreStayThoseOfTheirPersons)
{
    const auto& steps = people::schema_steps();
    ASSERT_TRUE(database_->migrate("people", {steps.begin(), steps.begin() + 7}).has_value());
    execute(
        "insert into people_totp (person_id, in_use, key_version, nonce, sealed, used_step, added_at)"
        " values (7, 1, 3, 'n', 's', 0, 0)");
    execute("insert into people_recovery_code (person_id, digest) values (7, 'd')");
    ASSERT_TRUE(people::People::open(database_, clock_, {}).has_value());
    EXPECT_EQ(count("select owner_id from people_totp where owner_kind = 0 and in_use = 1 and ring = 'service'"), 7);
    EXPECT_EQ(count("select owner_id from people_recovery_code where owner_kind = 0"), 7);
}

}  // namespace
}  // namespace sealpost::test
