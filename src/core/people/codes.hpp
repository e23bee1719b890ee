#pragma once

#include "base/secret.hpp"
#include "core/people/store.hpp"
#include "sys/async/task.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <variant>

namespace sealpost::people {

struct CodeRequest {
    std::string address;                  // normalised
    bool may_sign_in = false;             // the address is a recipient or a person; else nothing is ever right
    std::optional<std::string> replaces;  // the browser's former challenge, void from now on
};

// The browser keeps the challenge and shows the reference words; the mail carries code and words.
struct Challenge {
    std::string challenge;  // 43 characters of base64url
    std::string reference;  // "AMBER-RIVER"
    WallTime expires_at;
    Secret code;  // 8 digits, for the mail and nobody else; mail it only when may_sign_in
};

struct CodeRight {
    std::string address;
};
struct CodeWrong {
    int tries_left = 0;
};
struct CodeExpired {};  // too old, used, replaced, or out of tries
using CodeVerdict = std::variant<CodeRight, CodeWrong, CodeExpired>;

// Codes by mail. Kept as HMAC under a pepper that is not in the store; one code signs in once.
class Codes {
public:
    static constexpr int most_tries = 5;
    static constexpr std::chrono::minutes lifetime{10};

    // An empty pepper stands for a random one: codes then work only in the process that made them.
    Codes(Store store, Secret pepper);

    // Does the same work whoever asks, so that time tells nothing.
    Task<Result<Challenge>> begin(CodeRequest request);
    // Counts the try and uses up a right code in one transaction. Ask the Guard first.
    Task<Result<CodeVerdict>> check(std::string challenge, Secret code);
    // Whose code it is, for the Guard's key; absent when no code opens the challenge any more (CodeExpired).
    Task<Result<std::optional<std::string>>> find_address(std::string challenge);
    Task<Result<>> sweep();

private:
    Store store_;
    std::shared_ptr<const Secret> pepper_;
};

}  // namespace sealpost::people
