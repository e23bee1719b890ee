#include "core/people/fixture.hpp"

namespace sealpost::people {
namespace {

using test::answer_of;
using test::value_of;

class AccountsTest : public test::PeopleTest {
protected:
    Account add(std::string name, std::vector<std::string> domains = {})
    {
        return value_of(people_->accounts().add({{}, std::move(name), "Acme Ltd", "", "en", std::move(domains)}));
    }
};

TEST_F(AccountsTest, FindsAnAccountByIdAndName)
{
    const auto acme = add("acme", {"ACME.test", "acme.example"});
    EXPECT_EQ(acme.domains, (std::vector<std::string>{"acme.test", "acme.example"}));
    EXPECT_EQ(value_of(people_->accounts().find(acme.id))->organisation, "Acme Ltd");
    EXPECT_EQ(value_of(people_->accounts().find_by_name("acme"))->id, acme.id);
}

TEST_F(AccountsTest, RefusesANameOrDomainThatIsTaken)
{
    add("acme", {"acme.test"});
    const auto same_name = answer_of(people_->accounts().add({{}, "acme", "", "", "en", {}}));
    ASSERT_TRUE(same_name.has_error());
    EXPECT_EQ(same_name.error().fault, Fault::denied);
    const auto same_domain = answer_of(people_->accounts().add({{}, "other", "", "", "en", {"acme.test"}}));
    ASSERT_TRUE(same_domain.has_error());
    EXPECT_EQ(same_domain.error().fault, Fault::denied);
    EXPECT_EQ(value_of(people_->accounts().list()).size(), 1U);
}

TEST_F(AccountsTest, ATokenOpensItsScopeUntilItIsRevoked)
{
    const auto acme = add("acme");
    auto made = value_of(people_->accounts().make_token(acme.id, "mx1", {"envelopes"}));
    EXPECT_EQ(made.token.reveal_text().substr(0, 4), "spt_");
    EXPECT_EQ(made.token.size(), 47U);
    const auto facts = value_of(people_->accounts().check_token(made.token.clone(), "envelopes"));
    ASSERT_TRUE(facts.has_value());
    EXPECT_EQ(facts->account, acme.id);
    EXPECT_FALSE(value_of(people_->accounts().check_token(made.token.clone(), "administration")).has_value());
    EXPECT_FALSE(value_of(people_->accounts().check_token(test::secret("spt_guess"), "envelopes")).has_value());
    EXPECT_TRUE(value_of(people_->accounts().revoke_token(made.id)));
    EXPECT_FALSE(value_of(people_->accounts().revoke_token(made.id)));
    EXPECT_FALSE(value_of(people_->accounts().check_token(made.token.clone(), "envelopes")).has_value());
}

TEST_F(AccountsTest, NotesWhenATokenWasLastUsed)
{
    const auto acme = add("acme");
    auto made = value_of(people_->accounts().make_token(acme.id, "mx1", {"envelopes"}));
    EXPECT_FALSE(value_of(people_->accounts().list_tokens(acme.id)).at(0).last_used_at.has_value());
    value_of(people_->accounts().check_token(made.token.clone(), "envelopes"));
    let_posted_work_end();
    EXPECT_EQ(value_of(people_->accounts().list_tokens(std::nullopt)).at(0).last_used_at, clock_.now());
}

TEST_F(AccountsTest, KeepsNoTokenInTheStore)
{
    auto made = value_of(people_->accounts().make_token(add("acme").id, "mx1", {"envelopes"}));
    EXPECT_EQ(all_octets().find(made.token.reveal_text().substr(4)), std::string::npos);
}

}  // namespace
}  // namespace sealpost::people
