#pragma once

#include "serve/admin/desk.hpp"

namespace sealpost::admin {

inline constexpr std::string_view session_cookie = "__Host-sealpost-admin";

void add_session_routes(http::Router& router, const std::shared_ptr<const Desk>& desk);

}  // namespace sealpost::admin
