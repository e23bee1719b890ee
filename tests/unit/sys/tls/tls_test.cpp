#include "sys/async/give_way.hpp"
#include "sys/async/task_group.hpp"
#include "sys/async/workers.hpp"
#include "sys/tls/openssl.hpp"
#include "sys/tls/socket_end.hpp"
#include "sys/tls/stream.hpp"
#include "sys/tls/tls_world.hpp"
#include "vectors.hpp"

#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

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

// How many TCP segments with data have arrived: tcpi_data_segs_in of Linux, which glibc's tcp_info is too old to have.
unsigned count_data_segments(int descriptor)
{
    constexpr std::size_t place = 152;
    std::array<char, 256> info{};
    socklen_t size = info.size();
    std::uint32_t count = 0;
    EXPECT_EQ(getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, info.data(), &size), 0);
    EXPECT_GE(size, place + sizeof count);
    std::memcpy(&count, info.data() + place, sizeof count);
    return count;
}

// A client of OpenSSL's own on a socket, for what ours never sends.
struct RawClient {
    std::unique_ptr<net::TcpStream> tcp;
    std::unique_ptr<SocketEnd> socket;
    SslHandle ssl;

    [[nodiscard]] bool change_key() const
    {
        return SSL_key_update(ssl.get(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1 && SSL_do_handshake(ssl.get()) == 1;
    }
    [[nodiscard]] Task<void> wait() const
    {
        auto count = co_await tcp->read_some(socket->room(), soon());
        socket->received(count.value());
    }
    [[nodiscard]] Task<std::string> hear() const
    {
        std::string text(100, '\0');
        int count = 0;
        while ((count = SSL_read(ssl.get(), text.data(), static_cast<int>(text.size()))) <= 0) {
            if (SSL_get_error(ssl.get(), count) != SSL_ERROR_WANT_READ) co_return "";
            co_await wait();
        }
        co_return text.substr(0, static_cast<std::size_t>(count));
    }
    [[nodiscard]] unsigned segments_with_data() const { return count_data_segments(tcp->descriptor()); }
    [[nodiscard]] bool say(std::string_view bytes) const
    {
        return SSL_write(ssl.get(), bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size());
    }
};

Task<void> meet_raw(RawClient& raw, Ends& ends)
{
    static const auto context = world().client();
    Executor executor = co_await async::this_executor();
    auto listener = net::Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    async::TaskGroup group(executor);
    group.spawn(serve_into(**listener, world().mx_server(), ends));
    auto tcp = co_await net::connect((*listener)->local(), std::nullopt, soon());
    raw.tcp = std::move(*tcp);
    raw.ssl.reset(SSL_new(context->handle()));
    raw.socket = std::make_unique<SocketEnd>(raw.tcp->descriptor());
    BIO* bio = raw.socket->make_bio();
    SSL_set_bio(raw.ssl.get(), bio, bio);
    SSL_set_connect_state(raw.ssl.get());
    while (SSL_do_handshake(raw.ssl.get()) != 1) {
        co_await raw.wait();
    }
    co_await group.join();
}

Task<void> meet_one_who_only_changes_keys()
{
    Ends ends;
    RawClient raw;
    co_await meet_raw(raw, ends);
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(raw.change_key());
    std::string buffer(10, '\0');
    auto heard = co_await (*ends.server)->read_some(buffer, Deadline::after(std::chrono::seconds(2)));
    EXPECT_EQ(heard.error().fault, Fault::peer_broke_it);
}

Task<void> count_segments()
{
    Ends ends;
    RawClient raw;
    co_await meet_raw(raw, ends);
    EXPECT_EQ(raw.segments_with_data(), 1U) << "tickets wait";
    TlsStream& server = **ends.server;
    auto written = co_await server.write("hello", soon());
    EXPECT_TRUE(written.has_value());
    const std::string first = co_await raw.hear();
    EXPECT_EQ(first, "hello");
    EXPECT_EQ(raw.segments_with_data(), 2U);
    written = co_await server.write_last("bye", soon());
    EXPECT_TRUE(written.has_value());
    server.close();
    const std::string last = co_await raw.hear();
    EXPECT_EQ(last, "bye");
    const std::string nothing = co_await raw.hear();
    EXPECT_EQ(nothing, "");
    EXPECT_EQ(SSL_get_shutdown(raw.ssl.get()), SSL_RECEIVED_SHUTDOWN) << "close_notify came, too";
    EXPECT_EQ(raw.segments_with_data(), 3U);
}

TEST(TlsStream, SendsTicketsAndCloseNotifyWithTheDataBesideThem) { async::run_here(count_segments); }

// A client's words may be cut anywhere on their way.
Task<void> hear_data_behind_a_key_update_in_two_pieces(std::size_t cut)
{
    Ends ends;
    RawClient raw;
    co_await meet_raw(raw, ends);
    BIO* kept = BIO_new(BIO_s_mem());
    SSL_set0_wbio(raw.ssl.get(), kept);
    EXPECT_TRUE(raw.change_key() && raw.say("x"));
    std::string octets(1000, '\0');
    octets.resize(static_cast<std::size_t>(BIO_read(kept, octets.data(), static_cast<int>(octets.size()))));
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    group.spawn(expect_arrival(**ends.server, "x"));
    auto first = co_await raw.tcp->write(std::string_view(octets).substr(0, cut), soon());
    for (int i = 0; i < 50; ++i) co_await async::give_way();  // the server has taken it, and waits for the rest
    auto second = co_await raw.tcp->write(std::string_view(octets).substr(cut), soon());
    EXPECT_TRUE(first.has_value() && second.has_value());
    co_await group.join();
}

TEST(TlsStream, LosesNothingBehindAMessageThatIsNoData)
{
    for (const std::size_t cut : {1U, 5U, 8U, 20U, 27U, 30U})
        async::run_here([cut] { return hear_data_behind_a_key_update_in_two_pieces(cut); });
}

Task<void> write_more_than_a_socket_takes()
{
    Ends ends;
    co_await meet(world().mx_server(), world().client(), "mx.acme.test", ends);
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    const std::string large(8'000'000, 'x');
    group.spawn(expect_arrival(**ends.client, large + "250 it is in the queue\r\n221 bye"));
    for (const std::string_view words : {std::string_view(large), std::string_view("250 it is in the queue\r\n")}) {
        auto written = co_await (*ends.server)->write(words, soon());
        EXPECT_TRUE(written.has_value());
    }
    auto written = co_await (*ends.server)->write_last("221 bye", soon());
    EXPECT_TRUE(written.has_value());
    (*ends.server)->close();
    co_await group.join();
}

Task<void> read_on_behind_the_own_end()
{
    Ends ends;
    co_await meet(world().mx_server(), world().client(), "mx.acme.test", ends);
    auto written = co_await (*ends.server)->write("554 no", soon());
    EXPECT_TRUE(written.has_value());
    (*ends.server)->end_writing();
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    const std::string large(8'000'000, 'x');
    group.spawn(expect_arrival(**ends.server, large));
    written = co_await (*ends.client)->write(large, soon());
    EXPECT_TRUE(written.has_value());
    co_await group.join();
    co_await expect_arrival(**ends.client, "554 no");
    std::string buffer(10, '\0');
    auto end = co_await (*ends.client)->read_some(buffer, soon());
    EXPECT_TRUE(end.has_value() && *end == 0) << "and that in an orderly way";
}

TEST(TlsStream, ReadsOnWhenItWritesNoMore) { async::run_here(read_on_behind_the_own_end); }

TEST(TlsStream, WritesLastWordsBehindMuchThatIsNotReadYet) { async::run_here(write_more_than_a_socket_takes); }

TEST(TlsStream, EndsWithAPeerThatSendsKeyUpdatesAndNoData) { async::run_here(meet_one_who_only_changes_keys); }

Task<void> meet_one_who_changes_keys_between()
{
    Ends ends;
    RawClient raw;
    co_await meet_raw(raw, ends);
    for (int i = 0; i < 200; ++i) EXPECT_TRUE(raw.change_key() && raw.say("x"));
    co_await expect_arrival(**ends.server, std::string(200, 'x'));
    EXPECT_TRUE(raw.change_key());
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    group.spawn(expect_arrival(**ends.server, "y"));  // has to wait behind a message without data
    for (int i = 0; i < 10; ++i) co_await async::give_way();
    EXPECT_TRUE(raw.say("y"));
    co_await group.join();
}

TEST(TlsStream, FollowsKeyUpdatesBetweenData) { async::run_here(meet_one_who_changes_keys_between); }

Task<void> count_turns(const bool& is_over, int& turns)
{
    while (!is_over) {
        ++turns;
        co_await async::give_way();
    }
}

Task<void> read_what_is_there()
{
    Ends ends;
    RawClient raw;
    co_await meet_raw(raw, ends);
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(raw.say("x"));
    bool is_over = false;
    int turns = 0;
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    group.spawn(count_turns(is_over, turns));
    co_await expect_arrival(**ends.server, std::string(1000, 'x'));
    is_over = true;
    EXPECT_GE(turns, 10);
    co_await group.join();
}

TEST(TlsStream, LetsOthersHaveTheirTurnWhileDataIsAtHand) { async::run_here(read_what_is_there); }

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

std::string read_vector(const std::string& name)
{
    return test::read_all(std::string(SEALPOST_SOURCE_DIR) + "/tests/vectors/certificates/" + name);
}

int staple(SSL* ssl, void* answer)
{
    const auto& bytes = *static_cast<const std::string*>(answer);
    auto* copy = static_cast<unsigned char*>(OPENSSL_memdup(bytes.data(), bytes.size()));
    SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<int>(bytes.size()));
    return SSL_TLSEXT_ERR_OK;
}

// OpenSSL 3.0 has a macro with C casts for this.
void set_staple(SSL_CTX* context, std::string& answer)
{
    SSL_CTX_callback_ctrl(context, SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB, reinterpret_cast<void (*)()>(staple));
    SSL_CTX_ctrl(context, SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB_ARG, 0, &answer);
}

Task<void> meet_stapling_server(std::string file, Ends& ends)
{
    KeyPair pair = parse_key_pair(read_vector("server.pem") + read_vector("issuing.pem"), read_vector("server.key")).value();
    const auto server = ServerContext::make({pair}).value();
    std::string answer = file.empty() ? std::string() : read_vector(file);
    if (!answer.empty()) set_staple(server->handle(), answer);
    crypto::TrustStore::Sources trust{.system = false, .pem_texts = {read_vector("root.pem")}};
    const auto client = ClientContext::make({.trust = trust, .identity = std::nullopt}).value();
    co_await meet(server, client, "mx.acme.test", ends);
}

Task<void> meet_stapling_servers()
{
    Ends revoked;
    co_await meet_stapling_server("revoked.ocsp", revoked);
    const PeerProof& proof = revoked.client.value()->proof();
    EXPECT_EQ(proof.stapled.status, crypto::StapledStatus::revoked);
    EXPECT_EQ(proof.check.problem, crypto::ChainProblem::revoked);
    EXPECT_FALSE(proof.verified());
    EXPECT_EQ(proof.problem, "\"CN=mx.acme.test\" is revoked: its authority revoked the certificate on 2026-11-20");
    Ends silent;
    co_await meet_stapling_server("", silent);
    EXPECT_EQ(silent.client.value()->proof().stapled.status, crypto::StapledStatus::none);
    EXPECT_TRUE(silent.client.value()->proof().verified());
    Ends foreign;
    co_await meet_stapling_server("of-another.ocsp", foreign);
    EXPECT_EQ(foreign.client.value()->proof().stapled.status, crypto::StapledStatus::unverifiable);
    EXPECT_TRUE(foreign.client.value()->proof().verified());
}

TEST(StapledAnswer, OverrulesAChainThatIsGoodOnlyByARevocation) { async::run_here(meet_stapling_servers); }

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
