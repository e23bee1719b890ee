#pragma once

#include "core/people/store.hpp"
#include "sys/async/task.hpp"
#include "sys/db/connection.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace sealpost::people {

// What a try is counted against. Keys of different kinds never meet; a locked password does not
// stop a code by mail.
struct GuardKey {
    // Kept in the store as numbers: new ones come last.
    enum class Kind {
        password,
        code,
        mail,
        envelope,
        network,
        network_mail,
        administrator,
        dns_question,
        password_change,
        release,
        link_release,
        reply,
        envelope_reply,
        password_anywhere,
        administrator_anywhere,
        mail_anywhere,
        second_factor,
        second_factor_anywhere,
        factor_change,
        challenge,
        sign_in_record,
        network_48,
        network_mail_48,
        challenge_48,
        compose,
        custody,
        mail_envelope,
        mail_envelopes,
        compose_network,
    };
    Kind kind = Kind::network;
    // The address, the envelope and the network or the person, the network (network_of), the administrator, the person
    // ("person:17").
    std::string name;
    // Of a password, a code, an administrator, a mail, a second factor: where the try comes from. It is then counted for that
    // network alone (a mail of an IPv6 /64 for its /48) and, unless somebody of that name signed in from there lately, for the
    // name from anywhere (…_anywhere): strangers elsewhere do not lock the owner out. Empty: for the name alone.
    std::string network = {};
    // Of a mail with a network: the envelope whose link the asker holds. It is then counted for the envelope and for all such
    // (mail_envelope, mail_envelopes), and not from anywhere: who holds no link keeps nobody waiting who does.
    std::string envelope = {};
};

struct GuardVerdict {
    bool admitted = true;
    std::chrono::seconds retry_after{0};  // at least 1 when not admitted
    WallTime at = {};                     // when it was judged
};

// Slows guessing down: a few free tries, then a pause that doubles with every failure up to a limit.
// Failures are forgotten one by one, so a lock-out ends by time alone. Counts live in the store, so
// that all nodes share them.
//                                   free   first pause   longest   one forgotten every
//   password, code, administrator      5           2 s       1 h                   1 h
//   second_factor (of a person, an administrator)
//                                      5           2 s       1 h                   1 h
//   password_change                    5           2 s       1 h                   1 h
//   factor_change (of the same)       20           2 s       1 h                10 min
//   release (one envelope to a person) 60         30 s       1 h                  1 min
//   link_release (to a network)     1000           1 s     5 min                    4 s
//   reply (of a person)               60        1 min       1 h                  1 min
//   envelope_reply (of it to one)     20         30 s       1 h                  3 min
//   custody (of what one has sent)    60        1 min       1 h                  1 min
//   compose (of a person)             20         30 s       1 h                  3 min
//   compose_network (begun from it)   60        1 min       1 h                  1 min
//   envelope                          10           2 s       1 h                10 min
//   network                           20           1 s    15 min                 1 min
//   password_anywhere, administrator_anywhere, second_factor_anywhere
//                                     50           2 s    15 min                15 min
//   mail (codes to one address)        3          30 s       1 h                10 min
//   mail_anywhere                     15          30 s    30 min                10 min
//   mail_envelope (codes to an address by the link of one envelope)
//                                      5          30 s    30 min                30 min
//   mail_envelopes (the same of all)  60          30 s    30 min                10 min
//   network_mail (codes it asks for)  60           1 s     5 min                 1 min
//   challenge (of a network)          60           1 s     5 min                  10 s
//   network_48, network_mail_48, challenge_48: of the /48 that an IPv6 network is part of
//                                 10 times           1 s  the same  a tenth of the same
//   dns_question (an administrator's) 20           1 s       30 s                  5 s
//   sign_in_record (of a name)        20         1 min       1 h                10 min
class Guard {
public:
    static constexpr std::chrono::days known_for{90};

    explicit Guard(Store store) : store_(std::move(store)) {}

    // Admits the try against all keys, or against none, and counts it as failed at once, so that
    // tries in parallel gain nothing.
    Task<Result<GuardVerdict>> admit(std::vector<GuardKey> keys);
    // The admitted try was right: forgets the counts, of networks, envelopes and tries from anywhere only this one try, and
    // remembers the network of each key that names one for known_for. Not for what costs us something however right it
    // is: that counts until time forgets it. With `admitted_at` (GuardVerdict) the pause that the try itself began ends, too,
    // unless another try was admitted since.
    Task<Result<>> note_success(std::vector<GuardKey> keys, std::optional<WallTime> admitted_at = std::nullopt);
    // The admitted try was never judged, for want of the store, of a place for its hash, of the vault: it counts no more, for
    // whomever, and the pause that it began itself ends. Nothing is remembered or forgotten besides.
    Task<Result<>> take_back(std::vector<GuardKey> keys, WallTime admitted_at);
    Task<Result<>> sweep();

private:
    Store store_;
};

// Whether somebody of the key's name signed in from its network within known_for.
[[nodiscard]] Result<bool> is_known_network(db::Connection& connection, const GuardKey& key, WallTime now);
// Guard::admit for a write job of this room.
[[nodiscard]] Result<GuardVerdict> admit_within(db::Connection& connection, const std::vector<GuardKey>& keys, WallTime now);

}  // namespace sealpost::people
