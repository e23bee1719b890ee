#include "serve/reader/reach.hpp"

#include "serve/reader/reader_world.hpp"

namespace sealpost::test {
namespace {

using people::AccountId;
using people::ComposeFrom;

TEST(TakesMessages, OfWhomTheAccountSays)
{
    people::Account account;
    const auto takes = [&](ComposeFrom from, bool has_written) {
        account.compose = from;
        return reader::takes_messages(account, has_written);
    };
    EXPECT_TRUE(takes(ComposeFrom::known, true)) << "from the start";
    EXPECT_FALSE(takes(ComposeFrom::known, false));
    EXPECT_TRUE(takes(ComposeFrom::anyone, false));
    EXPECT_FALSE(takes(ComposeFrom::nobody, true));
    account.is_enabled = false;
    for (const auto from : {ComposeFrom::nobody, ComposeFrom::known, ComposeFrom::anyone})
        EXPECT_FALSE(takes(from, true)) << "whoever is disabled is reached by nobody";
}

class Reaching : public ReaderWorld {
protected:
    Reaching()
    {
        parts_.people = people_;
        parts_.keys = keys_;
        parts_.domains = domains_;
    }
    AccountId add_account(const std::string& name, std::vector<std::string> names, ComposeFrom from)
    {
        people::Account account;
        account.name = account.organisation = name;
        account.domains = std::move(names);
        account.compose = from;
        return value_of(people_->accounts().add(account)).id;
    }
    void prove(const std::string& domain, AccountId account)
    {
        value_of(domains_->add(domain, account, "postmaster@" + domain, "ann"));
        EXPECT_EQ(value_of(domains_->proofs().trust_ownership({domain, account}, "ann")), domains::ProofVerdict::proven);
    }
    void set(AccountId account, ComposeFrom from)
    {
        EXPECT_TRUE(value_of(people_->accounts().set_compose(account, from, "administrator:1", "")));
    }
    std::optional<AccountId> find(const std::string& recipient, std::vector<std::string> own = {"bob@partner.test"})
    {
        reader::Reach reach(parts_, std::move(own));
        return value_of(reach.find_account(recipient));
    }

    reader::Parts parts_;
};

TEST_F(Reaching, IsOfWhomAnEnvelopeNamed)
{
    EXPECT_FALSE(find("alice@acme.test"));
    store(false);
    EXPECT_EQ(find("alice@acme.test"), account_);
    EXPECT_EQ(find("ann@mail.acme.test"), account_) << "the names below it are the account's";
    EXPECT_EQ(find("alice@acme.test", {"robert@else.test", "carol@partner.test"}), account_) << "by one of the addresses";
    EXPECT_FALSE(find("alice@acme.test", {"eve@else.test"}));
    EXPECT_FALSE(find("otto@other.test")) << "a third is never reached";
    EXPECT_FALSE(find("bob@partner.test")) << "and no mailbox outside";
    set(account_, ComposeFrom::nobody);
    EXPECT_FALSE(find("alice@acme.test"));
    set(account_, ComposeFrom::anyone);
    EXPECT_EQ(find("alice@acme.test", {"eve@else.test"}), account_);
    EXPECT_TRUE(value_of(people_->accounts().set_enabled(account_, false)));
    EXPECT_FALSE(find("alice@acme.test"));
}

TEST_F(Reaching, GoesByTheNearestNameThatAnAccountHas)
{
    const auto east = add_account("east", {}, ComposeFrom::anyone);
    set(account_, ComposeFrom::nobody);
    EXPECT_FALSE(find("x@east.acme.test"));
    prove("east.acme.test", east);
    EXPECT_EQ(find("x@east.acme.test"), east);
    EXPECT_EQ(find("x@mx.east.acme.test"), east);
    EXPECT_FALSE(find("x@west.acme.test"));
    prove("acme.test", east);
    EXPECT_FALSE(find("x@acme.test")) << "of two equally near ones the operator's";
}

TEST_F(Reaching, IsForSomebodyWhereAnAccountWithADomainTakesMessages)
{
    const auto is_any = [&](const std::string& address) {
        reader::Reach reach(parts_, {address});
        return value_of(reach.is_any());
    };
    EXPECT_FALSE(is_any("bob@partner.test"));
    const auto bare = add_account("bare", {}, ComposeFrom::anyone);
    EXPECT_FALSE(is_any("bob@partner.test")) << "without a domain nobody is there";
    prove("bare.test", bare);
    EXPECT_TRUE(is_any("bob@partner.test"));
    set(bare, ComposeFrom::known);
    EXPECT_FALSE(is_any("bob@partner.test"));
    store(false);
    EXPECT_TRUE(is_any("bob@partner.test"));
    EXPECT_FALSE(is_any("eve@else.test"));
}

}  // namespace
}  // namespace sealpost::test
