#pragma once

#include "core/config/node_config.hpp"
#include "serve/admin/desk.hpp"
#include "serve/doctor/doctor.hpp"
#include "serve/domaintests/tests.hpp"

namespace sealpost::node {

struct Machinery;

// What the configuration tells a doctor: the envelope service, and the selectors that this node signs with.
[[nodiscard]] doctor::Parts doctor_parts_of(const config::NodeConfig& config);

// The TLS test of an administrator with those areas: only the node's own may have every address tested
// (doc/decisions/0040).
[[nodiscard]] domaintests::TestOrder make_doctor_order(const config::NodeConfig& config, const std::vector<admin::Area>& areas);

// What a doctor needs to know of this node to answer such an administrator. `snapshot` null: not a gateway. The
// machinery outlives the examination.
[[nodiscard]] doctor::Parts find_doctor_parts(Machinery& machinery, std::shared_ptr<const policy::Snapshot> snapshot,
                                              const std::vector<admin::Area>& areas);

}  // namespace sealpost::node
