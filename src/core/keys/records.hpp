#pragma once

#include "core/keys/envelope.hpp"
#include "core/keys/wrap.hpp"
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

// Absent once it is destroyed.
[[nodiscard]] Result<std::optional<Wrapped>> load_wrapped(db::Connection& connection, const EnvelopeId& id);
[[nodiscard]] Result<> save_wrapped(db::Connection& connection, const EnvelopeId& id, const Wrapped& wrapped);

// The end of a key: the wrapped octets, the lock's reason and the hosted copy go; the facts stay.
[[nodiscard]] Result<> destroy_key(db::Connection& connection, const EnvelopeId& id, State state);

[[nodiscard]] Result<> delete_slot(db::Connection& connection, std::int64_t slot);

[[nodiscard]] Sha256Value to_sha256(ByteView bytes);  // all zero when the size is wrong

}  // namespace sealpost::keys
