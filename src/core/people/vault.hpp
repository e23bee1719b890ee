#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "sys/async/task.hpp"

#include <string>
#include <string_view>

namespace sealpost::people {

// What stands in the store of a secret that must be read again.
struct WrappedSecret {
    int key_version = 0;
    Bytes nonce;
    Bytes sealed;

    bool operator==(const WrappedSecret&) const = default;
};

// Encrypts such secrets. This room knows no key: keys::KekVault does. Called outside of transactions: it may take long, and
// answers Fault::retry_later when the key is out of reach.
class Vault {
public:
    static constexpr std::string_view service_ring = "service";

    virtual ~Vault() = default;
    [[nodiscard]] virtual int newest_version() const = 0;
    // Which keys these are, as it stands beside what they wrap: nodes that share a store may have others.
    // Empty: not known, since the key cannot be opened; wrap and unwrap say why.
    [[nodiscard]] virtual std::string ring() const { return std::string(service_ring); }
    virtual Task<Result<WrappedSecret>> wrap(std::string bound_to, Secret secret) = 0;
    // Fault::config when the key is missing, or is not the one that wrapped this for `bound_to`.
    virtual Task<Result<Secret>> unwrap(std::string bound_to, WrappedSecret wrapped) = 0;
};

}  // namespace sealpost::people
