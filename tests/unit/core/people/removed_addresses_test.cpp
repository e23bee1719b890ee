#include "core/people/persons_fixture.hpp"

namespace sealpost::people {
namespace {

using test::must;
using test::value_of;

class RemovedAddressesTest : public test::PersonsTest {
protected:
    RemovedAddress remove_address(PersonId id, std::string address, Secret session)
    {
        return value_of(persons().remove_address(id, std::move(address), std::move(session), "192.0.2.0/24"));
    }
    RemovedAddress remove_address(PersonId id, std::string address, Assurance assurance = Assurance::mailbox)
    {
        return remove_address(id, std::move(address), begin(id, assurance));
    }
    bool is_over(const Secret& session) { return !value_of(people_->sessions().find(session.clone())).has_value(); }
    // bob@partner.test and, proven later, bob@example.org.
    Person make_bob()
    {
        const auto bob = make_person("bob@partner.test");
        clock_.advance(std::chrono::seconds(1));
        return add_address(bob.id, "bob@example.org").person;
    }
};

TEST_F(RemovedAddressesTest, AnAddressThatIsTakenOffIsNobodysUntilSomebodyNewProvesIt)
{
    const auto bob = make_bob();
    const auto removed = remove_address(bob.id, "Bob@Example.ORG");
    ASSERT_EQ(removed.verdict, RemovedAddress::Verdict::removed);
    EXPECT_EQ(removed.former.addresses, (std::vector<std::string>{"bob@partner.test", "bob@example.org"}));
    EXPECT_EQ(value_of(persons().find(bob.id))->addresses, std::vector<std::string>{"bob@partner.test"});
    EXPECT_FALSE(value_of(persons().find_by_address("bob@example.org")).has_value());
    EXPECT_NE(make_person("bob@example.org").id, bob.id);
    EXPECT_EQ(remove_address(bob.id, "bob@example.org").verdict, RemovedAddress::Verdict::unknown) << "another's by now";
    EXPECT_EQ(remove_address(bob.id, "no address").verdict, RemovedAddress::Verdict::unknown);
    EXPECT_TRUE(value_of(persons().find_by_address("bob@example.org")).has_value());
}

TEST_F(RemovedAddressesTest, WithAnAddressGoWhatTheGuardKeepsOfItAndTheCodesThatWereSentToIt)
{
    const auto bob = make_bob();
    for (const auto* address : {"bob@example.org", "bob@partner.test"}) {
        value_of(people_->codes().begin({address, true, {}}));
        const GuardKey guess{GuardKey::Kind::password, address, "192.0.2.0/24"};
        value_of(people_->guard().admit({guess}));
        must(people_->guard().note_success({guess}));
        value_of(people_->guard().admit({{GuardKey::Kind::mail, address, "203.0.113.0/24"}}));
    }
    ASSERT_EQ(remove_address(bob.id, "bob@example.org").verdict, RemovedAddress::Verdict::removed);
    EXPECT_EQ(count("select count(*) from people_code where address = 'bob@example.org'"), 0);
    EXPECT_EQ(count("select count(*) from people_guard where name like '%bob@example.org%'"), 0);
    EXPECT_EQ(count("select count(*) from people_known_network where name = 'bob@example.org'"), 0);
    EXPECT_EQ(count("select count(*) from people_code where address = 'bob@partner.test'"), 1) << "and nothing else";
    EXPECT_GT(count("select count(*) from people_guard where name like '%bob@partner.test%'"), 0);
    EXPECT_EQ(count("select count(*) from people_known_network where name = 'bob@partner.test'"), 1);
    const auto last = value_of(people_->audit().list({.what = "person.address_removed"}));
    ASSERT_EQ(last.size(), 1U);
    EXPECT_EQ(last[0].entry.who, "person:" + std::to_string(bob.id.value()));
    EXPECT_EQ(last[0].entry.network, "192.0.2.0/24");
    EXPECT_EQ(last[0].entry.details.find("bob"), std::string::npos);
}

// The same transaction counts and takes off: of two at once, in one session or in two, the second takes nothing more.
TEST_F(RemovedAddressesTest, TheLastAddressStays)
{
    using Verdict = RemovedAddress::Verdict;
    const auto bob = make_bob();
    auto mine = begin(bob.id, Assurance::mailbox), other = begin(bob.id, Assurance::mailbox);
    ASSERT_EQ(remove_address(bob.id, "bob@partner.test", mine.clone()).verdict, Verdict::removed);
    EXPECT_TRUE(is_over(other)) << "it may have been begun by the address that went";
    EXPECT_EQ(remove_address(bob.id, "bob@example.org", other.clone()).verdict, Verdict::session_over);
    EXPECT_EQ(remove_address(bob.id, "bob@example.org", mine.clone()).verdict, Verdict::last_one);
    EXPECT_EQ(value_of(persons().take_address_off(bob.id, "bob@example.org", "operator", "local")).verdict, Verdict::last_one);
    EXPECT_FALSE(is_over(mine));
    EXPECT_EQ(value_of(persons().find(bob.id))->addresses, std::vector<std::string>{"bob@example.org"});
}

TEST_F(RemovedAddressesTest, WhoeverHasAPasswordTakesAnAddressOffAsTheyAddOne)
{
    using Verdict = RemovedAddress::Verdict;
    const auto bob = make_bob();
    set_password(bob.id);
    EXPECT_EQ(remove_address(bob.id, "bob@example.org").verdict, Verdict::needs_account);
    give_app(bob.id);
    EXPECT_EQ(remove_address(bob.id, "bob@example.org", Assurance::account).verdict, Verdict::needs_strong);
    EXPECT_EQ(remove_address(bob.id, "bob@example.org", Secret()).verdict, Verdict::session_over);
    const auto eve = make_person("eve@evil.test");
    EXPECT_EQ(remove_address(bob.id, "bob@example.org", begin(eve.id, Assurance::strong)).verdict, Verdict::session_over);
    EXPECT_EQ(value_of(persons().find(bob.id))->addresses.size(), 2U);
    EXPECT_EQ(remove_address(bob.id, "bob@example.org", Assurance::strong).verdict, Verdict::removed);
    EXPECT_FALSE(sign_in("bob@example.org").has_value());
    EXPECT_EQ(sign_in("bob@partner.test")->who.id, bob.id);
}

TEST_F(RemovedAddressesTest, TheOperatorTakesAnAddressOffAndEndsAllSessions)
{
    using Verdict = RemovedAddress::Verdict;
    const auto bob = make_bob();
    set_password(bob.id);
    const auto session = begin(bob.id, Assurance::strong);
    EXPECT_EQ(value_of(persons().take_address_off(bob.id, "eve@evil.test", "operator", "local")).verdict, Verdict::unknown);
    EXPECT_EQ(value_of(persons().take_address_off(PersonId(99), "bob@example.org", "operator", "local")).verdict,
              Verdict::unknown);
    EXPECT_FALSE(is_over(session));
    EXPECT_EQ(value_of(persons().take_address_off(bob.id, "Bob@example.org", "operator", "local")).verdict, Verdict::removed);
    EXPECT_TRUE(is_over(session));
    const auto last = value_of(people_->audit().list({.what = "person.address_removed"}));
    ASSERT_EQ(last.size(), 1U);
    EXPECT_EQ(last[0].entry.who, "operator");
}

// A right code, and before its session begins the address goes.
TEST_F(RemovedAddressesTest, AnAddressThatGoesWhileItsCodeIsCheckedBeginsNoSession)
{
    const auto bob = make_bob();
    auto& sessions = people_->sessions();
    const auto found = make_person("bob@example.org");
    ASSERT_EQ(found.id, bob.id);
    ASSERT_EQ(remove_address(bob.id, "bob@example.org").verdict, RemovedAddress::Verdict::removed);
    EXPECT_FALSE(value_of(sessions.begin_with_address(found.id, "bob@example.org", {})).has_value());
    const auto begun = value_of(sessions.begin_with_address(bob.id, "bob@partner.test", {}));
    ASSERT_TRUE(begun.has_value());
    EXPECT_EQ(value_of(sessions.find(begun->token.clone()))->assurance, Assurance::mailbox);
}

}  // namespace
}  // namespace sealpost::people
