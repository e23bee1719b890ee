#include "core/domains/domains.hpp"
#include "core/domains/schema.hpp"
#include "core/people/fixture.hpp"

namespace sealpost::domains {
namespace {

using namespace std::chrono_literals;
using test::answer_of;
using test::must;
using test::value_of;

class DomainsTest : public test::StoreTest {
protected:
    DomainsTest()
    {
        people_ = people::People::open(database_, clock_, {}).value();
        domains_ = Domains::open(database_, clock_).value();
    }

    Domain add(std::string name = "acme.test")
    {
        return std::get<Domain>(value_of(domains_->add(std::move(name), account_, "postmaster@acme.test", "administrator:1")));
    }
    Domain find(std::string name = "acme.test") { return value_of(domains_->find(std::move(name))).value(); }
    void prove(std::string name = "acme.test", Owner owner = AccountId(1))
    {
        EXPECT_EQ(value_of(domains_->proofs().trust_ownership({std::move(name), owner}, "operator")), ProofVerdict::proven);
    }
    ProofVerdict check(std::string name, std::vector<std::string> records)
    {
        return value_of(domains_->proofs().check_records({std::move(name), account_}, std::move(records), {"w", ""}));
    }
    void test(bool ready, std::string name = "acme.test")
    {
        const TestRecord record{clock_.now(), ready, ready ? "" : "no_mail_host", R"({"hosts":[]})", TestCause::asked};
        EXPECT_TRUE(value_of(domains_->record_test(std::move(name), record)));
    }
    SwitchVerdict switch_on(OnFailure choice = OnFailure::envelope)
    {
        return value_of(domains_->set_replies({"acme.test", account_}, true, choice, "administrator:1"));
    }
    using Due = std::vector<DueTest>;
    Due due() { return value_of(domains_->find_due_for_test(10)); }
    ReplyWay way(std::string name = "acme.test") { return value_of(domains_->decide_reply_way(std::move(name))); }

    const AccountId account_{1};
    std::shared_ptr<people::People> people_;
    std::shared_ptr<Domains> domains_;
};

TEST_F(DomainsTest, ANewDomainIsUnprovenAndTakesEnvelopes)
{
    const auto domain = add("ACME.test");
    EXPECT_EQ(domain.name, "acme.test");
    EXPECT_EQ(domain.contact, "postmaster@acme.test");
    EXPECT_EQ(domain.proof.name, "_sealpost.acme.test");
    EXPECT_EQ(domain.proof.type, "TXT");
    EXPECT_EQ(domain.proof.value.rfind("sealpost-verify=", 0), 0U);
    EXPECT_FALSE(domain.is_proven());
    EXPECT_FALSE(domain.tls_replies);
    EXPECT_FALSE(way().tls_verified);
}

TEST_F(DomainsTest, AnAccountAddsADomainOnce)
{
    add();
    EXPECT_TRUE(std::holds_alternative<Exists>(value_of(domains_->add("Acme.Test", account_, "", "w"))));
    EXPECT_TRUE(std::holds_alternative<BadName>(value_of(domains_->add("not a domain", account_, "", "w"))));
}

TEST_F(DomainsTest, TheRightTxtRecordProvesIt)
{
    const auto domain = add();
    EXPECT_EQ(check("acme.test", {"v=spf1 -all", "sealpost-verify=guess"}), ProofVerdict::not_proven);
    EXPECT_FALSE(find().is_proven());
    EXPECT_EQ(check("acme.test", {"v=spf1 -all", domain.proof.value}), ProofVerdict::proven);
    EXPECT_TRUE(find().is_proven());
    EXPECT_EQ(find().proven_by, ProvenBy::txt);
    EXPECT_EQ(check("other.test", {domain.proof.value}), ProofVerdict::unknown);
}

TEST_F(DomainsTest, FindsTheAccountThatHasProvenADomainOrOneAboveIt)
{
    const auto prover = [&](const char* name) { return value_of(domains_->find_prover(name)); };
    add();
    EXPECT_FALSE(prover("acme.test").has_value()) << "a claim proves nothing";
    prove();
    EXPECT_EQ(prover("acme.test")->account, account_);
    EXPECT_EQ(prover("mail.acme.test")->account, account_);
    EXPECT_EQ(prover("mail.acme.test")->name, "acme.test");
    const AccountId other(2);
    value_of(domains_->add("mail.acme.test", other, "postmaster@mail.acme.test", "administrator:2"));
    EXPECT_EQ(prover("mail.acme.test")->account, account_);
    prove("mail.acme.test", other);
    EXPECT_EQ(prover("mail.acme.test")->account, other) << "the nearest name counts";
    EXPECT_FALSE(prover("elsewhere.test").has_value());
}

TEST_F(DomainsTest, NamesThoseOfAnAccountThatTheOperatorGaveAndThoseThatItHasProven)
{
    people::Account account;
    account.id = account_;
    account.domains = {"acme.example", "acme.test"};
    for (const char* name : {"acme.test", "acme.org", "claimed.test"}) add(name);
    prove("acme.test");
    prove("acme.org");
    EXPECT_EQ(value_of(domains_->list_names(account)), (std::vector<std::string>{"acme.example", "acme.test", "acme.org"}));
    account.id = AccountId(2);
    EXPECT_EQ(value_of(domains_->list_names(account)), account.domains);
}

TEST_F(DomainsTest, SwitchingOnNeedsAProofAndAPassedTest)
{
    EXPECT_EQ(switch_on(), SwitchVerdict::unknown);
    add();
    test(true);
    EXPECT_EQ(switch_on(), SwitchVerdict::not_proven);
    prove();
    test(false);
    EXPECT_EQ(switch_on(), SwitchVerdict::not_ready);
    EXPECT_FALSE(way().tls_verified);
    test(true);
    EXPECT_EQ(switch_on(OnFailure::hold), SwitchVerdict::done);
    EXPECT_TRUE(way().tls_verified);
    EXPECT_EQ(way("Acme.TEST").on_failure, OnFailure::hold);
}

TEST_F(DomainsTest, SwitchingOffNeedsNothing)
{
    add();
    EXPECT_EQ(value_of(domains_->set_replies({"acme.test", account_}, false, OnFailure::bounce, "w")), SwitchVerdict::done);
    EXPECT_EQ(find().on_failure, OnFailure::bounce);
    EXPECT_FALSE(way().tls_verified);
}

TEST_F(DomainsTest, AnUnknownDomainTakesEnvelopes)
{
    EXPECT_FALSE(way("nowhere.test").tls_verified);
    EXPECT_FALSE(way("").tls_verified);
}

TEST_F(DomainsTest, KeepsTheTestsNewestFirst)
{
    add();
    test(false);
    clock_.advance(1h);
    test(true);
    const auto tests = value_of(domains_->list_tests("acme.test", 10));
    ASSERT_EQ(tests.size(), 2U);
    EXPECT_TRUE(tests[0].ready);
    EXPECT_EQ(tests[1].problem, "no_mail_host");
    EXPECT_EQ(find().last_test->at, clock_.now());
    EXPECT_FALSE(value_of(domains_->record_test("other.test", {})));
}

TEST_F(DomainsTest, IsDueAfterADayOrAFailedDelivery)
{
    add();
    EXPECT_TRUE(due().empty()) << "nobody waits for its result";
    prove();
    test(true);
    switch_on();
    EXPECT_TRUE(due().empty());
    must(domains_->note_failed_delivery("acme.test", "certificate has expired"));
    EXPECT_EQ(due(), (Due{{"acme.test", TestCause::failed_delivery}}));
    EXPECT_EQ(find().last_failure, "certificate has expired");
    test(false);
    EXPECT_EQ(find().last_failure, "certificate has expired");
    test(true);
    EXPECT_EQ(find().last_failure, "");
    EXPECT_TRUE(due().empty());
    clock_.advance(24h);
    EXPECT_EQ(due(), (Due{{"acme.test", TestCause::daily}}));
}

TEST_F(DomainsTest, AFailureIsNotedWhereRepliesWantTlsOnly)
{
    add();
    prove();
    test(true);
    must(domains_->note_failed_delivery("acme.test", "no TLS"));
    EXPECT_EQ(find().last_failure, "");
    EXPECT_FALSE(find().needs_test) << "switching on would wait for a test that nobody makes";
}

TEST_F(DomainsTest, WhatIsNotReadyIsTestedSoonerButNotAtEachFailure)
{
    add();
    prove();
    test(true);
    switch_on();
    test(false);
    must(domains_->note_failed_delivery("acme.test", "again"));
    EXPECT_TRUE(due().empty()) << "it was seen a moment ago";
    clock_.advance(Domains::least_test_interval);
    EXPECT_EQ(due(), (Due{{"acme.test", TestCause::failed_delivery}}));
    test(false);
    clock_.advance(Domains::failing_test_interval);
    EXPECT_EQ(due(), (Due{{"acme.test", TestCause::daily}}));
}

TEST_F(DomainsTest, TestsThatCannotTellWaitLongerEachTime)
{
    add();
    prove();
    test(true);
    switch_on();
    must(domains_->note_failed_delivery("acme.test", "x"));
    for (const auto minutes : {1min, 2min, 4min, 8min, 16min, 32min, 60min, 60min}) {
        EXPECT_EQ(due().size(), 1U);
        must(domains_->postpone_test("acme.test"));
        clock_.advance(minutes - 1s);
        EXPECT_TRUE(due().empty()) << minutes.count();
        clock_.advance(1s);
    }
    test(true);
    must(domains_->note_failed_delivery("acme.test", "x"));
    EXPECT_EQ(due().size(), 1U) << "a test that tells ends the waiting";
}

TEST_F(DomainsTest, IsTestedAgainAlthoughTheClockWasFarAhead)
{
    add();
    prove();
    test(true);
    switch_on();
    clock_.advance(24000h);
    test(true);
    clock_.advance(-23000h);
    EXPECT_EQ(due(), (Due{{"acme.test", TestCause::daily}})) << "the last test is yet to come";
    test(true);
    EXPECT_TRUE(due().empty());
    clock_.advance(24000h);
    must(domains_->postpone_test("acme.test"));
    EXPECT_TRUE(due().empty());
    clock_.advance(-23000h);
    EXPECT_EQ(due(), (Due{{"acme.test", TestCause::daily}})) << "and so is the end of the wait";
}

TEST_F(DomainsTest, AFailedTestLaterKeepsTheChoiceOfTheOwner)
{
    add();
    prove();
    test(true);
    switch_on(OnFailure::bounce);
    test(false);
    EXPECT_TRUE(way().tls_verified);  // each connection is verified anew; its failure takes the choice
    EXPECT_EQ(way().on_failure, OnFailure::bounce);
}

TEST_F(DomainsTest, AfterAFailedDeliverySwitchingOnAwaitsTheNextTest)
{
    add();
    prove();
    test(true);
    switch_on();
    must(domains_->note_failed_delivery("acme.test", "x"));
    EXPECT_EQ(value_of(domains_->set_replies({"acme.test", account_}, false, OnFailure::bounce, "w")), SwitchVerdict::done);
    EXPECT_EQ(switch_on(), SwitchVerdict::not_ready);
    test(true);
    EXPECT_EQ(switch_on(), SwitchVerdict::done);
}

TEST_F(DomainsTest, ARemovedDomainIsForgottenWithItsTests)
{
    add();
    test(true);
    EXPECT_TRUE(value_of(domains_->remove({"acme.test", account_}, "w")));
    EXPECT_FALSE(value_of(domains_->remove({"acme.test", account_}, "w")));
    EXPECT_FALSE(add().last_test.has_value());
}

TEST_F(DomainsTest, ListsByAccount)
{
    add("b.test");
    add("a.test");
    EXPECT_EQ(value_of(domains_->list(account_)).size(), 2U);
    EXPECT_EQ(value_of(domains_->list(std::nullopt)).front().name, "a.test");
    EXPECT_TRUE(value_of(domains_->list(AccountId(2))).empty());
}

TEST_F(DomainsTest, TheHistoryEndsSomewhereAndSaysWhy)
{
    add();
    for (int i = 0; i < 103; ++i)
        value_of(domains_->record_test("acme.test", {clock_.now(), true, "", std::to_string(i), TestCause::daily}));
    const auto tests = value_of(domains_->list_tests("acme.test", 1000));
    ASSERT_EQ(tests.size(), 100U);
    EXPECT_EQ(tests.front().report, "102");
    EXPECT_EQ(tests.back().report, "3");
    EXPECT_EQ(tests.front().cause, TestCause::daily);
}

TEST_F(DomainsTest, ListsThoseWithTlsRepliesPieceByPiece)
{
    for (const std::string name : {"a.test", "b.test", "c.test"}) {
        add(name);
        prove(name);
        test(true, name);
    }
    for (const std::string name : {"a.test", "c.test"})
        value_of(domains_->set_replies({name, account_}, true, OnFailure::envelope, "w"));
    ASSERT_EQ(value_of(domains_->list_switched_on("", 1)).size(), 1U);
    const auto rest = value_of(domains_->list_switched_on("a.test", 10));
    ASSERT_EQ(rest.size(), 1U);
    EXPECT_EQ(rest.front().name, "c.test");
}

class OldStore : public test::StoreTest {
protected:
    std::shared_ptr<people::People> people_;
};

TEST_F(OldStore, OpensWithEverythingThatWasThere)
{
    people_ = people::People::open(database_, clock_, {}).value();
    ASSERT_TRUE(database_->migrate("domains", {schema_steps().front()}).has_value());
    execute(
        "insert into domain_domain values ('txt.test', 1, 'c@txt.test', 'v1', 1, 1, 2, 1, 'late', 5),"
        " ('trusted.test', 2, '', 'v2', 1, 0, 0, 0, '', 6), ('open.test', 1, '', 'v3', 0, 0, 0, 0, '', 7);"
        "insert into domain_test (name, at, ready, problem, report) values ('txt.test', 9, 1, '', '{}');"
        "insert into people_audit (at, who, network, what, subject, details) values"
        " (1, 'o', '', 'domain.trusted_without_proof', 'txt.test', '{}'), (2, 'a', '', 'domain.proven', 'txt.test', '{}'),"
        " (3, 'o', '', 'domain.trusted_without_proof', 'trusted.test', '{}')");
    const auto domains = Domains::open(database_, clock_).value();
    const auto txt = value_of(domains->find("txt.test")).value();
    EXPECT_EQ(txt.owner, Owner(AccountId(1)));
    EXPECT_EQ(txt.contact, "c@txt.test");
    EXPECT_EQ(txt.proof.value, "v1");
    EXPECT_EQ(txt.proven_by, ProvenBy::txt);
    EXPECT_TRUE(txt.tls_replies);
    EXPECT_EQ(txt.on_failure, OnFailure::bounce);
    EXPECT_TRUE(txt.needs_test);
    EXPECT_EQ(txt.last_failure, "late");
    EXPECT_EQ(txt.last_test->cause, TestCause::asked);
    EXPECT_EQ(value_of(domains->find("trusted.test"))->proven_by, ProvenBy::operator_of_node);
    EXPECT_FALSE(value_of(domains->find("open.test"))->is_proven());
}

TEST(OnFailureWords, AreReadAsTheyAreWritten)
{
    for (const auto choice : {OnFailure::envelope, OnFailure::hold, OnFailure::bounce})
        EXPECT_EQ(parse_on_failure(format_on_failure(choice)), choice);
    EXPECT_FALSE(parse_on_failure("clear").has_value());
}

}  // namespace
}  // namespace sealpost::domains
