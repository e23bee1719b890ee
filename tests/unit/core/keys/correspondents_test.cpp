#include "core/keys/fixture.hpp"

namespace sealpost::keys {
namespace {

using test::value_of;

class CorrespondentsTest : public test::KeyStoreTest {
protected:
    EnvelopeId write(const std::string& sender, std::vector<std::string> to, std::int64_t account = 1, bool by_service = false)
    {
        clock_.advance(std::chrono::minutes(1));
        auto envelope = make_envelope();
        envelope.policy.id = make_envelope_id();
        envelope.policy.account = AccountId(account);
        envelope.policy.sender = {sender, "As of minute " + std::to_string(++minute_)};
        envelope.policy.recipients = std::move(to);
        envelope.policy.by_service = by_service;
        const auto id = envelope.policy.id;
        EXPECT_EQ(store(std::move(envelope)), StoreVerdict::created);
        return id;
    }
    std::vector<std::string> list(std::vector<std::string> addresses, int most = 10)
    {
        std::vector<std::string> told;
        for (const auto& one : value_of(store_->list_correspondents(std::move(addresses), most)))
            told.push_back(std::to_string(one.account.value()) + " " + one.sender.address);
        return told;
    }
    using Texts = std::vector<std::string>;
    int minute_ = 0;
};

TEST_F(CorrespondentsTest, AreThoseWhoWroteTheLatestFirst)
{
    write("alice@acme.test", {"bob@partner.test"});
    write("ann@acme.test", {"bob@partner.test", "carol@partner.test"});
    write("alice@acme.test", {"bob@partner.test"});
    EXPECT_EQ(list({"bob@partner.test"}), (Texts{"1 alice@acme.test", "1 ann@acme.test"}));
    EXPECT_EQ(list({"carol@partner.test"}), Texts{"1 ann@acme.test"});
    EXPECT_EQ(list({"bob@partner.test"}, 1), Texts{"1 alice@acme.test"});
    EXPECT_EQ(value_of(store_->list_correspondents({"bob@partner.test"}, 1)).at(0).sender.name, "As of minute 3");
    EXPECT_TRUE(list({"eve@partner.test"}).empty());
    EXPECT_TRUE(list({}).empty());
}

TEST_F(CorrespondentsTest, AreOfAllAddressesOfAPerson)
{
    write("ann@acme.test", {"bob@partner.test"});
    write("alice@acme.test", {"robert@partner.test"});
    write("ann@acme.test", {"robert@partner.test"});
    EXPECT_EQ(list({"bob@partner.test", "robert@partner.test"}), (Texts{"1 ann@acme.test", "1 alice@acme.test"}));
    EXPECT_EQ(list({"bob@partner.test", "robert@partner.test"}, 1), Texts{"1 ann@acme.test"});
}

TEST_F(CorrespondentsTest, AreOfEachAccountThatSealedForThem)
{
    write("alice@acme.test", {"bob@partner.test"}, 2);
    write("alice@acme.test", {"bob@partner.test"}, 1);
    EXPECT_EQ(list({"bob@partner.test"}), (Texts{"1 alice@acme.test", "2 alice@acme.test"}));
    EXPECT_EQ(value_of(store_->list_accounts_that_wrote({"bob@partner.test"})), (std::vector{AccountId(1), AccountId(2)}));
    EXPECT_TRUE(value_of(store_->list_accounts_that_wrote({"eve@partner.test"})).empty());
}

TEST_F(CorrespondentsTest, AreNotThoseWhoWroteAtTheService)
{
    write("eve@elsewhere.test", {"bob@partner.test"}, 1, true);
    EXPECT_TRUE(list({"bob@partner.test"}).empty());
    EXPECT_TRUE(value_of(store_->list_accounts_that_wrote({"bob@partner.test"})).empty());
}

TEST_F(CorrespondentsTest, StayWhateverBecomesOfTheirEnvelopes)
{
    const auto id = write("alice@acme.test", {"bob@partner.test"});
    EXPECT_EQ(value_of(store_->recall(id, AccountId(1), "gateway:1")), ChangeVerdict::done);
    EXPECT_EQ(list({"bob@partner.test"}), Texts{"1 alice@acme.test"});
    EXPECT_EQ(value_of(store_->list_accounts_that_wrote({"bob@partner.test"})), std::vector{AccountId(1)});
}

}  // namespace
}  // namespace sealpost::keys
