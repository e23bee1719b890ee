#pragma once

#include "sys/crypto/ocsp.hpp"
#include "sys/net/stream.hpp"
#include "sys/tls/context.hpp"

namespace sealpost::tls {

// What the handshake proved about the peer. On a server without client_trust the chain is empty.
struct PeerProof {
    std::string protocol;     // "TLSv1.3"
    std::string cipher;       // "TLS_AES_256_GCM_SHA384"
    std::string server_name;  // SNI: as we sent it, or as the client did
    bool chain_verified = false;
    bool name_verified = false;              // clients only: the leaf names `server_name`
    std::string problem;                     // one line when not both are verified, naming the first cause
    std::vector<crypto::Certificate> chain;  // as sent by the peer, leaf first
    std::string fingerprint_sha256;          // of the leaf, hexadecimal
    crypto::ChainCheck check;                // the chain's problem in detail
    crypto::StapledCheck stapled;            // clients only; a chain that is revoked by it is not verified

    [[nodiscard]] bool verified() const { return chain_verified && name_verified; }
};

class TlsStream final : public net::ByteStream {
public:
    struct State;
    explicit TlsStream(std::unique_ptr<State> state);
    ~TlsStream() override;

    // Of what prepare_server() made, before all else; close() breaks it off.
    Task<Result<>> shake_hands(Deadline deadline);

    Task<Result<std::size_t>> read_some(std::span<char> into, Deadline deadline) override;
    Task<Result<>> write(std::string_view bytes, Deadline deadline) override;
    Task<Result<>> write_last(std::string_view bytes, Deadline deadline) override;  // with close_notify
    void end_writing() override;  // both say close_notify if the socket takes it at once
    void close() override;
    [[nodiscard]] Endpoint peer() const override;
    [[nodiscard]] Endpoint local() const override;
    [[nodiscard]] const PeerProof& proof() const;
    [[nodiscard]] std::string_view alpn() const;  // what was agreed; may be empty

private:
    std::unique_ptr<State> state_;
};

// A server's end before its handshake, for who may have to close it meanwhile.
Result<std::unique_ptr<TlsStream>> prepare_server(std::unique_ptr<net::TcpStream> stream,
                                                  std::shared_ptr<const ServerContext> context);
Task<Result<std::unique_ptr<TlsStream>>> accept_tls(std::unique_ptr<net::TcpStream> stream,
                                                    std::shared_ptr<const ServerContext> context, Deadline deadline);

// The handshake completes whatever the certificate says; proof() tells what it proved, chain and
// name; the caller decides. `server_name` is a host name, or an address as text (then no SNI is sent).
Task<Result<std::unique_ptr<TlsStream>>> connect_tls(std::unique_ptr<net::TcpStream> stream,
                                                     std::shared_ptr<const ClientContext> context, std::string server_name,
                                                     Deadline deadline);

}  // namespace sealpost::tls
