#pragma once

#include "core/keys/key_wrapper.hpp"

namespace sealpost::keys {

// The key that wraps now, and those that did before it and still open: while a service goes over from one to the next.
class KekChain final : public KeyWrapper {
public:
    KekChain(std::shared_ptr<KeyWrapper> current, std::vector<std::shared_ptr<KeyWrapper>> former);

    Result<std::vector<KnownVersion>> recognise(const std::vector<KnownVersion>& known, bool may_introduce) override;
    Result<> need(int version) override;
    [[nodiscard]] int newest() const override { return all_.front()->newest(); }
    [[nodiscard]] int oldest() const override;
    [[nodiscard]] Secret derive(std::string_view purpose) const override;
    Result<Wrapped> wrap(const Policy& policy, const Secret& identity, std::string_view subject) override;
    Result<Unwrapped> unwrap(const Policy& policy, const Wrapped& wrapped) override;
    Result<> probe() override;

private:
    Result<KeyWrapper*> find(int version);
    std::vector<std::shared_ptr<KeyWrapper>> all_;  // the current one first
};

}  // namespace sealpost::keys
