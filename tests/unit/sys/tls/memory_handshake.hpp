// A client of OpenSSL's own against a ServerContext, joined in memory: for what our client does not do, such as
// ALPN, resumption and renegotiation.
#pragma once

#include "sys/tls/openssl.hpp"

namespace sealpost::tls {

struct SessionFreer {
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
using Session = std::unique_ptr<SSL_SESSION, SessionFreer>;

struct ClientPlan {
    std::string server_name;
    std::vector<std::string> alpn;
    std::string signature_algorithms;
    Version most = Version::tls1_3;
    SSL_SESSION* resume = nullptr;
};

class MemoryHandshake {
public:
    MemoryHandshake(std::shared_ptr<const ServerContext> server, const ClientPlan& plan);

    // Until both ends are done or one has failed.
    bool shake();
    // Carries one octet each way, and with it tickets.
    bool exchange();

    [[nodiscard]] SSL* client() const { return client_.get(); }
    [[nodiscard]] SSL* server() const { return server_.get(); }
    [[nodiscard]] std::string alpn() const;
    [[nodiscard]] crypto::Certificate shown() const;  // by the server
    [[nodiscard]] bool resumed() const { return SSL_session_reused(client_.get()) == 1; }
    [[nodiscard]] Session session() const { return Session(SSL_get1_session(client_.get())); }
    [[nodiscard]] int alert() const { return alert_; }  // that the server sent; -1: none

private:
    static void note_alert(const SSL* ssl, int where, int value);

    std::shared_ptr<const ServerContext> context_;
    SslContextHandle client_context_;
    SslHandle client_;
    SslHandle server_;
    int alert_ = -1;
};

}  // namespace sealpost::tls
