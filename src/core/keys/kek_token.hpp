#pragma once

#include "core/keys/key_wrapper.hpp"
#include "sys/pkcs11/key.hpp"

#include <mutex>

namespace sealpost::keys {

// A key-encryption key in a token, one version of it. The token wraps a fresh key for each record, which seals the record
// here: what goes through the token is small, whatever the envelope (doc/spec/keys.md, "Wrapping").
class KekToken final : public KeyWrapper {
public:
    explicit KekToken(std::shared_ptr<pkcs11::Key> key) : key_(std::move(key)) {}

    Result<std::vector<KnownVersion>> recognise(const std::vector<KnownVersion>& known, bool may_introduce) override;
    Result<> need(int version) override;
    [[nodiscard]] int newest() const override;
    [[nodiscard]] int oldest() const override { return newest(); }
    [[nodiscard]] Secret derive(std::string_view purpose) const override;
    Result<Wrapped> wrap(const Policy& policy, const Secret& identity, std::string_view subject) override;
    Result<Unwrapped> unwrap(const Policy& policy, const Wrapped& wrapped) override;
    Result<> probe() override;

    [[nodiscard]] const std::string& name() const { return key_->name(); }

private:
    // Its number in this store, with the secret that the check value holds.
    struct Place {
        int number = 0;
        Bytes check_value;
        Secret own_secret;
    };
    Result<bool> opens(const KnownVersion& version);
    Result<KnownVersion> introduce(int number);
    Result<std::shared_ptr<const Place>> find_place() const;
    void settle(int number, Bytes check_value, Secret own_secret);
    [[nodiscard]] std::shared_ptr<const Place> place() const;

    std::shared_ptr<pkcs11::Key> key_;
    mutable std::mutex guard_;
    std::shared_ptr<const Place> place_;  // null: not known to the store
};

}  // namespace sealpost::keys
