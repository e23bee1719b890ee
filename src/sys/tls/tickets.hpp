#pragma once

#include "sys/crypto/random.hpp"

#include <openssl/ssl.h>

#include <array>
#include <chrono>
#include <mutex>
#include <optional>

namespace sealpost::tls {

// The keys under which a server context seals its session tickets (RFC 5077 §4), so that it keeps no sessions.
struct TicketKey {
    std::array<std::uint8_t, 16> name{};  // tells keys apart; no secret
    std::array<std::uint8_t, 32> cipher{};
    std::array<std::uint8_t, 32> mac{};
    std::chrono::steady_clock::time_point made;
};

// In memory only and each context's own: a ticket is good at the listener that gave it, until that gets new
// settings or a new certificate. A key seals for one period and is read for one more, which bounds what a key
// stolen from memory opens. Any thread.
class TicketKeys {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Key = TicketKey;

    TicketKeys() = default;
    ~TicketKeys();
    TicketKeys(const TicketKeys&) = delete;
    TicketKeys& operator=(const TicketKeys&) = delete;

    [[nodiscard]] Key for_sealing(Time now);
    struct Found {
        Key key;
        bool is_current = true;
    };
    [[nodiscard]] std::optional<Found> find(std::span<const std::uint8_t, 16> name, Time now);

    // For SSL_CTX_set_tlsext_ticket_key_evp_cb: its answers.
    int seal(std::span<std::uint8_t, 16> name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac);
    int open(std::span<const std::uint8_t, 16> name, const unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac);

private:
    void renew(Time now);

    std::mutex mutex_;
    std::optional<Key> current_;
    std::optional<Key> before_;
};

}  // namespace sealpost::tls
