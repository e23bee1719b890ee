#include "sys/tls/stream.hpp"

#include "base/text.hpp"
#include "sys/async/give_way.hpp"
#include "sys/tls/openssl.hpp"
#include "sys/tls/socket_end.hpp"

#include <algorithm>

namespace sealpost::tls {

// Either context keeps alive what the connection uses of it.
struct TlsStream::State {
    explicit State(std::unique_ptr<net::TcpStream> stream) : tcp(std::move(stream)), socket(tcp->descriptor()) {}

    std::unique_ptr<net::TcpStream> tcp;
    SocketEnd socket;
    std::shared_ptr<const ServerContext> server;
    std::shared_ptr<const ClientContext> client;
    SslHandle ssl;  // goes before the contexts and the socket
    PeerProof proof;
    bool established = false;
    bool open = true;
    bool holds_tickets = false;       // and nothing else: nobody waits for them
    int idle_messages = 0;            // of the handshake protocol, since the last octets of data
    std::size_t octets_in_a_row = 0;  // without a wait, and so are the calls
    int calls_in_a_row = 0;
};

namespace {

using State = TlsStream::State;

// As much as one connection moves before the others of its worker have their turn. The socket of a quick peer always has
// more, so that nothing else would make it wait.
constexpr std::size_t most_octets_in_a_row = 64 * 1024;
constexpr int most_calls_in_a_row = 32;

// Key updates, tickets, attempts to negotiate anew: each costs us far more than the peer, who needs a few of them at most.
constexpr int most_idle_messages = 32;

// What one call into OpenSSL came to, decided at once: its error queue belongs to the thread, and
// the next task on this thread would find our errors in it.
struct Step {
    enum class Kind { done, want_read, want_write, closed, broken } kind = Kind::done;
    std::string problem;
};

Step judge(SSL* ssl, int answer)
{
    if (answer > 0) return {};
    const int saved_errno = errno;
    switch (SSL_get_error(ssl, answer)) {
        case SSL_ERROR_WANT_READ: return {Step::Kind::want_read, {}};
        case SSL_ERROR_WANT_WRITE: return {Step::Kind::want_write, {}};
        case SSL_ERROR_ZERO_RETURN: return {Step::Kind::closed, {}};
        case SSL_ERROR_SSL: return {Step::Kind::broken, take_error()};
        default: break;
    }
    ERR_clear_error();
    if (saved_errno == 0) return {Step::Kind::closed, {}};
    return {Step::Kind::closed, std::generic_category().message(saved_errno)};
}

template <class Call>
Step take_step(SSL* ssl, Call call)
{
    ERR_clear_error();
    errno = 0;
    return judge(ssl, call(ssl));
}

// After a fatal alert there is nothing left to say good-bye to.
Error broke(State& state, const Step& step)
{
    state.established = false;
    return {Fault::peer_broke_it, "TLS: " + step.problem};
}

Error closed_here() { return {Fault::cancelled, "the connection is closed"}; }

Task<Result<>> send_held(State& state, Deadline deadline)
{
    while (state.open) {
        if (state.socket.send_held()) co_return Result<>();
        const int problem = errno;
        if (problem != EAGAIN && problem != EWOULDBLOCK && problem != EINTR)
            co_return Error{Fault::retry_later, std::generic_category().message(problem)};
        SEALPOST_CO_CHECK(co_await state.tcp->wait_writable(deadline));
    }
    co_return closed_here();
}

// Who waits for the peer lets it hear first what was held back.
Task<Result<>> wait_for_octets(State& state, Deadline deadline)
{
    if (state.socket.has_held() && !state.holds_tickets) SEALPOST_CO_CHECK(co_await send_held(state, deadline));
    // OpenSSL may ask for more without having looked at what is there: behind a message that is not data, without AUTO_RETRY.
    if (state.socket.has_unread()) co_return Result<>();
    auto count = co_await state.tcp->read_some(state.socket.room(), deadline);
    if (count.has_error()) co_return count.error();
    state.socket.received(*count);
    co_return Result<>();
}

Task<Result<>> wait_for(State& state, Step::Kind what, Deadline deadline)
{
    state.octets_in_a_row = 0;
    state.calls_in_a_row = 0;
    if (what == Step::Kind::want_write) return state.tcp->wait_writable(deadline);
    return wait_for_octets(state, deadline);
}

bool is_turn_over(State& state)
{
    const bool over = state.octets_in_a_row >= most_octets_in_a_row || state.calls_in_a_row >= most_calls_in_a_row;
    if (over) state.octets_in_a_row = 0, state.calls_in_a_row = 0;
    ++state.calls_in_a_row;
    return over;
}

void note_message(int is_sent, int, int type, const void*, std::size_t, SSL*, void* state)
{
    if (is_sent == 0 && type == SSL3_RT_HANDSHAKE) ++static_cast<State*>(state)->idle_messages;
}

bool must_wait(const Step& step) { return step.kind == Step::Kind::want_read || step.kind == Step::Kind::want_write; }

// A TLS 1.3 server's last words are tickets: they go out with its first octets of data. All others' are what the peer waits for.
Task<Result<>> end_handshake(State& state, Deadline deadline)
{
    state.socket.release();
    state.holds_tickets = SSL_is_server(state.ssl.get()) == 1 && SSL_version(state.ssl.get()) >= TLS1_3_VERSION;
    if (!state.holds_tickets) SEALPOST_CO_CHECK(co_await send_held(state, deadline));
    co_return Result<>();
}

Task<Result<>> shake_hands(State& state, Deadline deadline)
{
    state.socket.hold();
    for (;;) {
        if (!state.open) co_return closed_here().in("TLS handshake");
        Step step = take_step(state.ssl.get(), [](SSL* ssl) { return SSL_do_handshake(ssl); });
        if (step.kind == Step::Kind::done) break;
        if (step.kind == Step::Kind::broken) {
            state.socket.send_held();  // the alert that says why
            co_return Error{Fault::peer_broke_it, "TLS handshake failed: " + step.problem};
        }
        if (step.kind == Step::Kind::closed)
            co_return Error{Fault::retry_later, "the connection was closed during the TLS handshake" +
                                                    (step.problem.empty() ? "" : ": " + step.problem)};
        auto waited = co_await wait_for(state, step.kind, deadline);
        if (!waited) co_return waited.error().in("TLS handshake");
    }
    auto ended = co_await end_handshake(state, deadline);
    if (!ended) co_return ended.error().in("TLS handshake");
    state.established = true;
    SSL_set_msg_callback(state.ssl.get(), note_message);
    SSL_set_msg_callback_arg(state.ssl.get(), &state);
    co_return Result<>();
}

Result<std::unique_ptr<State>> make_state(std::unique_ptr<net::TcpStream> tcp, SSL_CTX* context)
{
    auto state = std::make_unique<State>(std::move(tcp));
    state->ssl.reset(SSL_new(context));
    BIO* bio = state->ssl ? state->socket.make_bio() : nullptr;
    if (bio == nullptr) return Error{Fault::retry_later, "cannot begin TLS: " + take_error()};
    SSL_set_bio(state->ssl.get(), bio, bio);
    return state;
}

// As sent: OpenSSL gives a server the chain without its leaf.
std::vector<crypto::Certificate> chain_as_sent(SSL* ssl)
{
    std::vector<crypto::Certificate> chain;
    if (SSL_is_server(ssl) == 1)
        if (X509* leaf = SSL_get0_peer_certificate(ssl)) chain.push_back(crypto::Certificate::share(leaf));
    STACK_OF(X509)* sent = SSL_get_peer_cert_chain(ssl);
    for (int i = 0; i < sk_X509_num(sent) && chain.size() < crypto::max_chain_certificates; ++i)
        chain.push_back(crypto::Certificate::share(sk_X509_value(sent, i)));
    return chain;
}

std::string describe_mismatch(const crypto::Certificate& leaf, const std::string& wanted)
{
    std::vector<std::string> names = leaf.dns_names();
    for (const IpAddress& address : leaf.ip_names()) names.push_back(format_ip(address));
    constexpr std::size_t enough = 8;
    if (names.size() > enough) {
        names.resize(enough);
        names.emplace_back("…");
    }
    return "the certificate names " + (names.empty() ? std::string("no host") : join(names, ", ")) + ", not " + wanted;
}

void note_chain(PeerProof& proof, const crypto::TrustStore& trust, crypto::ChainUse use)
{
    // The machine's time of day, as for every certificate.
    proof.check = crypto::check_chain(proof.chain, trust, use, SystemClock().now());
    proof.chain_verified = proof.check.verified();
    proof.problem = proof.check.detail;
    if (!proof.chain.empty()) proof.fingerprint_sha256 = proof.chain.front().sha256_fingerprint();
}

void note_connection(PeerProof& proof, SSL* ssl)
{
    proof.protocol = SSL_get_version(ssl);
    const char* cipher = SSL_get_cipher_name(ssl);
    proof.cipher = cipher == nullptr ? "" : cipher;
    proof.chain = chain_as_sent(ssl);
}

// A revocation overrules a chain that is otherwise good; all else that is stapled is a note.
void note_stapled(PeerProof& proof, SSL* ssl, const crypto::TrustStore& trust)
{
    const unsigned char* data = nullptr;
    const long size = SSL_get_tlsext_status_ocsp_resp(ssl, &data);
    const ByteView response(data, static_cast<std::size_t>(std::max(size, 0L)));
    proof.stapled = crypto::check_stapled(response, proof.chain, trust, SystemClock().now());
    if (proof.stapled.status != crypto::StapledStatus::revoked || !proof.chain_verified) return;
    proof.check.problem = crypto::ChainProblem::revoked;
    proof.check.code = X509_V_ERR_CERT_REVOKED;
    proof.check.at = 0;
    proof.check.detail = "\"" + proof.chain.front().subject() + "\" is revoked: " + proof.stapled.detail;
    proof.problem = proof.check.detail;
    proof.chain_verified = false;
}

void prove_server(State& state)
{
    PeerProof& proof = state.proof;
    note_connection(proof, state.ssl.get());
    note_chain(proof, state.client->trust(), crypto::ChainUse::server);
    note_stapled(proof, state.ssl.get(), state.client->trust());
    if (proof.chain.empty()) return;
    proof.name_verified = proof.chain.front().names(proof.server_name);
    if (proof.chain_verified && !proof.name_verified) proof.problem = describe_mismatch(proof.chain.front(), proof.server_name);
}

void prove_client(State& state)
{
    PeerProof& proof = state.proof;
    note_connection(proof, state.ssl.get());
    const char* name = SSL_get_servername(state.ssl.get(), TLSEXT_NAMETYPE_host_name);
    proof.server_name = name == nullptr ? "" : name;
    if (const crypto::TrustStore* trust = state.server->client_trust()) note_chain(proof, *trust, crypto::ChainUse::client);
}

}  // namespace

TlsStream::TlsStream(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsStream::~TlsStream() { close(); }

Task<Result<>> TlsStream::shake_hands(Deadline deadline)
{
    auto shaken = co_await tls::shake_hands(*state_, deadline);
    if (shaken.has_value()) prove_client(*state_);
    co_return shaken;
}

Task<Result<std::size_t>> TlsStream::read_some(std::span<char> into, Deadline deadline)
{
    State& state = *state_;
    while (state.open) {
        if (is_turn_over(state)) {
            co_await async::give_way();
            if (!state.open) break;
        }
        std::size_t count = 0;
        Step step = take_step(state.ssl.get(), [&](SSL* ssl) { return SSL_read_ex(ssl, into.data(), into.size(), &count); });
        if (state.idle_messages > most_idle_messages)
            co_return broke(state, {Step::Kind::broken, "the peer sends messages of the handshake without end"});
        if (step.kind == Step::Kind::done) {
            state.idle_messages = 0;
            state.octets_in_a_row += count;
            co_return count;
        }
        if (step.kind == Step::Kind::broken) co_return broke(state, step);
        if (step.kind == Step::Kind::closed && !step.problem.empty()) co_return Error{Fault::retry_later, step.problem};
        if (!must_wait(step)) co_return std::size_t{0};
        auto waited = co_await wait_for(state, step.kind, deadline);
        if (!waited) co_return waited.error();
    }
    co_return closed_here();
}

Task<Result<>> TlsStream::write(std::string_view bytes, Deadline deadline)
{
    State& state = *state_;
    while (!bytes.empty()) {
        if (is_turn_over(state)) co_await async::give_way();
        if (!state.open) co_return closed_here();
        std::size_t count = 0;
        Step step = take_step(state.ssl.get(), [&](SSL* ssl) { return SSL_write_ex(ssl, bytes.data(), bytes.size(), &count); });
        if (step.kind == Step::Kind::done) {
            bytes.remove_prefix(count);
            state.holds_tickets = false;
            state.octets_in_a_row += count;
            continue;
        }
        if (step.kind == Step::Kind::broken) co_return broke(state, step);
        if (!must_wait(step))
            co_return Error{Fault::retry_later, step.problem.empty() ? "the peer closed the connection" : step.problem};
        auto waited = co_await wait_for(state, step.kind, deadline);
        if (!waited) co_return waited.error();
    }
    co_return Result<>();
}

Task<Result<>> TlsStream::write_last(std::string_view bytes, Deadline deadline)
{
    State& state = *state_;
    state.socket.hold();
    auto written = co_await write(bytes, deadline);
    if (written.has_value() && state.open && std::exchange(state.established, false)) SSL_shutdown(state.ssl.get());
    ERR_clear_error();
    state.socket.release();
    if (written.has_value()) written = co_await send_held(state, deadline);
    co_return written;
}

void TlsStream::end_writing()
{
    if (!state_->open) return;
    state_->socket.hold();
    if (std::exchange(state_->established, false)) SSL_shutdown(state_->ssl.get());
    ERR_clear_error();
    state_->socket.send_held();
    state_->tcp->end_writing();
}

void TlsStream::close()
{
    end_writing();
    if (std::exchange(state_->open, false)) state_->tcp->close();
}

Endpoint TlsStream::peer() const { return state_->tcp->peer(); }
Endpoint TlsStream::local() const { return state_->tcp->local(); }
const PeerProof& TlsStream::proof() const { return state_->proof; }

std::string_view TlsStream::alpn() const
{
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(state_->ssl.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
}

Result<std::unique_ptr<TlsStream>> prepare_server(std::unique_ptr<net::TcpStream> stream,
                                                  std::shared_ptr<const ServerContext> context)
{
    SEALPOST_TRY(auto state, make_state(std::move(stream), context->handle()));
    state->server = std::move(context);
    SSL_set_accept_state(state->ssl.get());
    return std::make_unique<TlsStream>(std::move(state));
}

Task<Result<std::unique_ptr<TlsStream>>> accept_tls(std::unique_ptr<net::TcpStream> stream,
                                                    std::shared_ptr<const ServerContext> context, Deadline deadline)
{
    SEALPOST_CO_TRY(auto prepared, prepare_server(std::move(stream), std::move(context)));
    auto shaken = co_await prepared->shake_hands(deadline);
    if (!shaken) co_return shaken.error();
    co_return prepared;
}

Task<Result<std::unique_ptr<TlsStream>>> connect_tls(std::unique_ptr<net::TcpStream> stream,
                                                     std::shared_ptr<const ClientContext> context, std::string server_name,
                                                     Deadline deadline)
{
    SEALPOST_CO_TRY(auto state, make_state(std::move(stream), context->handle()));
    state->client = std::move(context);
    if (server_name.ends_with('.')) server_name.pop_back();
    // RFC 6066 §3: "Literal IPv4 and IPv6 addresses are not permitted in "HostName"."
    if (!parse_ip(server_name) && SSL_set_tlsext_host_name(state->ssl.get(), server_name.c_str()) != 1)
        co_return Error{Fault::give_up, "not a server name: " + take_error()};
    state->proof.server_name = std::move(server_name);
    SSL_set_connect_state(state->ssl.get());
    auto shaken = co_await shake_hands(*state, deadline);
    if (!shaken) co_return shaken.error();
    prove_server(*state);
    co_return std::make_unique<TlsStream>(std::move(state));
}

}  // namespace sealpost::tls
