#pragma once

#include "core/keys/envelope.hpp"
#include "core/keys/kek.hpp"

namespace sealpost::keys {

// The policy as octets, the same for the same policy and for no other one.
[[nodiscard]] std::string format_policy(const Policy& policy);

// SHA-256 over everything that the gateway sent: tells a repeated request from a conflicting one.
[[nodiscard]] Sha256Value digest_request(const NewEnvelope& envelope);

// Under a version of a key file, whose record keys are derived.
[[nodiscard]] Wrapped wrap(const KekRing& ring, const Policy& policy, const Secret& identity, std::string_view subject);

// Fault::config when the version is absent, or when key, policy and wrapped octets do not belong together: somebody
// changed the record.
[[nodiscard]] Result<Unwrapped> unwrap(const KekRing& ring, const Policy& policy, const Wrapped& wrapped);

// Recognises a key-encryption key without telling anything about it.
[[nodiscard]] Sha256Value check_value_of(const KekRing::Version& version);

}  // namespace sealpost::keys
