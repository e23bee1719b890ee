#pragma once

#include "core/keys/envelope.hpp"
#include "core/keys/kek.hpp"

namespace sealpost::keys {

// What stands in the store of an identity (doc/spec/keys.md, "Wrapping").
struct Wrapped {
    int kek_version = 0;
    Bytes nonce;
    Bytes sealed;
};

struct Unwrapped {
    Secret identity;
    std::string subject;
};

// The policy as octets, the same for the same policy and for no other one.
[[nodiscard]] std::string format_policy(const Policy& policy);

// SHA-256 over everything that the gateway sent: tells a repeated request from a conflicting one.
[[nodiscard]] Sha256Value digest_request(const NewEnvelope& envelope);

[[nodiscard]] Wrapped wrap(const KekRing& ring, const Policy& policy, const Secret& identity, std::string_view subject);

// Fault::config when the key-encryption key is absent, or when key, policy and wrapped octets do not
// belong together: somebody changed the record.
[[nodiscard]] Result<Unwrapped> unwrap(const KekRing& ring, const Policy& policy, const Wrapped& wrapped);

// Recognises a key-encryption key without telling anything about it.
[[nodiscard]] Sha256Value check_value_of(const KekRing::Version& version);

}  // namespace sealpost::keys
