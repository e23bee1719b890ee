#include "serve/node/certificates.hpp"

#include "core/certificates/certificates_world.hpp"
#include "serve/node/machinery.hpp"
#include "sys/async/wait.hpp"

namespace sealpost::node {
namespace {

using Purpose = ShownCertificates::Purpose;
using certificates::CertificatesWorld;
using testing::SizeIs;

class NodeCertificates : public CertificatesWorld {
protected:
    NodeCertificates()
    {
        for (auto& listener : config_.listeners) listener.addresses.front().port = 0;
        machinery_ = Machinery::make(config_, clock_, log::Log::silent()).value();
    }
    ~NodeCertificates() override
    {
        machinery_->workers->stop();
        machinery_->database->close();
    }

    const std::vector<tls::KeyPair>& shown(Purpose purpose, const std::vector<std::string>& names)
    {
        held_ = machinery_->certificates->find(purpose, names)->current();
        return held_->pairs();
    }
    std::unique_ptr<Machinery> machinery_;
    std::shared_ptr<const tls::ServerContext> held_;
};

TEST_F(NodeCertificates, AreShownInTheOrderOfTheListener)
{
    const auto& pairs = shown(Purpose::mail, {"mx1", "mx3"});
    ASSERT_THAT(pairs, SizeIs(2));
    EXPECT_TRUE(certificates::is_demo(pairs[0].chain.front()));
    EXPECT_EQ(pairs[1].chain.front().common_name(), "mx3.acme.test");
    EXPECT_THAT(shown(Purpose::pages, {"mx1"}), SizeIs(1));
    EXPECT_EQ(held_->client_trust(), nullptr);
    EXPECT_THAT(shown(Purpose::asking_mail, {"mx1", "mx3"}), SizeIs(2));
    EXPECT_NE(held_->client_trust(), nullptr);
    EXPECT_EQ(machinery_->certificates->find(Purpose::mail, {}), nullptr);
}

TEST_F(NodeCertificates, ThatAnAuthorityIssuedAreShownEverywhereFromTheNextHandshakeOn)
{
    const auto before = machinery_->certificates->find(Purpose::mail, {"mx1", "mx3"})->current();
    const auto key = crypto::PrivateKey::make_ecdsa_p256().value();
    const std::string chain = leaf({"mx1.acme.test"}, key) + intermediate();
    ASSERT_TRUE(async::wait_here(machinery_->install_certificate("mx1", chain, key.to_pem())));
    for (const auto& [purpose, names] : {std::pair(Purpose::mail, std::vector<std::string>{"mx1", "mx3"}),
                                         std::pair(Purpose::asking_mail, std::vector<std::string>{"mx1", "mx3"}),
                                         std::pair(Purpose::pages, std::vector<std::string>{"mx1"})}) {
        EXPECT_EQ(crypto::format_chain_pem(shown(purpose, names).front().chain), chain);
    }
    // Connections under way keep what they began with.
    EXPECT_TRUE(certificates::is_demo(before->pairs().front().chain.front()));
}

TEST_F(NodeCertificates, AreNotReplacedByWhatDoesNotFit)
{
    const auto key = crypto::PrivateKey::make_ecdsa_p256().value();
    EXPECT_TRUE(async::wait_here(machinery_->install_certificate("mx1", leaf() + intermediate(), key.to_pem())).has_error());
    EXPECT_TRUE(async::wait_here(machinery_->install_certificate("mx9", leaf() + intermediate(), key_.to_pem())).has_error());
    EXPECT_TRUE(async::wait_here(machinery_->install_certificate("mx3", leaf() + intermediate(), key_.to_pem())).has_error());
    EXPECT_TRUE(certificates::is_demo(shown(Purpose::mail, {"mx1", "mx3"}).front().chain.front()));
}

TEST_F(NodeCertificates, StayAsTheyWereWhenTheyCannotBeReadAndHoldUpNoOther)
{
    const auto key = crypto::PrivateKey::make_ecdsa_p256().value();
    const std::string chain = leaf({"mx1.acme.test"}, key) + intermediate();
    write("mx3.pem", "damaged");
    EXPECT_TRUE(async::wait_here(machinery_->install_certificate("mx1", chain, key.to_pem())));
    const auto& pairs = shown(Purpose::mail, {"mx1", "mx3"});
    ASSERT_THAT(pairs, SizeIs(2));
    EXPECT_EQ(crypto::format_chain_pem(pairs[0].chain), chain);
    EXPECT_EQ(pairs[1].chain.front().common_name(), "mx3.acme.test");
    const auto kept = machinery_->certificates->reload();
    ASSERT_THAT(kept, SizeIs(1));
    EXPECT_EQ(kept.front().certificate, "mx3");
    EXPECT_EQ(crypto::format_chain_pem(machinery_->certificates->find_shown("mx1")), chain);
    EXPECT_EQ(machinery_->certificates->find_shown("mx3").front().common_name(), "mx3.acme.test");
    EXPECT_TRUE(async::wait_here(machinery_->reload_certificates("mx3")).has_error()) << "that one was to be shown";
}

TEST_F(NodeCertificates, StayAsTheyWereWhenNoListenerCanShowWhatIsThereNow)
{
    const auto weak = crypto::PrivateKey::make_rsa(1024).value();
    write("mx3.key", weak.to_pem().reveal_text());
    write("mx3.pem", leaf({"mx3.acme.test"}, weak));
    ASSERT_TRUE(install({leaf(), intermediate(), key_text()}).is_installed);
    const auto kept = machinery_->certificates->reload();
    ASSERT_THAT(kept, SizeIs(1));
    EXPECT_EQ(kept.front().certificate, "mx3");
    const auto& pairs = shown(Purpose::mail, {"mx1", "mx3"});
    EXPECT_FALSE(certificates::is_demo(pairs[0].chain.front()));
    EXPECT_EQ(pairs[1].key.type(), "EC");
}

}  // namespace
}  // namespace sealpost::node
