#pragma once

#include "core/keys/envelope.hpp"
#include "core/keys/key_wrapper.hpp"
#include "core/people/audit.hpp"
#include "sys/db/connection.hpp"

namespace sealpost::keys {

// The rows of the store, for work inside a transaction.

struct Record {
    EnvelopeFacts facts;
    Sha256Value request_digest{};
    std::int64_t hosted_slot = 0;  // 0: none
};

// `state` is judged as of now: what is past its expiry is expired, whether swept or not.
[[nodiscard]] Result<std::optional<Record>> load_record(db::Connection& connection, const EnvelopeId& id, WallTime now);
[[nodiscard]] Result<> insert_record(db::Connection& connection, const NewEnvelope& envelope, WallTime now);

// That an id was an envelope's whose facts are gone. Nothing else is known of it.
[[nodiscard]] Result<> mark_forgotten(db::Connection& connection, const EnvelopeId& id);
[[nodiscard]] Result<bool> is_forgotten(db::Connection& connection, const EnvelopeId& id);

// Absent once it is destroyed.
[[nodiscard]] Result<std::optional<Wrapped>> load_wrapped(db::Connection& connection, const EnvelopeId& id);
[[nodiscard]] Result<> save_wrapped(db::Connection& connection, const EnvelopeId& id, const Wrapped& wrapped);

// What a key is bound to, and the key: looked at in one transaction, opened outside of any, since a token may take long.
struct Sealed {
    Policy policy;
    Wrapped wrapped;
};
// Fault::config when the key is not there.
[[nodiscard]] Result<Sealed> load_sealed(db::Connection& connection, const Policy& policy);
// False: it was changed since, and has to be looked at again.
[[nodiscard]] Result<bool> is_still(db::Connection& connection, const Policy& policy, const Sealed& seen);

// The versions of the key-encryption key that this store was written with.
[[nodiscard]] Result<std::vector<KnownVersion>> load_versions(db::Connection& connection);
// 0: none; also of a store without such tables yet.
[[nodiscard]] Result<int> find_highest_version(db::Connection& connection);
// Fault::retry_later: somebody else took one of the numbers meanwhile.
[[nodiscard]] Result<> save_versions(db::Connection& connection, const std::vector<KnownVersion>& versions);

// The end of a key: the wrapped octets, the lock's reason and the hosted copy go; the facts stay, for as long after `ended_at` as
// they are kept. It never ends before it was stored.
[[nodiscard]] Result<> destroy_key(db::Connection& connection, const EnvelopeId& id, State state, WallTime ended_at);

[[nodiscard]] Result<> delete_slot(db::Connection& connection, std::int64_t slot);

[[nodiscard]] Sha256Value to_sha256(ByteView bytes);  // all zero when the size is wrong

}  // namespace sealpost::keys
