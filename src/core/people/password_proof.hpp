#pragma once

#include "core/people/password_checker.hpp"
#include "core/people/sessions.hpp"

// How a given password is proven, the same for persons and administrators, for jobs of this room.
namespace sealpost::people {

// What the store knows before the password is looked at.
struct KnownPassword {
    SessionOwner owner;  // whose hash it is
    std::string hash;    // empty: of nobody who may sign in
    PasswordChecker::Place place;
};

// The hash that proved the password: a better one when the parameters have grown since. Absent when the password is wrong, or
// was changed while it was checked. `checker` outlives the call.
Task<Result<std::optional<std::string>>> prove_password(Store store, PasswordChecker& checker, KnownPassword known,
                                                        Secret password);

}  // namespace sealpost::people
