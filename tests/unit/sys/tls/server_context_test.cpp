#include "sys/tls/challenges.hpp"
#include "sys/tls/client_hello.hpp"
#include "sys/tls/memory_handshake.hpp"
#include "sys/tls/settings.hpp"
#include "sys/tls/tickets.hpp"
#include "sys/tls/tls_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sealpost::tls {
namespace {

PrivateKey ecdsa() { return PrivateKey::make_ecdsa_p256().value(); }

const PrivateKey& rsa()
{
    static const PrivateKey key = PrivateKey::make_rsa(2048).value();
    return key;
}

std::shared_ptr<const ServerContext> serve(std::vector<KeyPair> pairs, const ServerOptions& options = {})
{
    return ServerContext::make(std::move(pairs), options).value();
}

// Which of `pairs` a client that asks for `name` is shown.
std::size_t shown_to(const std::shared_ptr<const ServerContext>& context, const std::string& name,
                     const std::string& signature_algorithms = "")
{
    MemoryHandshake handshake(context, {.server_name = name, .alpn = {}, .signature_algorithms = signature_algorithms});
    EXPECT_TRUE(handshake.shake()) << name;
    const auto& pairs = context->pairs();
    const auto same = [&](const KeyPair& pair) { return pair.chain.front() == handshake.shown(); };
    return static_cast<std::size_t>(std::ranges::find_if(pairs, same) - pairs.begin());
}

TEST(ServerContext, PutsTheNameItselfBeforeAWildcardAndAnEarlierPairBeforeALater)
{
    const auto context = serve({world().pair("first.test"), world().pair_for({"*.acme.test"}, ecdsa()),
                                world().pair_for({"mx.acme.test", "MX2.acme.test"}, ecdsa()), world().pair("mx.acme.test")});
    EXPECT_EQ(shown_to(context, "mx.acme.test"), 2U);
    EXPECT_EQ(shown_to(context, "mx2.ACME.test"), 2U);
    EXPECT_EQ(shown_to(context, "www.acme.test"), 1U);
    EXPECT_EQ(shown_to(context, "a.b.acme.test"), 0U);
    EXPECT_EQ(shown_to(context, "acme.test"), 0U);
    EXPECT_EQ(shown_to(context, ""), 0U);
}

TEST(ServerContext, HoldsRsaAndEcdsaSideBySideAndLetsTheClientsAlgorithmsDecide)
{
    const auto context = serve({world().pair_for({"mx.acme.test"}, rsa()), world().pair_for({"mx.acme.test"}, ecdsa()),
                                world().pair_for({"keys.test"}, rsa())});
    EXPECT_EQ(shown_to(context, "mx.acme.test"), 1U);
    EXPECT_EQ(shown_to(context, "mx.acme.test", "RSA-PSS+SHA256:RSA+SHA256"), 0U);
    EXPECT_EQ(shown_to(context, "mx.acme.test", "ECDSA+SHA256"), 1U);
    EXPECT_EQ(shown_to(context, "keys.test"), 2U);
    // Without a name, and with one that nobody here has, the first pair and what stands beside it.
    EXPECT_EQ(shown_to(context, "", "RSA-PSS+SHA256:RSA+SHA256"), 0U);
    EXPECT_EQ(shown_to(context, "other.test", "ECDSA+SHA256"), 1U);
}

TEST(ServerContext, FindsTheSecondKeyTypeUnderAWildcard)
{
    const auto context = serve({world().pair_for({"mx.acme.test"}, ecdsa()), world().pair_for({"*.acme.test"}, rsa())});
    EXPECT_EQ(shown_to(context, "mx.acme.test"), 0U);
    EXPECT_EQ(shown_to(context, "mx.acme.test", "RSA-PSS+SHA256:RSA+SHA256"), 1U);
}

TEST(ServerContext, PutsTheNameItselfBeforeAWildcardOfAPreferredKeyType)
{
    const auto context = serve({world().pair_for({"*.acme.test"}, ecdsa()), world().pair_for({"mx.acme.test"}, rsa())});
    EXPECT_EQ(shown_to(context, "mx.acme.test"), 1U);
    EXPECT_EQ(shown_to(context, "www.acme.test"), 0U);
}

class Challenge : public testing::Test {
protected:
    // The alert, or -1 when the handshake ended well.
    int alert_for(const std::string& name, const ServerOptions& listener,
                  const std::vector<std::string>& offered = {"acme-tls/1"})
    {
        MemoryHandshake handshake(serve({world().pair("mx.acme.test")}, listener),
                                  {.server_name = name, .alpn = offered, .signature_algorithms = {}});
        const bool shaken = handshake.shake();
        EXPECT_EQ(shaken, handshake.alert() == -1);
        return handshake.alert();
    }

    std::shared_ptr<ChallengePairs> challenges = std::make_shared<ChallengePairs>();
    ServerOptions options{.challenges = challenges, .client_trust = nullptr, .alpn = {}};
};

TEST_F(Challenge, IsAnsweredWithItsOwnCertificateAndProtocol)
{
    const KeyPair proof = world().pair("mx.acme.test");
    challenges->present("MX.acme.test", proof);
    for (const auto& alpn : {std::vector<std::string>(), std::vector<std::string>{"http/1.1"}}) {
        options.alpn = alpn;
        for (const Version most : {Version::tls1_2, Version::tls1_3}) {
            MemoryHandshake handshake(
                serve({world().pair("mx.acme.test")}, options),
                {.server_name = "mx.acme.test", .alpn = {"acme-tls/1"}, .signature_algorithms = {}, .most = most});
            ASSERT_TRUE(handshake.shake());
            EXPECT_EQ(handshake.alpn(), "acme-tls/1");
            EXPECT_TRUE(handshake.shown() == proof.chain.front());
        }
    }
}

TEST_F(Challenge, IsRefusedWhereThereIsNone)
{
    challenges->present("mx.acme.test", world().pair("mx.acme.test"));
    EXPECT_EQ(alert_for("keys.test", options), SSL_AD_NO_APPLICATION_PROTOCOL);
    EXPECT_EQ(alert_for("", options), SSL_AD_NO_APPLICATION_PROTOCOL);
    EXPECT_EQ(alert_for("mx.acme.test", {}), SSL_AD_NO_APPLICATION_PROTOCOL);
    challenges->withdraw("mx.acme.test");
    EXPECT_EQ(alert_for("mx.acme.test", options), SSL_AD_NO_APPLICATION_PROTOCOL);
}

TEST_F(Challenge, IsNoneOfOtherClientsBusiness)
{
    const KeyPair proof = world().pair("mx.acme.test");
    challenges->present("mx.acme.test", proof);
    options.alpn = {"http/1.1"};
    const auto context = serve({world().pair("mx.acme.test")}, options);
    for (const auto& offered : {std::vector<std::string>{}, {"h2", "http/1.1"}, {"acme-tls/1", "http/1.1"}}) {
        MemoryHandshake handshake(context, {.server_name = "mx.acme.test", .alpn = offered, .signature_algorithms = {}});
        ASSERT_TRUE(handshake.shake());
        EXPECT_TRUE(handshake.shown() == context->pairs().front().chain.front());
        EXPECT_EQ(handshake.alpn(), offered.empty() ? "" : "http/1.1");
    }
}

TEST_F(Challenge, IsNotAskedForAClientCertificate)
{
    challenges->present("mx.acme.test", world().pair("mx.acme.test"));
    options.client_trust = crypto::TrustStore::make(world().trust()).value();
    EXPECT_EQ(alert_for("mx.acme.test", options), -1);
}

// The session of a first connection that has carried something.
Session first_session(const std::shared_ptr<const ServerContext>& context, const ClientPlan& plan)
{
    MemoryHandshake handshake(context, plan);
    EXPECT_TRUE(handshake.shake() && handshake.exchange());
    EXPECT_FALSE(handshake.resumed());
    SSL_shutdown(handshake.client());  // OpenSSL gives up a session that was cut off
    return handshake.session();
}

TEST(Resumption, WorksInTheSameContextAlsoForASecondName)
{
    const auto context = world().two_names_server();
    for (const Version most : {Version::tls1_2, Version::tls1_3}) {
        for (const std::string name : {"mx.acme.test", "keys.test"}) {
            ClientPlan plan{.server_name = name, .alpn = {}, .signature_algorithms = {}, .most = most};
            const Session session = first_session(context, plan);
            plan.resume = session.get();
            MemoryHandshake again(context, plan);
            EXPECT_TRUE(again.shake() && again.exchange());
            EXPECT_TRUE(again.resumed()) << name;
        }
    }
}

TEST(Resumption, GivesATicketForTheNextOne)
{
    const auto context = world().two_names_server();
    for (const Version most : {Version::tls1_2, Version::tls1_3}) {
        ClientPlan plan{.server_name = "mx.acme.test", .alpn = {}, .signature_algorithms = {}, .most = most};
        Session session = first_session(context, plan);
        for (int time = 1; time <= 3; ++time) {
            plan.resume = session.get();
            MemoryHandshake again(context, plan);
            EXPECT_TRUE(again.shake() && again.exchange());
            EXPECT_TRUE(again.resumed()) << time;
            SSL_shutdown(again.client());
            session = again.session();
        }
    }
}

TEST(Resumption, OfAContextThatIsGoneIsAFullHandshakeWithItsSuccessor)
{
    const KeyPair pair = world().pair("mx.acme.test");
    for (const Version most : {Version::tls1_2, Version::tls1_3}) {
        ClientPlan plan{.server_name = "mx.acme.test", .alpn = {}, .signature_algorithms = {}, .most = most};
        const Session session = first_session(serve({pair}), plan);
        plan.resume = session.get();
        MemoryHandshake again(serve({pair}), plan);
        EXPECT_TRUE(again.shake() && again.exchange());
        EXPECT_FALSE(again.resumed());
    }
}

TEST(Resumption, IsNotForListenersThatAskForCertificates)
{
    ServerOptions options;
    options.client_trust = crypto::TrustStore::make(world().trust()).value();
    const auto context = world().mx_server(options);
    for (const Version most : {Version::tls1_2, Version::tls1_3}) {
        ClientPlan plan{.server_name = "mx.acme.test", .alpn = {}, .signature_algorithms = {}, .most = most};
        const Session session = first_session(context, plan);
        plan.resume = session.get();
        MemoryHandshake again(context, plan);
        EXPECT_TRUE(again.shake() && again.exchange());
        EXPECT_FALSE(again.resumed());
    }
}

TEST(Resumption, OfAPlainContextIsAFullHandshakeAtOneThatAsksForCertificates)
{
    const KeyPair pair = world().pair("mx.acme.test");
    ServerOptions asking;
    asking.client_trust = crypto::TrustStore::make(world().trust()).value();
    for (const Version most : {Version::tls1_2, Version::tls1_3}) {
        ClientPlan plan{.server_name = "mx.acme.test", .alpn = {}, .signature_algorithms = {}, .most = most};
        const Session session = first_session(serve({pair}), plan);
        plan.resume = session.get();
        MemoryHandshake again(serve({pair}, asking), plan);
        EXPECT_TRUE(again.shake() && again.exchange());
        EXPECT_FALSE(again.resumed());
    }
}

TEST(TicketKeys, AreRenewedAndReadForOneMorePeriod)
{
    TicketKeys keys;
    const TicketKeys::Time start{std::chrono::hours(1000)};
    const auto first = keys.for_sealing(start);
    EXPECT_EQ(keys.for_sealing(start + ticket_key_period - std::chrono::seconds(1)).name, first.name);
    EXPECT_TRUE(keys.find(first.name, start).value().is_current);
    const auto second = keys.for_sealing(start + ticket_key_period);
    EXPECT_NE(second.name, first.name);
    EXPECT_NE(second.cipher, first.cipher);
    EXPECT_FALSE(keys.find(first.name, start + ticket_key_period).value().is_current);
    EXPECT_FALSE(keys.find(first.name, start + 2 * ticket_key_period).has_value());
    EXPECT_FALSE(keys.find(second.name, start + 4 * ticket_key_period).has_value()) << "after long silence";
}

TEST(Renegotiation, IsRefusedToClients)
{
    MemoryHandshake handshake(world().mx_server(),
                              {.server_name = "mx.acme.test", .alpn = {}, .signature_algorithms = {}, .most = Version::tls1_2});
    ASSERT_TRUE(handshake.shake());
    ASSERT_EQ(SSL_renegotiate(handshake.client()), 1);
    SSL_do_handshake(handshake.client());
    char octet = 0;
    SSL_read(handshake.server(), &octet, 1);
    EXPECT_EQ(handshake.alert(), SSL_AD_NO_RENEGOTIATION);
    EXPECT_EQ(SSL_get_secure_renegotiation_support(handshake.client()), 1);
}

TEST(ClientHello, ExtensionsAreReadWholeOrNotAtAll)
{
    const auto alpn = [](std::string_view bytes) { return parse_alpn(as_bytes(bytes)); };
    const auto name = [](std::string_view bytes) { return parse_server_name(as_bytes(bytes)); };
    using namespace std::string_view_literals;
    EXPECT_EQ(alpn("\0\x03\x02h2"sv), std::vector<std::string>{"h2"});
    EXPECT_FALSE(alpn("\0\x03\x03h2"sv));
    EXPECT_FALSE(alpn("\0\x03\x02h2x"sv));
    EXPECT_FALSE(alpn("\0\x01\0"sv));
    EXPECT_FALSE(alpn("\0"sv));
    EXPECT_EQ(name("\0\x05\0\0\x02MX"sv), "mx");
    EXPECT_FALSE(name("\0\x05\x01\0\x02MX"sv));
    EXPECT_FALSE(name("\0\x05\0\0\x03MX"sv));
    EXPECT_FALSE(name(""sv));
}

}  // namespace
}  // namespace sealpost::tls
