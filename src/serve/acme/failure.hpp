#pragma once

#include "base/result.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace sealpost::acme {

// Why a try to have a certificate issued ended without one.
struct Failure {
    enum class Kind {
        unreachable,  // nothing was asked of the authority: no connection, a time-out, a server that is out of order
        refused,      // it said no, or could not see that a name is ours
        broken,       // its answer is none that RFC 8555 allows
        ours,         // a file that cannot be written, a certificate that was not installed
    };
    Failure() = default;
    Failure(Kind k, std::string t, std::optional<std::chrono::seconds> r = std::nullopt)
        : kind(k), text(std::move(t)), retry_after(r)
    {
    }
    Failure(const Error& error);  // NOLINT(google-explicit-constructor): errors end a try as they are

    Kind kind = Kind::ours;
    std::string text;  // one line for people
    std::optional<std::chrono::seconds> retry_after;
    bool account_is_gone = false;
};

template <class T = void>
using Tried = boost::system::result<T, Failure>;

}  // namespace sealpost::acme
