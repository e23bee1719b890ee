#include "sys/tls/challenge_answer.hpp"
#include "sys/tls/context_setup.hpp"
#include "sys/tls/name_choice.hpp"
#include "sys/tls/tickets.hpp"

namespace sealpost::tls {
namespace {

// RFC 7301 §3.1: a list of names, each with its length before it.
std::string encode_alpn(const std::vector<std::string>& names)
{
    std::string encoded;
    for (const std::string& name : names) {
        encoded += static_cast<char>(name.size());
        encoded += name;
    }
    return encoded;
}

}  // namespace

// OpenSSL calls back with the connection; its context leads here by its "app data".
struct ServerContext::State {
    std::vector<KeyPair> pairs;
    std::optional<NameChoice> choice;
    std::vector<SslContextHandle> contexts;  // one for each group of the choice
    std::shared_ptr<const crypto::TrustStore> client_trust;
    std::shared_ptr<const ChallengePairs> challenges;
    std::string alpn;
    TicketKeys tickets;

    Result<> add(const NameChoice::Pairs& group, const ServerOptions& options);
    void set_resumption(SSL_CTX* context) const;
    static int look_at_hello(SSL* ssl, int* alert, void* state);
    static int choose_by_name(SSL* ssl, int*, void* state);
    static int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                               unsigned offered_size, void* state);
    static int use_ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                              int sealing);
};

Result<> ServerContext::State::add(const NameChoice::Pairs& group, const ServerOptions& options)
{
    const SettingsTerms& terms = terms_of(options.settings);
    const Setup setup{.terms = terms,
                      .ciphers = listener_ciphers(terms),
                      .least = options.least.value_or(terms.least),
                      .most = options.most.value_or(terms.most),
                      .security_level = options.security_level.value_or(terms.listener_level)};
    SEALPOST_TRY(SslContextHandle made, make_context(TLS_server_method(), setup));
    SSL_CTX* context = made.get();
    SSL_CTX_set_app_data(context, this);
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_dh_auto(context, 1);
    set_resumption(context);
    for (const std::size_t at : group) SEALPOST_CHECK(use_pair(context, pairs[at]));
    SSL_CTX_set_client_hello_cb(context, look_at_hello, this);
    SSL_CTX_set_tlsext_servername_callback(context, choose_by_name);
    SSL_CTX_set_tlsext_servername_arg(context, this);
    if (!alpn.empty()) SSL_CTX_set_alpn_select_cb(context, choose_protocol, this);
    contexts.push_back(std::move(made));
    return {};
}

void ServerContext::State::set_resumption(SSL_CTX* context) const
{
    constexpr std::string_view whose = "sealpost";
    SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>(whose.data()), whose.size());
    SSL_CTX_set_timeout(context, std::chrono::seconds(ticket_lifetime).count());
    SSL_CTX_set_num_tickets(context, client_trust ? 0 : tickets_a_connection);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, use_ticket_key);
    if (!client_trust) return;
    // A resumed session carries no chain, so each client proves itself anew.
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
}

int ServerContext::State::look_at_hello(SSL* ssl, int* alert, void* state)
{
    const auto& self = *static_cast<const State*>(state);
    if (answer_challenge(ssl, self.challenges.get()) != ChallengeAnswer::refused) return SSL_CLIENT_HELLO_SUCCESS;
    *alert = SSL_AD_NO_APPLICATION_PROTOCOL;  // RFC 7301 §3.2
    return SSL_CLIENT_HELLO_ERROR;
}

int ServerContext::State::choose_by_name(SSL* ssl, int*, void* state)
{
    const auto& self = *static_cast<const State*>(state);
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
    const std::size_t group = self.choice->find(name);
    if (group != 0) SSL_set_SSL_CTX(ssl, self.contexts[group].get());
    return SSL_TLSEXT_ERR_OK;
}

int ServerContext::State::choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                                          const unsigned char* offered, unsigned offered_size, void* state)
{
    const std::string& ours = static_cast<const State*>(state)->alpn;
    unsigned char* match = nullptr;
    const int found = SSL_select_next_proto(&match, chosen_size, reinterpret_cast<const unsigned char*>(ours.data()),
                                            static_cast<unsigned>(ours.size()), offered, offered_size);
    if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
    *chosen = match;
    return SSL_TLSEXT_ERR_OK;
}

int ServerContext::State::use_ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                                         EVP_MAC_CTX* mac, int sealing)
{
    auto* self = static_cast<State*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    if (self == nullptr) return 0;  // a challenge: nothing is resumed
    const std::span<unsigned char, 16> key_name(name, 16);
    if (sealing == 1) return self->tickets.seal(key_name, iv, cipher, mac);
    const int opened = self->tickets.open(key_name, iv, cipher, mac);
    // RFC 8446 §C.4: clients should not use a ticket twice; one that resumes needs a new one (2), or its next
    // connection is a full handshake.
    return opened == 1 && SSL_version(ssl) == TLS1_3_VERSION ? 2 : opened;
}

ServerContext::ServerContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
ServerContext::~ServerContext() = default;

Result<std::shared_ptr<const ServerContext>> ServerContext::make(std::vector<KeyPair> pairs, ServerOptions options)
{
    if (pairs.empty()) return Error{Fault::config, "a TLS listener needs a certificate"};
    auto state = std::make_unique<State>();
    state->pairs = std::move(pairs);
    state->choice.emplace(state->pairs);
    state->client_trust = options.client_trust;
    state->challenges = options.challenges;
    state->alpn = encode_alpn(options.alpn);
    for (const NameChoice::Pairs& group : state->choice->groups()) SEALPOST_CHECK(state->add(group, options));
    return std::make_shared<const ServerContext>(std::move(state));
}

const std::vector<KeyPair>& ServerContext::pairs() const { return state_->pairs; }
ssl_ctx_st* ServerContext::handle() const { return state_->contexts.front().get(); }
const crypto::TrustStore* ServerContext::client_trust() const { return state_->client_trust.get(); }

}  // namespace sealpost::tls
