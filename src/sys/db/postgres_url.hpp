#pragma once

#include "base/result.hpp"

#include <string>

namespace sealpost::db {

// What a "postgresql://…" says about the way to the server, as libpq reads it.
struct PostgresUrl {
    bool is_local = false;      // a socket, or loopback: nobody can stand between
    bool has_password = false;  // in the URL itself; a password file or the service file is the better place
    std::string sslmode;        // as it is said; empty: nothing is

    // Fault::config tells what is wrong with it, without quoting it.
    [[nodiscard]] static Result<PostgresUrl> parse(const std::string& url);

    // Whether TLS proves who the server is. Where the URL does not say how, it does (PostgresSession::open).
    [[nodiscard]] bool is_proven() const { return is_local || sslmode.empty() || sslmode == "verify-full"; }
};

}  // namespace sealpost::db
