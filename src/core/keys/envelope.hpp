#pragma once

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/secret.hpp"
#include "core/people/assurance.hpp"
#include "core/people/ids.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::keys {

using people::AccountId;
using people::Assurance;

using EnvelopeId = Id<struct EnvelopeIdTag, std::string>;  // 26 characters, see parse_envelope_id
using Sha256Value = std::array<std::uint8_t, 32>;

// 26 characters of lower-case base32 (RFC 4648 alphabet, no padding), the last one's spare bits zero.
[[nodiscard]] std::optional<EnvelopeId> parse_envelope_id(std::string_view text);
[[nodiscard]] EnvelopeId make_envelope_id();

struct Rights {
    bool reply = false;
    bool reply_all = false;
    bool forward = false;
    friend bool operator==(const Rights&, const Rights&) = default;
};

struct Sender {
    std::string address;
    std::string name;
    friend bool operator==(const Sender&, const Sender&) = default;
};

// What the gateway tells of an envelope and nobody may change unnoticed: the record that binds the
// wrapped key (doc/spec/keys.md). The subject is content and travels with the key instead.
struct Policy {
    EnvelopeId id;
    AccountId account;
    Sha256Value sha256{};    // of the binary age file
    std::uint64_t size = 0;  // of the same
    Sender sender;
    std::string message_id;
    std::vector<std::string> recipients;  // normalised, without doubles, at least one
    std::string profile;
    Assurance assurance = Assurance::mailbox;
    WallTime expires_at;
    Rights rights;
    bool receipt = false;
    bool hosted = false;
    bool by_service = false;  // what somebody wrote at the service: no account sealed it, or answers for it
};

struct NewEnvelope {
    Policy policy;
    Secret identity;  // "AGE-SECRET-KEY-1…"
    std::string subject;
};

enum class State { open, locked, expired, erased };
[[nodiscard]] std::string_view format_state(State state);

// Kept in the store as numbers.
enum class LockedBy { account, sender };
[[nodiscard]] std::string_view format_locked_by(LockedBy side);

struct RecipientFacts {
    std::string address;
    std::optional<WallTime> released_at;   // the first time
    std::optional<Assurance> assurance;    // at that time
    std::optional<WallTime> displayed_at;  // as the reader reported
};

struct EnvelopeFacts {
    Policy policy;
    WallTime sent_at;  // when the record was stored
    State state = State::open;
    std::string lock_reason;
    LockedBy locked_by = LockedBy::account;  // while it is locked
    std::vector<RecipientFacts> recipients;
    std::optional<WallTime> link_released_at;  // to somebody unnamed who held the link (assurance low)
    bool has_hosted_copy = false;
};

// Somebody who wrote: in an envelope of this account.
struct Correspondent {
    AccountId account;
    Sender sender;  // as the last of these envelopes names them
    WallTime sent_at;
};

}  // namespace sealpost::keys
