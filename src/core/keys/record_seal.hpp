#pragma once

#include "core/keys/key_wrapper.hpp"

namespace sealpost::keys {

// A record under its own key, however that key is had.

// The policy as octets, then the version: what the sealed octets are bound to.
[[nodiscard]] std::string format_associated_data(const Policy& policy, int kek_version);

[[nodiscard]] Bytes seal_record(const Secret& record_key, ByteView nonce, std::string_view bound, const Secret& identity,
                                std::string_view subject);
[[nodiscard]] Result<Unwrapped> open_record(const Secret& record_key, ByteView nonce, std::string_view bound, ByteView sealed,
                                            const EnvelopeId& id);

// Somebody changed the record, or what is wrapped.
[[nodiscard]] Error changed_record(const EnvelopeId& id);

}  // namespace sealpost::keys
