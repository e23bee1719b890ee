#pragma once

#include "core/people/sessions.hpp"
#include "sys/crypto/digest.hpp"

namespace sealpost::db {
class Connection;
}

// Sessions as rows, for jobs of this room that judge and begin one in the same transaction.
namespace sealpost::people {

// Whose session it is, as the tables say it: sessions and second factors.
[[nodiscard]] Sessions::Kind kind_of(const SessionOwner& owner);
[[nodiscard]] std::int64_t id_of(const SessionOwner& owner);

struct SessionRow {
    std::int64_t owner = 0;
    Assurance assurance = Assurance::mailbox;
    WallTime signed_in_at;
};

// A session that shall begin: its token is made before the transaction.
struct SessionSeed {
    SessionSeed();
    // After the transaction, for whoever asked for it.
    [[nodiscard]] NewSession take() { return {std::move(token), std::move(csrf), signed_in_at}; }

    Secret token;
    std::string csrf;
    crypto::Digest256 digest;
    WallTime signed_in_at = {};  // once it has begun
};

// Absent when unknown or over.
Result<std::optional<SessionRow>> load_session(db::Connection& connection, Sessions::Kind kind, ByteView digest, WallTime now);
// In the place of the one with the digest `former`, which may be nobody's.
Result<> replace_session(db::Connection& connection, Sessions::Kind kind, const SessionRow& row, SessionSeed& seed,
                         ByteView former, WallTime now);
// All sessions of the owner but the one with the digest `kept`, which may be nobody's.
Result<> end_other_sessions(db::Connection& connection, const SessionOwner& owner, ByteView kept);

}  // namespace sealpost::people
