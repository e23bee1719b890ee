#pragma once

#include "base/secret.hpp"
#include "core/people/hash_line.hpp"
#include "sys/async/blocking_pool.hpp"
#include "sys/async/task.hpp"

#include <mutex>
#include <string>

namespace sealpost::people {

// Somebody who gave the right password, and the hash that proved it: Sessions::begin_with_password begins a session only
// while that one is still theirs.
template <class Who>
struct RightPassword {
    Who who;
    std::string hash;
};

// Argon2id off the worker threads, with a bound on what runs at once: each hash under way costs
// 64 MiB. Who goes first when many wait says HashLine; who finds no place in it has Fault::retry_later.
class PasswordChecker {
public:
    using Limits = HashLine::Limits;
    using Place = HashLine::Place;
    PasswordChecker();
    explicit PasswordChecker(Limits limits);

    struct Verdict {
        bool right = false;
        std::string better_hash;  // when right and the parameters have grown since: store this one
    };

    // For somebody who is signed in, or has a shell.
    Task<Result<std::string>> hash(Secret password);
    // An empty `hash` costs the same time and is never right.
    Task<Result<Verdict>> check(std::string hash, Secret password, Place place = {});

private:
    class Turn;
    HashLine line_;
    std::once_flag nobody_made_;
    std::string nobody_;  // the hash of a password that nobody knows
    async::BlockingPool pool_;
};

}  // namespace sealpost::people
