#include "core/keys/kek_token.hpp"

#include "core/keys/record_seal.hpp"
#include "sys/crypto/aead.hpp"
#include "sys/crypto/digest.hpp"
#include "sys/crypto/random.hpp"

#include <algorithm>

namespace sealpost::keys {
namespace {

constexpr std::size_t nonce_bytes = pkcs11::Key::nonce_bytes;
constexpr std::size_t wrapped_key_bytes = crypto::aead_key_bytes + pkcs11::Key::tag_bytes;
// The number is not bound: it is what the check value tells.
constexpr std::string_view check_purpose = "sealpost key-encryption key check 2";

Bytes join(ByteView first, ByteView second)
{
    Bytes both(first.begin(), first.end());
    both.insert(both.end(), second.begin(), second.end());
    return both;
}

}  // namespace

// A check value of another kind or of another key is no failure.
Result<bool> KekToken::opens(const KnownVersion& version)
{
    const ByteView value = version.check_value;
    if (version.name.empty() || value.size() != nonce_bytes + wrapped_key_bytes) return false;
    auto secret = key_->open_sealed(value.first(nonce_bytes), as_bytes(check_purpose), value.subspan(nonce_bytes));
    if (secret.has_error() && secret.error().fault == Fault::denied) return false;
    if (secret.has_error()) return secret.error();
    settle(version.number, version.check_value, std::move(*secret));
    return true;
}

Result<KnownVersion> KekToken::introduce(int number)
{
    auto secret = crypto::random_secret(crypto::aead_key_bytes);
    const Bytes nonce = crypto::random_bytes(nonce_bytes);
    SEALPOST_TRY(const auto sealed, key_->seal(nonce, as_bytes(check_purpose), secret.reveal()));
    KnownVersion made{number, join(nonce, sealed), key_->name()};
    settle(number, made.check_value, std::move(secret));
    return made;
}

Result<std::vector<KnownVersion>> KekToken::recognise(const std::vector<KnownVersion>& known, bool may_introduce)
{
    int highest = 0;
    for (const auto& version : known) {
        highest = std::max(highest, version.number);
        SEALPOST_TRY(const bool is_ours, opens(version));
        if (is_ours) return std::vector<KnownVersion>();
    }
    if (!may_introduce) return std::vector<KnownVersion>();
    SEALPOST_TRY(auto made, introduce(highest + 1));
    return std::vector<KnownVersion>{std::move(made)};
}

void KekToken::settle(int number, Bytes check_value, Secret own_secret)
{
    auto place = std::make_shared<const Place>(Place{number, std::move(check_value), std::move(own_secret)});
    const std::lock_guard lock(guard_);
    place_ = std::move(place);
}

std::shared_ptr<const KekToken::Place> KekToken::place() const
{
    const std::lock_guard lock(guard_);
    return place_;
}

Result<std::shared_ptr<const KekToken::Place>> KekToken::find_place() const
{
    auto found = place();
    if (found) return found;
    return Error{Fault::config, name() + ": this store does not know that key yet; start the service with it first"};
}

Result<> KekToken::need(int version)
{
    if (newest() == version) return {};
    return Error{Fault::config, "version " + std::to_string(version) + " of the key-encryption key is not " + name()};
}

int KekToken::newest() const
{
    const auto found = place();
    return found ? found->number : 0;
}

Secret KekToken::derive(std::string_view purpose) const
{
    const auto found = place();
    if (!found) return {};
    return crypto::hkdf_sha256(found->own_secret.reveal(), {}, as_bytes("sealpost derived key 1: " + std::string(purpose)),
                               crypto::aead_key_bytes);
}

Result<Wrapped> KekToken::wrap(const Policy& policy, const Secret& identity, std::string_view subject)
{
    SEALPOST_TRY(const auto found, find_place());
    const auto bound = format_associated_data(policy, found->number);
    const auto record_key = crypto::random_secret(crypto::aead_key_bytes);
    const Bytes nonce = crypto::random_bytes(nonce_bytes);
    SEALPOST_TRY(const auto wrapped_key, key_->seal(nonce, crypto::sha256(bound), record_key.reveal()));
    const Bytes record_nonce = crypto::random_bytes(crypto::aead_nonce_bytes);
    const auto sealed = seal_record(record_key, record_nonce, bound, identity, subject);
    return Wrapped{found->number, join(nonce, record_nonce), join(wrapped_key, sealed)};
}

Result<Unwrapped> KekToken::unwrap(const Policy& policy, const Wrapped& wrapped)
{
    SEALPOST_CHECK(need(wrapped.kek_version));
    const ByteView nonces = wrapped.nonce, sealed = wrapped.sealed;
    if (nonces.size() != nonce_bytes + crypto::aead_nonce_bytes || sealed.size() < wrapped_key_bytes)
        return changed_record(policy.id);
    const auto bound = format_associated_data(policy, wrapped.kek_version);
    auto record_key = key_->open_sealed(nonces.first(nonce_bytes), crypto::sha256(bound), sealed.first(wrapped_key_bytes));
    if (record_key.has_error() && record_key.error().fault == Fault::denied) return changed_record(policy.id);
    if (record_key.has_error()) return record_key.error();
    return open_record(*record_key, nonces.subspan(nonce_bytes), bound, sealed.subspan(wrapped_key_bytes), policy.id);
}

Result<> KekToken::probe()
{
    const auto found = place();
    if (!found) return {};  // a former key that this store never had: nothing depends on it
    const ByteView value = found->check_value;
    auto secret = key_->open_sealed(value.first(nonce_bytes), as_bytes(check_purpose), value.subspan(nonce_bytes));
    if (secret.has_value()) return {};
    if (secret.error().fault != Fault::denied) return secret.error();
    return Error{Fault::config, name() + " is another key than the one that this store was written with"};
}

}  // namespace sealpost::keys
