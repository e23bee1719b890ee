#pragma once

#include "serve/admin/desk.hpp"

namespace sealpost::admin {

// The calls by which administrators look after their own second factor (doc/spec/key-api.md, "Administrators").
void add_factor_routes(http::Router& router, const std::shared_ptr<const Desk>& desk);

// What a verdict about factors ends a call with; for all but FactorVerdict::done.
[[nodiscard]] http::Problem problem_of(people::FactorVerdict verdict);

}  // namespace sealpost::admin
