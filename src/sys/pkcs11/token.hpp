#pragma once

#include "sys/pkcs11/key_uri.hpp"
#include "sys/pkcs11/module.hpp"

namespace sealpost::pkcs11 {

// Where a key is in this life of its module.
struct FoundKey {
    unsigned life = 0;
    CK_SLOT_ID slot = 0;
    CK_OBJECT_HANDLE key = 0;
    CK_SESSION_HANDLE session = 0;  // stays open: with the last session of a process its sign-in ends
};

// Finds the token, signs in once, finds the key and checks that it is what we need.
[[nodiscard]] Result<FoundKey> find_key(Module& module, const KeyUri& uri);

}  // namespace sealpost::pkcs11
