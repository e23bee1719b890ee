#include "sys/async/task_group.hpp"
#include "sys/async/workers.hpp"
#include "sys/tls/stream.hpp"
#include "sys/tls/tls_world.hpp"

#include <gtest/gtest.h>

namespace sealpost::tls {
namespace {

Deadline soon() { return Deadline::after(std::chrono::seconds(20)); }

struct Ends {
    Result<std::unique_ptr<TlsStream>> server = Error{};
    Result<std::unique_ptr<TlsStream>> client = Error{};
};

Task<void> serve_into(net::Listener& listener, std::shared_ptr<const ServerContext> context, Ends& ends)
{
    auto accepted = co_await listener.accept();
    auto stream = co_await accept_tls(std::move(*accepted), context, soon());
    ends.server = std::move(stream);
}

Task<void> meet(std::shared_ptr<const ServerContext> server, std::shared_ptr<const ClientContext> client, std::string name,
                Ends& ends)
{
    Executor executor = co_await async::this_executor();
    auto listener = net::Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    async::TaskGroup group(executor);
    group.spawn(serve_into(**listener, server, ends));
    auto tcp = co_await net::connect((*listener)->local(), std::nullopt, soon());
    auto stream = co_await connect_tls(std::move(*tcp), client, name, soon());
    ends.client = std::move(stream);
    co_await group.join();
}

Task<void> expect_arrival(net::ByteStream& at, std::string expected)
{
    std::string arrived;
    std::string buffer(10000, '\0');
    while (arrived.size() < expected.size()) {
        auto count = co_await at.read_some(buffer, soon());
        if (!count || *count == 0) break;
        arrived.append(buffer, 0, *count);
    }
    EXPECT_TRUE(arrived == expected);
}

Task<void> exchange()
{
    Ends ends;
    co_await meet(world().mx_server(), world().client(), "mx.acme.test", ends);
    const PeerProof& proof = ends.client.value()->proof();
    EXPECT_TRUE(proof.verified()) << proof.problem;
    EXPECT_EQ(proof.protocol, "TLSv1.3");
    EXPECT_FALSE(proof.cipher.empty());
    EXPECT_EQ(proof.chain.size(), 1U);
    EXPECT_EQ(proof.fingerprint_sha256, proof.chain.front().sha256_fingerprint());
    EXPECT_EQ((*ends.server)->proof().server_name, "mx.acme.test");
    // More than the socket takes at once, so that both ends must wait for each other.
    const std::string large(8 * 1024 * 1024, 'x');
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    group.spawn(expect_arrival(**ends.server, large));
    auto sent = co_await (*ends.client)->write(large, soon());
    EXPECT_TRUE(sent.has_value());
    co_await group.join();
    (*ends.client)->close();
    std::string buffer(10, '\0');
    auto end = co_await (*ends.server)->read_some(buffer, soon());
    EXPECT_EQ(end.value(), 0U);
    auto late = co_await (*ends.client)->write("more", soon());
    EXPECT_TRUE(late.has_error());
}

TEST(TlsStream, CarriesBytesAndProvesThePeer) { async::run_here(exchange); }

Task<void> meet_with_faults()
{
    Ends other_name;
    co_await meet(world().mx_server(), world().client(), "mx.bank.test", other_name);
    const PeerProof& mismatch = other_name.client.value()->proof();
    EXPECT_TRUE(mismatch.chain_verified);
    EXPECT_FALSE(mismatch.name_verified);
    EXPECT_EQ(mismatch.problem, "the certificate names mx.acme.test, not mx.bank.test");
    const World stranger;
    Ends unknown;
    co_await meet(stranger.mx_server(), world().client(), "mx.acme.test", unknown);
    const PeerProof& untrusted = unknown.client.value()->proof();
    EXPECT_FALSE(untrusted.chain_verified);
    EXPECT_TRUE(untrusted.name_verified);
    EXPECT_FALSE(untrusted.verified());
    EXPECT_EQ(untrusted.chain.size(), 1U);
}

TEST(TlsStream, CompletesTheHandshakeAndTellsWhatIsWrong) { async::run_here(meet_with_faults); }

Task<void> meet_with_names()
{
    const auto server = world().two_names_server();
    Ends first;
    co_await meet(server, world().client(), "mx.acme.test", first);
    EXPECT_TRUE(first.client.value()->proof().verified());
    Ends second;
    co_await meet(server, world().client(), "keys.test", second);
    EXPECT_TRUE(second.client.value()->proof().verified());
    Ends unknown;
    co_await meet(server, world().client(), "other.test", unknown);
    EXPECT_TRUE(unknown.client.value()->proof().chain.front().names("mx.acme.test"));
    Ends by_address;
    co_await meet(server, world().client(), "127.0.0.1", by_address);
    EXPECT_EQ(by_address.server.value()->proof().server_name, "");
}

TEST(ServerContext, ChoosesTheCertificateByServerName) { async::run_here(meet_with_names); }

Task<void> meet_old_server()
{
    Ends ends;
    const auto old = world().old_server();
    co_await meet(old, world().client(), "mx.acme.test", ends);
    EXPECT_EQ(ends.client.error().fault, Fault::peer_broke_it);
    Ends lenient;
    co_await meet(old, world().lenient_client(), "mx.acme.test", lenient);
    EXPECT_EQ(lenient.client.value()->proof().protocol, "TLSv1.1");
}

TEST(ClientContext, RefusesProtocolsBeforeTls12UnlessTold) { async::run_here(meet_old_server); }

Task<void> meet_client_with_certificate()
{
    ServerOptions options;
    options.client_trust = crypto::TrustStore::make(world().trust()).value();
    const auto server = world().mx_server(options);
    Ends ends;
    co_await meet(server, world().client_named("sender.test"), "mx.acme.test", ends);
    EXPECT_TRUE(ends.server.value()->proof().chain_verified);
    EXPECT_TRUE(ends.server.value()->proof().chain.front().names("sender.test"));
    Ends anonymous;
    co_await meet(server, world().client(), "mx.acme.test", anonymous);
    EXPECT_FALSE(anonymous.server.value()->proof().chain_verified);
    EXPECT_TRUE(anonymous.server.value()->proof().chain.empty());
}

TEST(ServerContext, AsksClientsForACertificateWhenItHasTrustForThem) { async::run_here(meet_client_with_certificate); }

Task<void> say_nonsense(net::Listener& listener)
{
    auto accepted = co_await listener.accept();
    auto sent = co_await (*accepted)->write("500 what was that? I speak no TLS\r\n", soon());
    EXPECT_TRUE(sent.has_value());
    std::string buffer(4096, '\0');
    auto heard = co_await (*accepted)->read_some(buffer, soon());
    EXPECT_TRUE(heard.has_value());
}

Task<void> close_at_once(net::Listener& listener)
{
    auto accepted = co_await listener.accept();
    (*accepted)->close();
}

Task<void> be_silent(net::Listener& listener)
{
    auto accepted = co_await listener.accept();
    std::string buffer(4096, '\0');
    for (;;) {
        auto heard = co_await (*accepted)->read_some(buffer, soon());
        if (!heard || *heard == 0) break;
    }
}

Task<void> meet_stranger(Task<void> (*stranger)(net::Listener&), Deadline deadline, Fault expected)
{
    Executor executor = co_await async::this_executor();
    auto listener = net::Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    async::TaskGroup group(executor);
    group.spawn(stranger(**listener));
    auto tcp = co_await net::connect((*listener)->local(), std::nullopt, soon());
    auto stream = co_await connect_tls(std::move(*tcp), world().client(), "mx.acme.test", deadline);
    EXPECT_TRUE(stream.has_error());
    if (stream.has_error()) {
        EXPECT_EQ(stream.error().fault, expected) << stream.error().text;
    }
    co_await group.join();
}

TEST(ConnectTls, FailsAsAValueWhenThePeerIsNoTlsServer)
{
    async::run_here([] { return meet_stranger(say_nonsense, soon(), Fault::peer_broke_it); });
    async::run_here([] { return meet_stranger(close_at_once, soon(), Fault::retry_later); });
    async::run_here([] { return meet_stranger(be_silent, Deadline::after(std::chrono::milliseconds(20)), Fault::retry_later); });
}

TEST(ServerIdentity, GivesNewConnectionsTheNewCertificate)
{
    const auto first = world().server({"mx.acme.test"});
    const auto second = world().server({"mx.acme.test"});
    ServerIdentity identity(first);
    EXPECT_EQ(identity.current(), first);
    identity.replace(second);
    EXPECT_EQ(identity.current(), second);
}

TEST(KeyPair, MustBelongTogether)
{
    const KeyPair pair = world().pair("mx.acme.test");
    const std::string chain = crypto::format_chain_pem(pair.chain);
    const Secret right = pair.key.to_pem();
    const Secret wrong = world().ca.key.to_pem();
    EXPECT_TRUE(parse_key_pair(chain, right.reveal_text()).has_value());
    EXPECT_EQ(parse_key_pair(chain, wrong.reveal_text()).error().fault, Fault::config);
    EXPECT_EQ(ServerContext::make({}).error().fault, Fault::config);
}

}  // namespace
}  // namespace sealpost::tls
