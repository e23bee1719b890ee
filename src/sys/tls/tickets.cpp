#include "sys/tls/tickets.hpp"

#include "sys/tls/settings.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

#include <algorithm>

namespace sealpost::tls {
namespace {

bool set_mac(EVP_MAC_CTX* mac, TicketKeys::Key& key)
{
    std::array<char, 7> hash{"SHA256"};
    const std::array<OSSL_PARAM, 3> parameters{
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac.data(), key.mac.size()),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, hash.data(), 0), OSSL_PARAM_construct_end()};
    return EVP_MAC_CTX_set_params(mac, parameters.data()) == 1;
}

// Looked up once: OpenSSL 3 would search for it by name at each ticket.
const EVP_CIPHER* find_cipher()
{
    static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr);
    return cipher;
}

void wipe(TicketKeys::Key& key)
{
    OPENSSL_cleanse(key.cipher.data(), key.cipher.size());
    OPENSSL_cleanse(key.mac.data(), key.mac.size());
}

}  // namespace

TicketKeys::~TicketKeys()
{
    if (current_) wipe(*current_);
    if (before_) wipe(*before_);
}

void TicketKeys::renew(Time now)
{
    if (current_ && now - current_->made < ticket_key_period) return;
    const bool just_ended = current_ && now - current_->made < 2 * ticket_key_period;
    if (before_) wipe(*before_);
    before_ = just_ended ? current_ : std::nullopt;
    current_.emplace();
    crypto::fill_random(current_->name);
    crypto::fill_random(current_->cipher);
    crypto::fill_random(current_->mac);
    current_->made = now;
}

TicketKeys::Key TicketKeys::for_sealing(Time now)
{
    const std::lock_guard lock(mutex_);
    renew(now);
    return *current_;
}

std::optional<TicketKeys::Found> TicketKeys::find(std::span<const std::uint8_t, 16> name, Time now)
{
    const std::lock_guard lock(mutex_);
    renew(now);
    if (std::ranges::equal(name, current_->name)) return Found{*current_, true};
    if (before_ && std::ranges::equal(name, before_->name)) return Found{*before_, false};
    return std::nullopt;
}

int TicketKeys::seal(std::span<std::uint8_t, 16> name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac)
{
    constexpr std::size_t iv_bytes = 16;
    Key key = for_sealing(std::chrono::steady_clock::now());
    std::ranges::copy(key.name, name.begin());
    crypto::fill_random({iv, iv_bytes});
    const bool set = EVP_EncryptInit_ex(cipher, find_cipher(), nullptr, key.cipher.data(), iv) == 1 && set_mac(mac, key);
    wipe(key);
    return set ? 1 : -1;
}

int TicketKeys::open(std::span<const std::uint8_t, 16> name, const unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac)
{
    auto found = find(name, std::chrono::steady_clock::now());
    if (!found) return 0;  // not ours, or too old: a full handshake follows
    Key& key = found->key;
    const bool set = set_mac(mac, key) && EVP_DecryptInit_ex(cipher, find_cipher(), nullptr, key.cipher.data(), iv) == 1;
    wipe(key);
    if (!set) return -1;
    return found->is_current ? 1 : 2;  // 2: a new ticket is due
}

}  // namespace sealpost::tls
