#pragma once

#include "serve/admin/desk.hpp"

namespace sealpost::admin {

// The calls by which administrators manage each other (doc/spec/key-api.md, "Administrators"): one of the node all of
// them, one of an account those who manage nothing but that account. And /api/v1/openapi/administrators.json, which describes
// them.
void add_administrator_routes(http::Router& router, const std::shared_ptr<const Desk>& desk);

}  // namespace sealpost::admin
