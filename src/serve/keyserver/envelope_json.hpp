#pragma once

#include "core/keys/envelope.hpp"
#include "sys/http/respond.hpp"

// The JSON forms of an envelope's record, as doc/spec/key-api.md has them.
namespace sealpost::keyserver {

[[nodiscard]] http::Checked<keys::NewEnvelope> parse_envelope(const boost::json::object& body, keys::EnvelopeId id,
                                                              keys::AccountId account);
[[nodiscard]] boost::json::object format_state(const keys::EnvelopeFacts& facts);
// As a row of a list, for those who look after it.
[[nodiscard]] boost::json::object format_row(const keys::EnvelopeFacts& facts);

}  // namespace sealpost::keyserver
