#pragma once

#include "serve/admin/desk.hpp"

namespace sealpost::admin {

inline constexpr std::string_view session_cookie = "__Host-sealpost-admin";
inline constexpr std::size_t max_code_bytes = 40;  // of a one-time or a recovery code, as somebody may type it

void add_session_routes(http::Router& router, const std::shared_ptr<const Desk>& desk);

// A session that has just begun, or goes on under a new token, with its cookie.
Task<http::Checked<http::Response>> answer_session(const Desk& desk, people::Administrator administrator,
                                                   people::NewSession session);

}  // namespace sealpost::admin
