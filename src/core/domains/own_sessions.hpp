#pragma once

#include "base/secret.hpp"
#include "core/people/store.hpp"
#include "sys/async/task.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace sealpost::domains {

struct OwnSession {
    std::string domain;
    std::string csrf;
};

struct NewOwnSession {
    Secret token;      // for the cookie; the store keeps its SHA-256
    std::string csrf;  // useless without it
};

// The sessions of domains' own administrators, who have no account: each manages one domain for an hour, and ends
// when anybody proves the domain anew.
class OwnSessions {
public:
    static constexpr std::chrono::hours lifetime{1};

    explicit OwnSessions(people::Store store) : store_(std::move(store)) {}

    // Right after the proof.
    Task<Result<NewOwnSession>> begin(std::string domain);
    Task<Result<std::optional<OwnSession>>> find(Secret token);
    Task<Result<>> end(Secret token);
    Task<Result<>> sweep();

private:
    people::Store store_;
};

}  // namespace sealpost::domains
