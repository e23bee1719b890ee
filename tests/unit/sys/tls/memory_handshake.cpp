#include "sys/tls/memory_handshake.hpp"

namespace sealpost::tls {
namespace {

std::string encode(const std::vector<std::string>& names)
{
    std::string encoded;
    for (const std::string& name : names) encoded += static_cast<char>(name.size()) + name;
    return encoded;
}

SslHandle make_client(SSL_CTX* context, const ClientPlan& plan)
{
    SSL_CTX_set_max_proto_version(context, openssl_version(plan.most));
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT);
    if (!plan.signature_algorithms.empty()) SSL_CTX_set1_sigalgs_list(context, plan.signature_algorithms.c_str());
    SslHandle client(SSL_new(context));
    if (!plan.server_name.empty()) SSL_set_tlsext_host_name(client.get(), plan.server_name.c_str());
    const std::string alpn = encode(plan.alpn);
    if (!alpn.empty())
        SSL_set_alpn_protos(client.get(), reinterpret_cast<const unsigned char*>(alpn.data()),
                            static_cast<unsigned>(alpn.size()));
    if (plan.resume != nullptr) SSL_set_session(client.get(), plan.resume);
    SSL_set_connect_state(client.get());
    return client;
}

void join(SSL* a, SSL* b)
{
    BIO* end_of_a = nullptr;
    BIO* end_of_b = nullptr;
    BIO_new_bio_pair(&end_of_a, 1 << 16, &end_of_b, 1 << 16);
    SSL_set_bio(a, end_of_a, end_of_a);
    SSL_set_bio(b, end_of_b, end_of_b);
}

// Is the end done, or does it wait for the other?
bool may_go_on(SSL* ssl, int answer)
{
    if (answer == 1) return true;
    const int why = SSL_get_error(ssl, answer);
    ERR_clear_error();
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
}

}  // namespace

MemoryHandshake::MemoryHandshake(std::shared_ptr<const ServerContext> server, const ClientPlan& plan)
    : context_(std::move(server)),
      client_context_(SSL_CTX_new(TLS_client_method())),
      client_(make_client(client_context_.get(), plan)),
      server_(SSL_new(context_->handle()))
{
    SSL_set_accept_state(server_.get());
    join(client_.get(), server_.get());
    SSL_set_app_data(server_.get(), this);
    SSL_set_info_callback(server_.get(), note_alert);
}

void MemoryHandshake::note_alert(const SSL* ssl, int where, int value)
{
    if (where == SSL_CB_WRITE_ALERT) static_cast<MemoryHandshake*>(SSL_get_app_data(ssl))->alert_ = value & 0xff;
}

bool MemoryHandshake::shake()
{
    for (int turn = 0; turn < 20; ++turn) {
        const int client = SSL_do_handshake(client_.get());
        if (!may_go_on(client_.get(), client)) return false;
        const int server = SSL_do_handshake(server_.get());
        if (!may_go_on(server_.get(), server)) return false;
        if (client == 1 && server == 1) return true;
    }
    return false;
}

bool MemoryHandshake::exchange()
{
    char octet = 'x';
    return SSL_write(server_.get(), &octet, 1) == 1 && SSL_read(client_.get(), &octet, 1) == 1 &&
           SSL_write(client_.get(), &octet, 1) == 1 && SSL_read(server_.get(), &octet, 1) == 1;
}

std::string MemoryHandshake::alpn() const
{
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(client_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
}

crypto::Certificate MemoryHandshake::shown() const
{
    return crypto::Certificate::share(SSL_get0_peer_certificate(client_.get()));
}

}  // namespace sealpost::tls
