// Which connections are asked for a client certificate, and what the handler hears of it.
#include "serve/post_office.hpp"

#include "sys/async/workers.hpp"
#include "sys/tls/stream.hpp"

#include <gtest/gtest.h>

#include <future>

namespace sealpost::smtpd {
namespace {

Deadline soon() { return Deadline::after(std::chrono::seconds(20)); }

// Tells what the handshake told it, and no more.
class Listener final : public MailHandler {
public:
    Listener(bool ask, std::promise<TlsFacts>& heard) : ask_(ask), heard_(heard) {}
    Task<Admission> connected(PeerFacts facts) override { co_return Accept{facts.profile, ask_}; }
    Task<void> tls_started(TlsFacts facts) override
    {
        heard_.set_value(std::move(facts));
        co_return;
    }
    Task<smtp::Reply> mail(smtp::MailFrom) override { co_return smtp::Reply(550, "5.7.1", "No"); }
    Task<smtp::Reply> rcpt(smtp::RcptTo) override { co_return smtp::Reply(550, "5.7.1", "No"); }
    Task<void> data(std::string) override { co_return; }
    Task<smtp::Reply> data_end() override { co_return smtp::Reply(554, "5.7.1", "No"); }
    void reset() override {}

private:
    const bool ask_;
    std::promise<TlsFacts>& heard_;
};

struct ClientCertificate : testing::Test {
    static tls::KeyPair certify(const Authority& authority, const std::string& name)
    {
        crypto::PrivateKey key = crypto::PrivateKey::make_ecdsa_p256().value();
        crypto::Certificate leaf = crypto::make_certificate(Authority::order(name, false), key, authority.issuer).value();
        return {{leaf}, key};
    }

    [[nodiscard]] std::shared_ptr<tls::ServerIdentity> asking() const
    {
        tls::ServerOptions options;
        options.client_trust =
            crypto::TrustStore::make({.system = false, .pem_texts = {ours.issuer.certificate.to_pem()}}).value();
        return std::make_shared<tls::ServerIdentity>(tls::ServerContext::make({certify(ours, "mx.acme.test")}, options).value());
    }

    static Task<void> shake(Endpoint to, std::shared_ptr<const tls::ClientContext> context)
    {
        auto stream = co_await net::connect(to, std::nullopt, soon());
        auto secured = co_await tls::connect_tls(std::move(*stream), std::move(context), "mx.acme.test", soon());
        EXPECT_TRUE(secured.has_value());
        if (!secured) co_return;
        std::array<char, 512> greeting{};
        auto count = co_await (*secured)->read_some(greeting, soon());
        EXPECT_TRUE(count.has_value());
    }

    // What the handler hears when this client comes.
    TlsFacts meet(bool ask, std::optional<tls::KeyPair> identity, bool can_ask = true)
    {
        std::promise<TlsFacts> heard;
        async::Workers workers{1};
        MailServerOptions options = PostOffice::plain();
        options.identity = ours.identity("mx.acme.test");
        if (can_ask) options.asking_identity = asking();
        options.implicit_tls = true;
        options.make_handler = [&] { return std::make_unique<Listener>(ask, heard); };
        auto server = MailServer::start(workers, std::move(options)).value();
        tls::ClientOptions client;
        client.trust = {.system = false, .pem_texts = {ours.issuer.certificate.to_pem()}};
        client.identity = std::move(identity);
        auto context = tls::ClientContext::make(std::move(client)).value();
        async::run_here([&] { return shake(server->local().front(), context); });
        return heard.get_future().get();
    }

    Authority ours;
    Authority strangers;
};

TEST_F(ClientCertificate, VerifiesWhenItIsOfATrustedAuthority)
{
    const TlsFacts facts = meet(true, certify(ours, "client.partner.test"));
    EXPECT_TRUE(facts.client_shown);
    EXPECT_TRUE(facts.client_verified);
    EXPECT_NE(facts.client_subject.find("client.partner.test"), std::string::npos);
}

TEST_F(ClientCertificate, IsShownButNotVerifiedWhenAStrangerMadeIt)
{
    const TlsFacts facts = meet(true, certify(strangers, "client.partner.test"));
    EXPECT_TRUE(facts.client_shown);
    EXPECT_FALSE(facts.client_verified);
}

TEST_F(ClientCertificate, NeedNotBeShownForTheHandshakeToSucceed)
{
    const TlsFacts facts = meet(true, std::nullopt);
    EXPECT_FALSE(facts.client_shown);
    EXPECT_FALSE(facts.client_verified);
}

TEST_F(ClientCertificate, IsNotAskedForWhereTheHandlerDoesNotWantIt)
{
    EXPECT_FALSE(meet(false, certify(ours, "client.partner.test")).client_shown);
    EXPECT_FALSE(meet(true, certify(ours, "client.partner.test"), false).client_shown);
}

}  // namespace
}  // namespace sealpost::smtpd
