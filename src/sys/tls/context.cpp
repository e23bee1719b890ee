#include "sys/tls/context.hpp"

#include "base/text.hpp"
#include "sys/tls/openssl.hpp"

namespace sealpost::tls {
namespace {

// Forward secrecy and authenticated encryption first; TLS 1.3 has its own, all good, list.
constexpr std::string_view server_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:!aNULL";
constexpr std::string_view client_ciphers =
    "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:DHE+AES:RSA+AES:!aNULL";

// Chains are judged after the handshake, from what was sent: see crypto::check_chain.
int let_every_chain_pass(X509_STORE_CTX* context, void*)
{
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
}

bool set_common(SSL_CTX* context, Version least, Version most, std::string_view ciphers, int level)
{
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_cert_list(context, crypto::max_chain_pem_bytes);
    SSL_CTX_set_cert_verify_callback(context, let_every_chain_pass, nullptr);
    SSL_CTX_set_security_level(context, level);
    const std::string list = std::string(level == 0 ? "ALL:!aNULL" : ciphers) + ":@SECLEVEL=" + std::to_string(level);
    return SSL_CTX_set_cipher_list(context, list.c_str()) == 1 &&
           SSL_CTX_set_min_proto_version(context, openssl_version(least)) == 1 &&
           SSL_CTX_set_max_proto_version(context, openssl_version(most)) == 1;
}

Result<> use_pair(SSL_CTX* context, const KeyPair& pair)
{
    bool used = SSL_CTX_use_certificate(context, pair.chain.front().handle()) == 1;
    for (std::size_t i = 1; used && i < pair.chain.size(); ++i)
        used = SSL_CTX_add1_chain_cert(context, pair.chain[i].handle()) == 1;
    used = used && SSL_CTX_use_PrivateKey(context, pair.key.handle()) == 1;
    if (!used)
        return Error{Fault::config, "cannot use the certificate \"" + pair.chain.front().subject() + "\": " + take_error()};
    // What stands in the file is what is sent: no chain is completed from the trusted authorities.
    SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
    return {};
}

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

std::string_view format_settings(Settings settings)
{
    switch (settings) {
        case Settings::modern: return "modern";
        case Settings::intermediate: return "intermediate";
        case Settings::legacy: break;
    }
    return "legacy";
}

std::optional<Settings> parse_settings(std::string_view name)
{
    for (const Settings settings : {Settings::modern, Settings::intermediate, Settings::legacy})
        if (name == format_settings(settings)) return settings;
    return std::nullopt;
}

Result<KeyPair> parse_key_pair(std::string_view chain_pem, std::string_view key_pem)
{
    SEALPOST_TRY(auto chain, crypto::parse_chain_pem(chain_pem));
    SEALPOST_TRY(auto key, crypto::PrivateKey::parse_pem(key_pem));
    if (!key.belongs_to(chain.front()))
        return Error{Fault::config, "the key does not belong to the first certificate, \"" + chain.front().subject() + "\""};
    return KeyPair{std::move(chain), std::move(key)};
}

struct ServerContext::State {
    std::vector<KeyPair> pairs;
    std::vector<SslContextHandle> contexts;  // one a pair
    std::shared_ptr<const crypto::TrustStore> client_trust;
    std::string alpn;

    Result<> add(const KeyPair& pair, const ServerOptions& options);
    static int choose_by_name(SSL* ssl, int*, void* state);
    static int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                               unsigned offered_size, void* state);
};

Result<> ServerContext::State::add(const KeyPair& pair, const ServerOptions& options)
{
    SslContextHandle context(SSL_CTX_new(TLS_server_method()));
    if (!set_common(context.get(), options.least, options.most, server_ciphers, options.security_level))
        return Error{Fault::give_up, "cannot set up TLS: " + take_error()};
    SSL_CTX_set_options(context.get(), SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_dh_auto(context.get(), 1);
    if (options.client_trust) {
        // A resumed session carries no chain, so each client proves itself anew.
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
        SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET);
        SSL_CTX_set_num_tickets(context.get(), 0);
    }
    SEALPOST_CHECK(use_pair(context.get(), pair));
    SSL_CTX_set_tlsext_servername_callback(context.get(), choose_by_name);
    SSL_CTX_set_tlsext_servername_arg(context.get(), this);
    if (!alpn.empty()) SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, this);
    contexts.push_back(std::move(context));
    return {};
}

int ServerContext::State::choose_by_name(SSL* ssl, int*, void* state)
{
    const auto& self = *static_cast<const State*>(state);
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
    for (std::size_t i = 0; i < self.pairs.size(); ++i) {
        if (!self.pairs[i].chain.front().names(name)) continue;
        SSL_set_SSL_CTX(ssl, self.contexts[i].get());
        break;
    }
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

ServerContext::ServerContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
ServerContext::~ServerContext() = default;

Result<std::shared_ptr<const ServerContext>> ServerContext::make(std::vector<KeyPair> pairs, ServerOptions options)
{
    if (pairs.empty()) return Error{Fault::config, "a TLS listener needs a certificate"};
    auto state = std::make_unique<State>();
    state->pairs = std::move(pairs);
    state->client_trust = options.client_trust;
    state->alpn = encode_alpn(options.alpn);
    for (const KeyPair& pair : state->pairs) SEALPOST_CHECK(state->add(pair, options));
    return std::make_shared<const ServerContext>(std::move(state));
}

const std::vector<KeyPair>& ServerContext::pairs() const { return state_->pairs; }
ssl_ctx_st* ServerContext::handle() const { return state_->contexts.front().get(); }
const crypto::TrustStore* ServerContext::client_trust() const { return state_->client_trust.get(); }

struct ClientContext::State {
    SslContextHandle context;
    std::shared_ptr<const crypto::TrustStore> trust;
};

ClientContext::ClientContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
ClientContext::~ClientContext() = default;

Result<std::shared_ptr<const ClientContext>> ClientContext::make(ClientOptions options)
{
    auto state = std::make_unique<State>();
    SEALPOST_TRY(state->trust, crypto::TrustStore::make(options.trust));
    state->context.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX* context = state->context.get();
    if (!set_common(context, options.least, Version::tls1_3, client_ciphers, options.security_level))
        return Error{Fault::give_up, "cannot set up TLS: " + take_error()};
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    if (options.identity) SEALPOST_CHECK(use_pair(context, *options.identity));
    return std::make_shared<const ClientContext>(std::move(state));
}

ssl_ctx_st* ClientContext::handle() const { return state_->context.get(); }
const crypto::TrustStore& ClientContext::trust() const { return *state_->trust; }

}  // namespace sealpost::tls
