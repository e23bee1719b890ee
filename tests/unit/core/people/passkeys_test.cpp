#include "core/people/factors_fixture.hpp"
#include "soft_authenticator.hpp"

#include <array>

namespace sealpost::test {
namespace {

using people::Assurance;
using Verdict = FactorVerdict;
using webauthn::Ceremony;

class PasskeysTest : public FactorsTest {
protected:
    people::Passkeys& passkeys() { return people_->passkeys(); }

    people::FactorAnswer add(const Secret& session, const SoftAuthenticator& authenticator, std::string name = "phone")
    {
        const auto challenge = value_of(passkeys().begin(Ceremony::create, session.clone()));
        return value_of(passkeys().add(party_, {act(session), std::move(name), authenticator.create(challenge)}));
    }
    people::PasskeySignIn answer_with(const SoftAuthenticator& authenticator, ByteView challenge, const Secret& former = {})
    {
        return {former.clone(), "192.0.2.0/24", copy_bytes(authenticator.credential_id), {}, authenticator.get(challenge)};
    }
    people::SignedInByPasskey sign_in(const SoftAuthenticator& authenticator, const Secret& former = {})
    {
        const auto challenge = value_of(passkeys().begin(Ceremony::get, former.clone()));
        return value_of(passkeys().sign_in(party_, answer_with(authenticator, challenge, former)));
    }

    // An app, recovery codes, a passkey; answers the strong session.
    Secret set_up_all()
    {
        const Secret strong = set_up_app();
        EXPECT_EQ(value_of(people_->factors().make_recovery_codes(act(strong))).verdict, Verdict::done);
        auto added = add(strong, phone_);
        EXPECT_EQ(added.verdict, Verdict::done);
        for (const char* table : factor_tables) EXPECT_GT(count_rows(table), 0) << table;
        return std::move(added.session->token);
    }
    std::int64_t count_rows(const char* table) { return count("select count(*) from " + std::string(table)); }

    static constexpr std::array factor_tables{"people_totp", "people_recovery_code", "people_passkey"};
    const webauthn::RelyingParty party_{"keys.test", "https://keys.test"};
    SoftAuthenticator phone_;
};

TEST_F(PasskeysTest, OneIsAddedWithThePasswordAndSignsInAlone)
{
    const auto added = add(begin(Assurance::account), phone_);
    ASSERT_EQ(added.verdict, Verdict::done);
    EXPECT_EQ(assurance_of(added.session->token), Assurance::strong);
    const auto list = value_of(people_->factors().list(bob_));
    ASSERT_EQ(list.passkeys.size(), 1U);
    EXPECT_EQ(list.passkeys[0].name, "phone");
    phone_.counter = 1;
    const auto signed_in = sign_in(phone_);
    ASSERT_EQ(signed_in.verdict, Verdict::done);
    EXPECT_EQ(signed_in.person, bob_);
    EXPECT_EQ(assurance_of(signed_in.session->token), Assurance::strong);
    EXPECT_EQ(count_audit("person.passkey_added"), 1);
}

TEST_F(PasskeysTest, NobodyAddsOneByMailboxAloneOrByPasswordBesideAFactor)
{
    EXPECT_EQ(add(begin(Assurance::mailbox), phone_).verdict, Verdict::needs_account);
    (void)set_up_app();
    EXPECT_EQ(add(begin(Assurance::account), phone_).verdict, Verdict::needs_strong);
    EXPECT_EQ(add(begin(Assurance::strong), phone_).verdict, Verdict::done);
}

TEST_F(PasskeysTest, AChallengeIsGoodOnceForFiveMinutesAndItsSession)
{
    const auto strong = add(begin(Assurance::account), phone_);
    const auto challenge = value_of(passkeys().begin(Ceremony::get, {}));
    ASSERT_EQ(value_of(passkeys().sign_in(party_, answer_with(phone_, challenge))).verdict, Verdict::done);
    EXPECT_EQ(value_of(passkeys().sign_in(party_, answer_with(phone_, challenge))).verdict, Verdict::expired);
    const auto late = value_of(passkeys().begin(Ceremony::get, {}));
    clock_.advance(std::chrono::minutes(5));
    EXPECT_EQ(value_of(passkeys().sign_in(party_, answer_with(phone_, late))).verdict, Verdict::expired);
    const Secret session = begin(Assurance::account);
    const auto bound = value_of(passkeys().begin(Ceremony::get, session.clone()));
    EXPECT_EQ(value_of(passkeys().sign_in(party_, answer_with(phone_, bound))).verdict, Verdict::expired);
    const auto of_another_kind = value_of(passkeys().begin(Ceremony::create, {}));
    EXPECT_EQ(value_of(passkeys().sign_in(party_, answer_with(phone_, of_another_kind))).verdict, Verdict::expired);
    EXPECT_EQ(value_of(passkeys().sign_in(party_, answer_with(phone_, Bytes(32, 1)))).verdict, Verdict::expired);
    (void)value_of(passkeys().begin(Ceremony::get, {}));
    clock_.advance(std::chrono::minutes(6));
    must(people_->sweep());
    EXPECT_EQ(count("select count(*) from people_challenge"), 0);
}

TEST_F(PasskeysTest, AWrongAnswerUsesTheChallengeUp)
{
    (void)add(begin(Assurance::account), phone_);
    const auto challenge = value_of(passkeys().begin(Ceremony::get, {}));
    SoftAuthenticator stranger;
    EXPECT_EQ(value_of(passkeys().sign_in(party_, answer_with(stranger, challenge))).verdict, Verdict::refused);
    EXPECT_EQ(value_of(passkeys().sign_in(party_, answer_with(phone_, challenge))).verdict, Verdict::expired);
}

TEST_F(PasskeysTest, ACounterThatGoesBackIsRefusedAndAudited)
{
    phone_.counter = 5;
    (void)add(begin(Assurance::account), phone_);
    phone_.counter = 6;
    EXPECT_EQ(sign_in(phone_).verdict, Verdict::done);
    for (const std::uint32_t counter : {6U, 5U, 0U}) {
        phone_.counter = counter;
        EXPECT_EQ(sign_in(phone_).verdict, Verdict::refused) << counter;
    }
    EXPECT_EQ(count_audit("person.passkey_refused"), 3);
}

TEST_F(PasskeysTest, OneThatDoesNotCountIsTaken)
{
    (void)add(begin(Assurance::account), phone_);
    EXPECT_EQ(sign_in(phone_).verdict, Verdict::done);
    EXPECT_EQ(sign_in(phone_).verdict, Verdict::done);
}

TEST_F(PasskeysTest, WithoutUserVerificationIsNotStrong)
{
    SoftAuthenticator unverified = phone_;
    unverified.flags = 0x01;
    EXPECT_EQ(add(begin(Assurance::account), unverified).verdict, Verdict::refused);
    (void)add(begin(Assurance::account), phone_);
    EXPECT_EQ(sign_in(unverified).verdict, Verdict::refused);
}

TEST_F(PasskeysTest, AnotherPersonsHandleIsRefused)
{
    (void)add(begin(Assurance::account), phone_);
    const auto challenge = value_of(passkeys().begin(Ceremony::get, {}));
    auto answer = answer_with(phone_, challenge);
    answer.user_handle = people::Passkeys::user_handle_of(party_, people::PersonId(bob_.value() + 1));
    EXPECT_EQ(value_of(passkeys().sign_in(party_, std::move(answer))).verdict, Verdict::refused);
}

TEST_F(PasskeysTest, ThereAreTenAtMostAndNoneTwice)
{
    Secret session = begin(Assurance::account);
    for (int i = 0; i < people::Passkeys::most; ++i) {
        SoftAuthenticator each;
        each.credential_id = "credential " + std::to_string(i);
        auto added = add(session, each, std::to_string(i));
        ASSERT_EQ(added.verdict, Verdict::done) << i;
        session = std::move(added.session->token);
        if (i == 0) {
            EXPECT_EQ(add(session, each).verdict, Verdict::refused);
        }
    }
    EXPECT_EQ(add(session, phone_).verdict, Verdict::too_many);
}

TEST_F(PasskeysTest, IsRenamedAndRemovedByItsOwnerOnly)
{
    auto strong = std::move(add(begin(Assurance::account), phone_).session->token);
    const auto id = value_of(people_->factors().list(bob_)).passkeys[0].id;
    EXPECT_EQ(value_of(passkeys().rename(act(strong), id, "key ring")), Verdict::done);
    EXPECT_EQ(value_of(people_->factors().list(bob_)).passkeys[0].name, "key ring");
    EXPECT_EQ(value_of(passkeys().rename(act(strong), id + 1, "x")), Verdict::unknown);
    const auto carol = value_of(people_->persons().ensure("carol@partner.test", "en", "local"));
    const Secret hers = value_of(people_->sessions().begin(carol.id, Assurance::strong, {})).token;
    EXPECT_EQ(value_of(passkeys().remove({carol.id, hers.clone(), "local"}, id)), Verdict::unknown);
    const Secret other = begin(Assurance::strong);
    EXPECT_EQ(value_of(passkeys().remove(act(strong), id)), Verdict::done);
    EXPECT_FALSE(lives(other));
    EXPECT_EQ(sign_in(phone_).verdict, Verdict::unknown);
    EXPECT_EQ(count_audit("person.passkey_removed"), 1);
}

TEST_F(PasskeysTest, TheOperatorTakesAllFactorsAwayWithAllSessions)
{
    const Secret strong = set_up_all();
    EXPECT_TRUE(value_of(people_->factors().remove_all(bob_, "operator", "local")));
    EXPECT_FALSE(value_of(people_->factors().remove_all(bob_, "operator", "local")));
    EXPECT_FALSE(lives(strong));
    for (const char* table : factor_tables) EXPECT_EQ(count_rows(table), 0) << table;
    EXPECT_EQ(count_audit("person.factors_removed"), 1);
}

TEST_F(PasskeysTest, AllFactorsGoWithThePerson)
{
    (void)set_up_all();
    ASSERT_TRUE(
        answer_of(people_->guard().admit({{people::GuardKey::Kind::second_factor, "person:1", "192.0.2.0/24"}})).has_value());
    EXPECT_GT(count_rows("people_guard"), 0);
    ASSERT_TRUE(value_of(people_->persons().erase(bob_, "operator", "local")));
    for (const char* table : factor_tables) EXPECT_EQ(count_rows(table), 0) << table;
    EXPECT_EQ(count_rows("people_guard"), 0);
}

}  // namespace
}  // namespace sealpost::test
