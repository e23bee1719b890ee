#pragma once

#include "base/clock.hpp"
#include "core/keys/slots.hpp"
#include "sys/crypto/digest.hpp"
#include "sys/db/connection.hpp"

namespace sealpost::keys {

// A slot under way. Its row exists from the beginning, with an expiry that lets the sweep take it
// should nobody finish it.
struct SlotWriter::Progress {
    using Kind = SlotKind;

    std::shared_ptr<db::Database> database;
    Kind kind = Kind::ticket;
    std::int64_t slot = 0;
    EnvelopeId envelope;  // of a hosted copy
    std::uint64_t max_bytes = 0;
    SlotLimits limits;
    const Clock* clock = nullptr;
    RoomCheck has_room;

    crypto::Sha256 digest;
    std::string buffer;
    std::uint64_t size = 0;
    int next_place = 0;
    bool too_large = false;
    bool finished = false;
};

// Writes what is in the buffer as one piece.
[[nodiscard]] Task<Result<>> flush(SlotWriter::Progress& progress);

}  // namespace sealpost::keys
