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

TEST_F(AccountsTest, ChangesWhatIsNamedAndNothingElse)
{
    const auto acme = add("acme", {"acme.test", "acme.example"});
    AccountChange change;
    change.organisation = "Acme Group";
    change.new_domains = {"ACME.org"};
    change.gone_domains = {"acme.test"};
    const auto changed = value_of(people_->accounts().change(acme.id, change));
    ASSERT_TRUE(changed.has_value());
    EXPECT_EQ(changed->name, "acme");
    EXPECT_EQ(changed->organisation, "Acme Group");
    EXPECT_EQ(changed->language, "en");
    EXPECT_EQ(changed->domains, (std::vector<std::string>{"acme.example", "acme.org"}));
    AccountChange rename;
    rename.name = "acme-group";
    rename.language = "fr";
    rename.logo = "data:image/png;base64,AA==";
    value_of(people_->accounts().change(acme.id, rename));
    const auto found = value_of(people_->accounts().find_by_name("acme-group"));
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->id, acme.id);
    EXPECT_EQ(found->language, "fr");
    EXPECT_EQ(found->logo, rename.logo);
    EXPECT_EQ(found->organisation, "Acme Group");
    EXPECT_FALSE(value_of(people_->accounts().change(AccountId(77), rename)).has_value());
}

TEST_F(AccountsTest, RefuseAChangeThatTakesWhatIsAnothers)
{
    const auto acme = add("acme", {"acme.test"});
    add("other", {"other.test"});
    AccountChange name, domain, gone, nameless;
    name.name = "other";
    domain.organisation = "not this either";
    domain.new_domains = {"other.test"};
    gone.gone_domains = {"other.test"};
    for (const auto& change : {name, domain, gone}) {
        const auto refused = answer_of(people_->accounts().change(acme.id, change));
        ASSERT_TRUE(refused.has_error());
        EXPECT_EQ(refused.error().fault, Fault::denied);
    }
    nameless.name = "";
    EXPECT_TRUE(answer_of(people_->accounts().change(acme.id, nameless)).has_error());
    const auto kept = value_of(people_->accounts().find(acme.id));
    EXPECT_EQ(kept->organisation, "Acme Ltd") << "all of it or nothing";
    EXPECT_EQ(kept->domains, std::vector<std::string>{"acme.test"});
}

TEST_F(AccountsTest, TellThatTheAccountOfATokenIsDisabled)
{
    const auto acme = add("acme");
    auto made = value_of(people_->accounts().make_token(acme.id, "mx1", {"envelopes"}));
    const auto is_enabled = [&] {
        return value_of(people_->accounts().check_token(made.token.clone(), "envelopes"))->is_of_enabled_account;
    };
    EXPECT_TRUE(is_enabled());
    EXPECT_TRUE(value_of(people_->accounts().set_enabled(acme.id, false)));
    EXPECT_FALSE(value_of(people_->accounts().set_enabled(acme.id, false)));
    EXPECT_FALSE(is_enabled());
    EXPECT_FALSE(value_of(people_->accounts().find(acme.id))->is_enabled);
    EXPECT_TRUE(value_of(people_->accounts().set_enabled(acme.id, true)));
    EXPECT_TRUE(is_enabled());
    std::vector<std::string> told;
    for (const auto& record : value_of(people_->audit().list({.what = "account"}))) told.push_back(record.entry.what);
    EXPECT_EQ(told, (std::vector<std::string>{"account.enabled", "account.disabled", "account.added"}));
}

TEST_F(AccountsTest, LetThoseBeginAMessageWhomTheyWroteToUntilTheySayOtherwise)
{
    const auto acme = add("acme");
    const auto kept = [&] { return value_of(people_->accounts().find(acme.id))->compose; };
    EXPECT_EQ(kept(), ComposeFrom::known);
    AccountChange change;
    change.compose = ComposeFrom::nobody;
    EXPECT_EQ(value_of(people_->accounts().change(acme.id, change))->compose, ComposeFrom::nobody);
    change.compose.reset();
    change.language = "fr";
    EXPECT_EQ(value_of(people_->accounts().change(acme.id, change))->compose, ComposeFrom::nobody) << "what is not named stays";
    EXPECT_TRUE(value_of(people_->accounts().set_compose(acme.id, ComposeFrom::anyone, "administrator:2", "192.0.2.0/24")));
    EXPECT_EQ(kept(), ComposeFrom::anyone);
    EXPECT_FALSE(value_of(people_->accounts().set_compose(AccountId(77), ComposeFrom::anyone, "administrator:2", "")));
    const auto trail = value_of(people_->audit().list({.what = "account.compose_set"}));
    ASSERT_EQ(trail.size(), 1U);
    EXPECT_EQ(trail[0].entry.who, "administrator:2");
    EXPECT_EQ(trail[0].entry.subject, "account:acme");
    EXPECT_EQ(trail[0].entry.details, R"({"from":"anyone"})");
    Account open{{}, "open", "Open Ltd", "", "en", {}};
    open.compose = ComposeFrom::anyone;
    EXPECT_EQ(value_of(people_->accounts().add(open)).compose, ComposeFrom::anyone);
    const auto opened = value_of(people_->accounts().find_by_name("open"));
    EXPECT_EQ(opened->compose, ComposeFrom::anyone);
    EXPECT_EQ(value_of(people_->accounts().list_open_to_anyone()), (std::vector{acme.id, opened->id}));
    EXPECT_TRUE(value_of(people_->accounts().set_enabled(acme.id, false)));
    EXPECT_EQ(value_of(people_->accounts().list_open_to_anyone()), std::vector{opened->id});
}

TEST_F(AccountsTest, ReadTheWordsThatTheyWriteOfWhoMayBegin)
{
    for (const auto from : {ComposeFrom::nobody, ComposeFrom::known, ComposeFrom::anyone})
        EXPECT_EQ(parse_compose_from(format_compose_from(from)), from);
    EXPECT_FALSE(parse_compose_from("everybody").has_value());
}

TEST_F(AccountsTest, HaveTheNamesBelowTheirDomains)
{
    const auto acme = add("acme", {"acme.test"});
    const auto east = add("east", {"east.acme.test"});
    const auto owner = [&](const char* domain) { return value_of(people_->accounts().find_domain_owner(domain)); };
    EXPECT_EQ(owner("acme.test")->account, acme.id);
    EXPECT_EQ(owner("a.b.acme.test")->account, acme.id);
    EXPECT_EQ(owner("a.b.acme.test")->name, "acme.test");
    EXPECT_EQ(owner("mx.east.acme.test")->account, east.id) << "the nearest name counts";
    EXPECT_FALSE(owner("notacme.test").has_value());
    EXPECT_FALSE(owner("test").has_value());
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

TEST_F(AccountsTest, HasNamesAndLabelsOfOneVisibleLine)
{
    auto& accounts = people_->accounts();
    for (const char* bad : {"", "a\nb", "a\x1b[2J", "a\xE2\x80\xAE", "a\xC2\x9B"})
        EXPECT_TRUE(answer_of(accounts.add({{}, bad, "Acme Ltd", "", "en", {}})).has_error()) << bad;
    EXPECT_TRUE(answer_of(accounts.add({{}, "acme", "Acme\nLtd", "", "en", {}})).has_error());
    const auto acme = value_of(accounts.add({{}, "acme", "\xD9\x85\xDB\x8C\xE2\x80\x8C\xD8\xAE", "", "en", {}}));
    AccountChange change;
    change.name = "a\tb";
    EXPECT_TRUE(answer_of(accounts.change(acme.id, change)).has_error());
    change.name.reset();
    change.organisation = "Acme\xE2\x80\xAE";
    EXPECT_TRUE(answer_of(accounts.change(acme.id, change)).has_error());
    EXPECT_TRUE(answer_of(accounts.make_token(acme.id, "mx1\x1b[2J", {"envelopes"})).has_error());
    EXPECT_TRUE(answer_of(accounts.make_token(acme.id, "", {"envelopes"})).has_value());
}

}  // namespace
}  // namespace sealpost::people
