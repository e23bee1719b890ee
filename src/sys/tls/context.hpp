// tls: TLS over a TcpStream, for servers with certificates that are replaced while they run, and for
// clients that must know exactly what a handshake proved. OpenSSL stays inside. TLS 1.2 and newer,
// no compression, no renegotiation. Contexts are immutable and shared by all threads; a stream
// belongs to one task. A failed handshake is Fault::peer_broke_it (retry_later when the connection
// was lost or timed out); a certificate that does not verify is no failure but a fact in PeerProof.
#pragma once

#include "sys/crypto/x509_check.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

struct ssl_ctx_st;

namespace sealpost::tls {

enum class Version { tls1_0, tls1_1, tls1_2, tls1_3 };

using crypto::KeyPair;
using crypto::parse_key_pair;

// How TLS is spoken, by name: what each means stands in doc/spec/tls-settings.txt, which `sealpost tls
// settings` prints. TLS 1.2 at least, in all of them.
enum class Settings { modern, intermediate, legacy };
[[nodiscard]] std::string_view format_settings(Settings settings);
[[nodiscard]] std::optional<Settings> parse_settings(std::string_view name);

class ChallengePairs;  // challenges.hpp

struct ServerOptions {
    Settings settings = Settings::intermediate;
    std::shared_ptr<const ChallengePairs> challenges;  // null: none are answered
    // When set, clients are asked for a certificate, and PeerProof tells what it proved. None is
    // refused here: the caller decides.
    std::shared_ptr<const crypto::TrustStore> client_trust;
    std::vector<std::string> alpn;  // such as "http/1.1"; empty: not negotiated
    // Instead of what the settings say, so that tests can play a bad server. Level 0 takes every cipher.
    std::optional<Version> least = std::nullopt;
    std::optional<Version> most = std::nullopt;
    std::optional<int> security_level = std::nullopt;
};

class ServerContext {
public:
    struct State;
    // Which certificate a client gets is chosen by server name (SNI): one that names the host itself goes
    // before one that names it by wildcard, an earlier pair before a later one. Pairs of different key types for
    // the same name stand side by side: the client's algorithms decide, ECDSA goes before RSA. An ECDSA wildcard does
    // not stand beside an RSA pair for the host itself, which it would hide. Clients that name no host, or an unknown
    // one, get the first pair, and beside it what stands beside it for its first name.
    [[nodiscard]] static Result<std::shared_ptr<const ServerContext>> make(std::vector<KeyPair> pairs,
                                                                           ServerOptions options = {});
    explicit ServerContext(std::unique_ptr<State> state);
    ~ServerContext();
    ServerContext(const ServerContext&) = delete;
    ServerContext& operator=(const ServerContext&) = delete;

    [[nodiscard]] const std::vector<KeyPair>& pairs() const;
    [[nodiscard]] ssl_ctx_st* handle() const;  // for sys/tls
    [[nodiscard]] const crypto::TrustStore* client_trust() const;

private:
    std::unique_ptr<State> state_;
};

// What a listener presents; replaced at reload without touching connections under way. Any thread.
class ServerIdentity {
public:
    explicit ServerIdentity(std::shared_ptr<const ServerContext> first) : context_(std::move(first)) {}
    [[nodiscard]] std::shared_ptr<const ServerContext> current() const { return context_.load(); }
    void replace(std::shared_ptr<const ServerContext> next) { context_.store(std::move(next)); }

private:
    std::atomic<std::shared_ptr<const ServerContext>> context_;
};

struct ClientOptions {
    Settings settings = Settings::intermediate;
    crypto::TrustStore::Sources trust;
    std::optional<KeyPair> identity;  // presented when the server asks
    // Instead of what the settings say, for tests that look at bad servers. Of ciphers and key exchange;
    // certificates are judged at level 2 always.
    std::optional<Version> least = std::nullopt;
    std::optional<int> security_level = std::nullopt;
};

class ClientContext {
public:
    struct State;
    [[nodiscard]] static Result<std::shared_ptr<const ClientContext>> make(ClientOptions options);
    explicit ClientContext(std::unique_ptr<State> state);
    ~ClientContext();
    ClientContext(const ClientContext&) = delete;
    ClientContext& operator=(const ClientContext&) = delete;

    [[nodiscard]] ssl_ctx_st* handle() const;  // for sys/tls
    [[nodiscard]] const crypto::TrustStore& trust() const;

private:
    std::unique_ptr<State> state_;
};

}  // namespace sealpost::tls
