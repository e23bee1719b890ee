// base: the words that every room speaks. Results and faults, bytes, secrets, strong ids, clocks,
// text. No I/O, no threads, no global state. A failure here is always a value, never an exception.
#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace sealpost {

// What the caller can do about an expected failure. Tests compare these, never the text.
enum class Fault {
    retry_later,    // temporary: DNS time-out, connection refused, store busy, disk full
    give_up,        // permanent: it will fail again in the same way
    peer_broke_it,  // the other side (or its bytes) broke the protocol or the format
    denied,         // we understood, and the answer is no
    cancelled,      // a deadline passed or the parent stopped
    config,         // the operator must change something; the text says what and where
};

[[nodiscard]] std::string_view format_fault(Fault fault);

struct Error {
    Fault fault = Fault::give_up;
    std::string text;  // for people: what happened and where; no secret, no message text

    // Context is added once, where it is known: "cannot open queue: disk full".
    [[nodiscard]] Error in(std::string_view context) const;
};

template <class T = void>
using Result = boost::system::result<T, Error>;

// Called by Result::value() when there is none: a promise of ours is broken.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

}  // namespace sealpost

// SEALPOST_TRY(auto name, expression): the value, or return the error to the caller.
// SEALPOST_CHECK(expression): the same for Result<>. The CO_ forms are for coroutines.
#define SEALPOST_JOIN_(a, b) a##b
#define SEALPOST_NAME_(a, b) SEALPOST_JOIN_(a, b)
#define SEALPOST_TRY_(give, slot, variable, ...) \
    auto&& slot = (__VA_ARGS__);                 \
    if (slot.has_error()) give slot.error();     \
    variable = std::move(*slot)
#define SEALPOST_TRY(variable, ...) SEALPOST_TRY_(return, SEALPOST_NAME_(result_, __LINE__), variable, __VA_ARGS__)
#define SEALPOST_CO_TRY(variable, ...) SEALPOST_TRY_(co_return, SEALPOST_NAME_(result_, __LINE__), variable, __VA_ARGS__)
#define SEALPOST_CHECK_(give, slot, ...)         \
    do {                                         \
        auto&& slot = (__VA_ARGS__);             \
        if (slot.has_error()) give slot.error(); \
    } while (false)
#define SEALPOST_CHECK(...) SEALPOST_CHECK_(return, SEALPOST_NAME_(result_, __LINE__), __VA_ARGS__)
#define SEALPOST_CO_CHECK(...) SEALPOST_CHECK_(co_return, SEALPOST_NAME_(result_, __LINE__), __VA_ARGS__)
