#pragma once

#include "core/people/store.hpp"
#include "sys/async/task.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace sealpost::people {

// What a try is counted against. Keys of different kinds never meet; a locked password does not
// stop a code by mail.
struct GuardKey {
    enum class Kind { password, code, mail, envelope, network, administrator };
    Kind kind = Kind::network;
    std::string name;  // the address, the envelope id, the network (network_of), the administrator
};

struct GuardVerdict {
    bool admitted = true;
    std::chrono::seconds retry_after{0};  // at least 1 when not admitted
};

// Slows guessing down: a few free tries, then a pause that doubles with every failure up to a limit.
// A lock-out ends by time alone. Counts live in the store, so that all nodes share them.
//   password, administrator, code: 5 free, then 2 s doubling to 1 h
//   envelope: 10 free, 2 s doubling to 1 h; network: 20 free, 1 s doubling to 15 min
//   mail (codes sent to one address): 3 free, 30 s doubling to 1 h
// A count is forgotten after 24 hours without a failure.
class Guard {
public:
    explicit Guard(Store store) : store_(std::move(store)) {}

    // Admits the try against all keys, or against none, and counts it as failed at once, so that
    // tries in parallel gain nothing.
    Task<Result<GuardVerdict>> admit(std::vector<GuardKey> keys);
    // The admitted try was right: forgets the counts, of a network only this one try.
    Task<Result<>> note_success(std::vector<GuardKey> keys);
    Task<Result<>> sweep();

private:
    Store store_;
};

}  // namespace sealpost::people
