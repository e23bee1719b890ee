#include "sys/tls/challenge_answer.hpp"

#include "sys/tls/client_hello.hpp"
#include "sys/tls/context_setup.hpp"

namespace sealpost::tls {
namespace {

std::optional<ByteView> find_extension(SSL* ssl, unsigned type)
{
    const unsigned char* data = nullptr;
    std::size_t size = 0;
    if (SSL_client_hello_get0_ext(ssl, type, &data, &size) != 1) return std::nullopt;
    return ByteView(data, size);
}

// RFC 8737 §3: "The client prepares a ClientHello with an ALPN extension containing "acme-tls/1" [and] that MUST
// contain only" that name.
bool asks_for_challenge(SSL* ssl)
{
    const auto extension = find_extension(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation);
    const auto protocols = extension ? parse_alpn(*extension) : std::nullopt;
    return protocols && protocols->size() == 1 && protocols->front() == challenge_protocol;
}

std::shared_ptr<const KeyPair> find_pair(SSL* ssl, const ChallengePairs* challenges)
{
    const auto extension = find_extension(ssl, TLSEXT_TYPE_server_name);
    const auto name = extension ? parse_server_name(*extension) : std::nullopt;
    if (!name || challenges == nullptr) return nullptr;
    return challenges->find(*name);
}

int accept_name(SSL*, int*, void*) { return SSL_TLSEXT_ERR_OK; }

int agree_on_challenge(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char*, unsigned, void*)
{
    *chosen = reinterpret_cast<const unsigned char*>(challenge_protocol.data());
    *chosen_size = static_cast<unsigned char>(challenge_protocol.size());
    return SSL_TLSEXT_ERR_OK;
}

}  // namespace

ChallengeAnswer answer_challenge(SSL* ssl, const ChallengePairs* challenges)
{
    if (!asks_for_challenge(ssl)) return ChallengeAnswer::not_asked;
    const auto pair = find_pair(ssl, challenges);
    const SslContextHandle context(pair ? SSL_CTX_new(TLS_server_method()) : nullptr);
    if (!context || !use_pair(context.get(), *pair)) return ChallengeAnswer::refused;
    SSL_CTX_set_alpn_select_cb(context.get(), agree_on_challenge, nullptr);
    SSL_CTX_set_tlsext_servername_callback(context.get(), accept_name);
    // The connection takes certificate and callbacks of this context, and keeps its own settings. What it proves
    // is that we answer for the name; nothing is resumed from it, and it asks nobody for a certificate.
    if (SSL_set_SSL_CTX(ssl, context.get()) == nullptr) return ChallengeAnswer::refused;
    SSL_set_options(ssl, SSL_OP_NO_TICKET);
    SSL_set_num_tickets(ssl, 0);
    SSL_set_verify(ssl, SSL_VERIFY_NONE, nullptr);
    return ChallengeAnswer::presented;
}

}  // namespace sealpost::tls
