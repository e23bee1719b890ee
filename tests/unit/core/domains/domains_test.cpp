#include "core/domains/domains.hpp"
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
    void prove(std::string name = "acme.test") { value_of(domains_->trust_ownership(std::move(name), "operator")); }
    void test(bool ready, std::string name = "acme.test")
    {
        value_of(domains_->record_test(std::move(name), {clock_.now(), ready, ready ? "" : "no_mail_host", R"({"hosts":[]})"}));
    }
    SwitchVerdict switch_on(OnFailure choice = OnFailure::envelope)
    {
        return value_of(domains_->set_replies("acme.test", true, choice, "administrator:1"));
    }
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
    EXPECT_FALSE(domain.proven);
    EXPECT_FALSE(domain.tls_replies);
    EXPECT_FALSE(way().tls_verified);
}

TEST_F(DomainsTest, ADomainIsAddedOnceWhoeverComes)
{
    add();
    EXPECT_TRUE(std::holds_alternative<Exists>(value_of(domains_->add("Acme.Test", AccountId(2), "", "w"))));
    EXPECT_TRUE(std::holds_alternative<BadName>(value_of(domains_->add("not a domain", account_, "", "w"))));
}

TEST_F(DomainsTest, TheRightTxtRecordProvesIt)
{
    const auto domain = add();
    EXPECT_EQ(value_of(domains_->check_proof("acme.test", {"v=spf1 -all", "sealpost-verify=guess"}, "w")),
              ProofVerdict::not_proven);
    EXPECT_FALSE(find().proven);
    EXPECT_EQ(value_of(domains_->check_proof("acme.test", {"v=spf1 -all", domain.proof.value}, "w")), ProofVerdict::proven);
    EXPECT_TRUE(find().proven);
    EXPECT_EQ(value_of(domains_->check_proof("other.test", {domain.proof.value}, "w")), ProofVerdict::unknown);
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
    EXPECT_EQ(value_of(domains_->set_replies("acme.test", false, OnFailure::bounce, "w")), SwitchVerdict::done);
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
    prove();
    test(true);
    switch_on();
    const auto due = [this] { return value_of(domains_->find_due_for_test(10)); };
    EXPECT_TRUE(due().empty());
    must(domains_->note_failed_delivery("acme.test", "certificate has expired"));
    EXPECT_EQ(due(), std::vector<std::string>{"acme.test"});
    EXPECT_EQ(find().last_failure, "certificate has expired");
    test(false);
    EXPECT_TRUE(due().empty());
    clock_.advance(24h);
    EXPECT_EQ(due(), std::vector<std::string>{"acme.test"});
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
    must(domains_->note_failed_delivery("acme.test", "x"));
    EXPECT_EQ(switch_on(), SwitchVerdict::not_ready);
    test(true);
    EXPECT_EQ(switch_on(), SwitchVerdict::done);
}

TEST_F(DomainsTest, ARemovedDomainIsForgottenWithItsTests)
{
    add();
    test(true);
    EXPECT_TRUE(value_of(domains_->remove("acme.test", "w")));
    EXPECT_FALSE(value_of(domains_->remove("acme.test", "w")));
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

TEST(OnFailureWords, AreReadAsTheyAreWritten)
{
    for (const auto choice : {OnFailure::envelope, OnFailure::hold, OnFailure::bounce})
        EXPECT_EQ(parse_on_failure(format_on_failure(choice)), choice);
    EXPECT_FALSE(parse_on_failure("clear").has_value());
}

}  // namespace
}  // namespace sealpost::domains
