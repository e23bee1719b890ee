#include "sys/crypto/password.hpp"

#include <sodium.h>
#include <array>
#include <stdexcept>

namespace sealpost::crypto {
namespace {

constexpr unsigned long long passes = 3;
constexpr std::size_t memory_bytes = 64 * 1024 * 1024;

void start_sodium()
{
    static const int started = sodium_init();
    if (started < 0) throw std::runtime_error("libsodium did not start");
}

}  // namespace

std::string hash_password(const Secret& password)
{
    start_sodium();
    std::array<char, crypto_pwhash_STRBYTES> hash{};
    const std::string_view text = password.reveal_text();
    if (crypto_pwhash_str_alg(hash.data(), text.data(), text.size(), passes, memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0)
        throw std::bad_alloc();
    return hash.data();
}

bool check_password(const std::string& hash, const Secret& password)
{
    start_sodium();
    const std::string_view text = password.reveal_text();
    return hash.size() < crypto_pwhash_STRBYTES && crypto_pwhash_str_verify(hash.c_str(), text.data(), text.size()) == 0;
}

bool needs_rehash(const std::string& hash)
{
    start_sodium();
    return hash.size() >= crypto_pwhash_STRBYTES || crypto_pwhash_str_needs_rehash(hash.c_str(), passes, memory_bytes) != 0;
}

}  // namespace sealpost::crypto
