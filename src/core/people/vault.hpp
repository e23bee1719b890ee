#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

#include <string_view>

namespace sealpost::people {

// What stands in the store of a secret that must be read again.
struct WrappedSecret {
    int key_version = 0;
    Bytes nonce;
    Bytes sealed;
};

// Encrypts such secrets. This room knows no key: keys::KekVault does. Called on threads of the database; may block there.
class Vault {
public:
    virtual ~Vault() = default;
    [[nodiscard]] virtual int newest_version() const = 0;
    virtual Result<WrappedSecret> wrap(std::string_view bound_to, const Secret& secret) = 0;
    // Fault::config when the key is missing, or is not the one that wrapped this for `bound_to`.
    virtual Result<Secret> unwrap(std::string_view bound_to, const WrappedSecret& wrapped) = 0;
};

}  // namespace sealpost::people
