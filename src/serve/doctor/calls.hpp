#pragma once

#include "serve/admin/desk.hpp"
#include "serve/doctor/doctor.hpp"
#include "sys/http/router.hpp"

namespace sealpost::doctor {

// Asked for each examination, with the areas of who asks: what the node knows changes, and not everybody may see it.
using FindParts = std::function<Parts(const std::vector<admin::Area>& areas)>;

// POST /api/v1/doctor, for administrators of an account or of the node.
void add_routes(http::Router& router, std::shared_ptr<const admin::Desk> desk, FindParts find_parts);

}  // namespace sealpost::doctor
