#include "sys/tls/context_setup.hpp"

#include "base/text.hpp"

namespace sealpost::tls {
namespace {

// Chains are judged after the handshake, from what was sent: see crypto::check_chain.
int let_every_chain_pass(X509_STORE_CTX* context, void*)
{
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
}

bool set_versions(SSL_CTX* context, const Setup& setup)
{
    return SSL_CTX_set_min_proto_version(context, openssl_version(setup.least)) == 1 &&
           SSL_CTX_set_max_proto_version(context, openssl_version(setup.most)) == 1;
}

bool set_algorithms(SSL_CTX* context, const Setup& setup)
{
    SSL_CTX_set_security_level(context, setup.security_level);
    if (setup.security_level == 0) return SSL_CTX_set_cipher_list(context, "ALL:!aNULL:@SECLEVEL=0") == 1;
    const std::string level = ":@SECLEVEL=" + std::to_string(setup.security_level);
    const std::string suites(setup.terms.suites);
    const std::string groups(setup.terms.groups);
    const std::string signatures(setup.terms.signature_algorithms);
    if (!setup.ciphers.empty() && SSL_CTX_set_cipher_list(context, (setup.ciphers + level).c_str()) != 1) return false;
    return SSL_CTX_set_ciphersuites(context, suites.c_str()) == 1 && SSL_CTX_set1_groups_list(context, groups.c_str()) == 1 &&
           SSL_CTX_set1_sigalgs_list(context, signatures.c_str()) == 1;
}

}  // namespace

Result<SslContextHandle> make_context(const SSL_METHOD* method, const Setup& setup)
{
    SslContextHandle made(SSL_CTX_new(method));
    SSL_CTX* context = made.get();
    if (context == nullptr) return Error{Fault::give_up, "cannot set up TLS: " + take_error()};
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // One call takes no more than is buffered: by itself OpenSSL goes on as long as messages without data arrive.
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_read_ahead(context, 1);  // one system call a flight, not two a record
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_early_data(context, 0);
    SSL_CTX_set_recv_max_early_data(context, 0);
    SSL_CTX_set_max_cert_list(context, crypto::max_chain_pem_bytes);
    SSL_CTX_set_cert_verify_callback(context, let_every_chain_pass, nullptr);
    if (!set_versions(context, setup) || !set_algorithms(context, setup))
        return Error{Fault::give_up, "cannot set up TLS: " + take_error()};
    return made;
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
    const SettingsTerms& terms = terms_of(options.settings);
    const Setup setup{.terms = terms,
                      .ciphers = delivery_ciphers(terms),
                      .least = options.least.value_or(terms.least),
                      .most = terms.most,
                      .security_level = options.security_level.value_or(terms.delivery_level)};
    SEALPOST_TRY(state->context, make_context(TLS_client_method(), setup));
    SSL_CTX_set_verify(state->context.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_tlsext_status_type(state->context.get(), TLSEXT_STATUSTYPE_ocsp);
    if (options.identity) SEALPOST_CHECK(use_pair(state->context.get(), *options.identity));
    return std::make_shared<const ClientContext>(std::move(state));
}

ssl_ctx_st* ClientContext::handle() const { return state_->context.get(); }
const crypto::TrustStore& ClientContext::trust() const { return *state_->trust; }

}  // namespace sealpost::tls
