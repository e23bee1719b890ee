#include "core/domains/domains.hpp"
#include "core/people/fixture.hpp"

namespace sealpost::domains {
namespace {

using namespace std::chrono_literals;
using test::must;
using test::secret;
using test::value_of;

const Doer doer{"administrator:1", "192.0.2.0/24"};
const AccountId first{1};
const AccountId second{2};

class ProofsTest : public test::StoreTest {
protected:
    ProofsTest()
    {
        people_ = people::People::open(database_, clock_, {}).value();
        domains_ = Domains::open(database_, clock_, secret("a pepper for tests only")).value();
    }

    Domain add(AccountId account)
    {
        return std::get<Domain>(value_of(domains_->add("acme.test", account, "postmaster@acme.test", "w")));
    }
    Domain claim_of(Owner owner) { return value_of(domains_->find_claim({"acme.test", owner})).value(); }
    Domain find() { return value_of(domains_->find("acme.test")).value(); }
    ProofVerdict check(AccountId account, const std::string& record)
    {
        return value_of(proofs().check_records({"acme.test", account}, {record}, doer));
    }
    void switch_on(AccountId account)
    {
        value_of(domains_->record_test("acme.test", {clock_.now(), true, "", "{}"}));
        EXPECT_EQ(value_of(domains_->set_replies({"acme.test", account}, true, OnFailure::hold, "w")), SwitchVerdict::done);
    }
    CodeToMail begin(const Claimant& claimant) { return value_of(proofs().begin_code("acme.test", claimant)); }
    CodeVerdict give(const Claimant& claimant, const Secret& code)
    {
        return value_of(proofs().check_code("acme.test", claimant, code.clone(), doer));
    }
    Proofs& proofs() { return domains_->proofs(); }
    std::vector<std::string> audit()
    {
        std::vector<std::string> words;
        for (const auto& record : value_of(people_->audit().list({.subject = "acme.test"}))) words.push_back(record.entry.what);
        return words;
    }

    std::shared_ptr<people::People> people_;
    std::shared_ptr<Domains> domains_;
};

TEST_F(ProofsTest, AClaimThatNobodyProvedStandsInNobodysWay)
{
    const auto squatter = add(first);
    const auto owner = add(second);
    EXPECT_NE(squatter.proof.value, owner.proof.value);
    EXPECT_EQ(check(first, owner.proof.value), ProofVerdict::not_proven) << "another's record proves nothing";
    EXPECT_EQ(check(second, owner.proof.value), ProofVerdict::proven);
    EXPECT_EQ(find().owner, Owner(second));
    EXPECT_FALSE(claim_of(first).is_proven());
}

TEST_F(ProofsTest, WhoProvesItLastHasItWithWhatWasChosenForIt)
{
    add(first);
    const auto later = add(second);
    value_of(proofs().trust_ownership({"acme.test", first}, "operator"));
    switch_on(first);
    EXPECT_EQ(check(second, later.proof.value), ProofVerdict::proven);
    EXPECT_TRUE(claim_of(second).tls_replies);
    EXPECT_EQ(claim_of(second).on_failure, OnFailure::hold);
    EXPECT_FALSE(claim_of(first).is_proven());
    EXPECT_FALSE(claim_of(first).tls_replies);
    EXPECT_EQ(value_of(domains_->set_replies({"acme.test", first}, true, OnFailure::bounce, "w")), SwitchVerdict::not_proven);
    EXPECT_EQ(value_of(domains_->set_replies({"acme.test", first}, false, OnFailure::bounce, "w")), SwitchVerdict::done);
    EXPECT_EQ(value_of(domains_->decide_reply_way("acme.test")).on_failure, OnFailure::hold) << "not theirs to choose";
    EXPECT_EQ(audit().at(1), "domain.proven");
    EXPECT_EQ(audit().at(2), "domain.passed_on");
}

TEST_F(ProofsTest, ARemovedClaimLeavesTheOthers)
{
    add(first);
    add(second);
    value_of(proofs().trust_ownership({"acme.test", second}, "operator"));
    switch_on(second);
    EXPECT_TRUE(value_of(domains_->remove({"acme.test", first}, "w")));
    EXPECT_TRUE(find().last_test.has_value());
    EXPECT_TRUE(value_of(domains_->decide_reply_way("acme.test")).tls_verified);
    EXPECT_TRUE(value_of(domains_->list(first)).empty());
    EXPECT_EQ(value_of(domains_->list(std::nullopt)).size(), 1U);
}

TEST_F(ProofsTest, TheOperatorAsksForWhoeverPublishedARecord)
{
    add(first);
    const auto owner = add(second);
    EXPECT_EQ(value_of(proofs().check_any_records("acme.test", {"other"}, doer)), ProofVerdict::not_proven);
    EXPECT_EQ(value_of(proofs().check_any_records("acme.test", {owner.proof.value}, doer)), ProofVerdict::proven);
    EXPECT_EQ(find().owner, Owner(second));
    EXPECT_EQ(value_of(proofs().check_any_records("nowhere.test", {owner.proof.value}, doer)), ProofVerdict::unknown);
}

TEST_F(ProofsTest, AnOwnRecordProvesForItsTokenOnly)
{
    const auto proof = Proofs::make_own_proof("ACME.test", secret("token one"));
    EXPECT_EQ(proof.name, "_sealpost.acme.test");
    EXPECT_EQ(proof.value, Proofs::make_own_proof("acme.test", secret("token one")).value);
    EXPECT_NE(proof.value, Proofs::make_own_proof("acme.test", secret("token two")).value);
    EXPECT_NE(proof.value, Proofs::make_own_proof("partner.test", secret("token one")).value);
    EXPECT_EQ(value_of(proofs().check_own_records("acme.test", secret("token two"), {proof.value}, doer)),
              ProofVerdict::not_proven);
    EXPECT_FALSE(value_of(domains_->find("acme.test")).has_value()) << "a claim that is not proven leaves no row";
    EXPECT_EQ(value_of(proofs().check_own_records("acme.test", secret("token one"), {"x", proof.value}, doer)),
              ProofVerdict::proven);
    EXPECT_EQ(find().owner, Owner());
    EXPECT_EQ(find().contact, "postmaster@acme.test");
    EXPECT_EQ(find().proven_by, ProvenBy::txt);
}

TEST_F(ProofsTest, TheVectorOfTheSpecification)
{
    // printf 'sealpost domain claim\nacme.test\ntoken' | openssl dgst -sha256 -binary | head -c 24 | basenc --base64url
    EXPECT_EQ(Proofs::make_own_proof("acme.test", secret("token")).value, "sealpost-verify=-cJrirYCKkaZSLy3oSv3tGtHxSLQVLWH");
}

TEST_F(ProofsTest, ACodeToThePostmasterProvesOnceAndForItsClaimantOnly)
{
    add(first);
    add(second);
    const auto mailed = begin(Claimant::account(first));
    EXPECT_EQ(mailed.address, "postmaster@acme.test");
    EXPECT_EQ(mailed.code.size(), 8U);
    EXPECT_TRUE(std::holds_alternative<people::CodeExpired>(give(Claimant::account(second), mailed.code)));
    EXPECT_TRUE(std::holds_alternative<Proven>(give(Claimant::account(first), mailed.code)));
    EXPECT_EQ(find().owner, Owner(first));
    EXPECT_EQ(find().proven_by, ProvenBy::code);
    EXPECT_TRUE(std::holds_alternative<people::CodeExpired>(give(Claimant::account(first), mailed.code)));
    EXPECT_EQ(all_octets().find(std::string(mailed.code.reveal_text())), std::string::npos);
}

TEST_F(ProofsTest, ACodeEndsAfterFewTriesTenMinutesOrANewOne)
{
    add(first);
    const auto claimant = Claimant::account(first);
    const auto former = begin(claimant);
    const auto mailed = begin(claimant);
    const Secret wrong = secret(mailed.code.reveal_text() == "00000000" ? "00000001" : "00000000");
    EXPECT_FALSE(std::holds_alternative<Proven>(give(claimant, former.code)));
    for (int left = 3; left >= 0; --left) EXPECT_EQ(std::get<people::CodeWrong>(give(claimant, wrong)).tries_left, left);
    EXPECT_TRUE(std::holds_alternative<people::CodeExpired>(give(claimant, mailed.code)));
    const auto late = begin(claimant);
    clock_.advance(10min);
    EXPECT_TRUE(std::holds_alternative<people::CodeExpired>(give(claimant, late.code)));
    EXPECT_FALSE(find().is_proven());
}

TEST_F(ProofsTest, ACodeWorksWhereverThePepperIsKnown)
{
    add(first);
    const auto mailed = begin(Claimant::account(first));
    const auto elsewhere = Domains::open(database_, clock_, secret("a pepper for tests only")).value();
    EXPECT_TRUE(std::holds_alternative<Proven>(
        value_of(elsewhere->proofs().check_code("acme.test", Claimant::account(first), mailed.code.clone(), doer))));
}

TEST_F(ProofsTest, ACodeOfABrowserNeedsNoAccount)
{
    const auto ours = Claimant::browser(secret("token one"));
    const auto mailed = begin(ours);
    EXPECT_TRUE(std::holds_alternative<people::CodeExpired>(give(Claimant::browser(secret("token two")), mailed.code)));
    EXPECT_TRUE(std::holds_alternative<Proven>(give(ours, mailed.code)));
    EXPECT_EQ(find().owner, Owner());
}

TEST_F(ProofsTest, ACodeForARemovedClaimProvesNothing)
{
    add(first);
    const auto mailed = begin(Claimant::account(first));
    value_of(domains_->remove({"acme.test", first}, "w"));
    EXPECT_TRUE(std::holds_alternative<people::CodeExpired>(give(Claimant::account(first), mailed.code)));
}

TEST_F(ProofsTest, AnOwnSessionLastsAnHourAndEndsWithTheNextProof)
{
    auto& sessions = domains_->own_sessions();
    const auto prove = [&] { give(Claimant::browser(secret("t")), begin(Claimant::browser(secret("t"))).code); };
    prove();
    auto session = value_of(sessions.begin("acme.test"));
    EXPECT_EQ(value_of(sessions.find(session.token.clone()))->domain, "acme.test");
    EXPECT_EQ(value_of(sessions.find(session.token.clone()))->csrf, session.csrf);
    clock_.advance(1h);
    EXPECT_FALSE(value_of(sessions.find(session.token.clone())).has_value());
    must(domains_->sweep());
    EXPECT_EQ(count("select count(*) from domain_session"), 0);
    EXPECT_EQ(count("select count(*) from domain_code"), 0);

    auto next = value_of(sessions.begin("acme.test"));
    const auto account = add(first);
    EXPECT_EQ(check(first, account.proof.value), ProofVerdict::proven);
    EXPECT_FALSE(value_of(sessions.find(next.token.clone())).has_value()) << "the domain is another's now";
    auto last = value_of(sessions.begin("acme.test"));
    must(sessions.end(last.token.clone()));
    EXPECT_FALSE(value_of(sessions.find(last.token.clone())).has_value());
}

}  // namespace
}  // namespace sealpost::domains
