#pragma once

#include "serve/admin/desk.hpp"
#include "serve/doctor/doctor.hpp"
#include "sys/http/router.hpp"

namespace sealpost::doctor {

// POST /api/v1/doctor, for administrators of an account or of the node. `find_parts` is asked for each
// examination: what the node knows changes.
void add_routes(http::Router& router, std::shared_ptr<const admin::Desk> desk, std::function<Task<Parts>()> find_parts);

}  // namespace sealpost::doctor
