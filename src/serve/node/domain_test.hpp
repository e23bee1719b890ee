#pragma once

#include "serve/doctor/doctor.hpp"
#include "serve/node/gateway_role.hpp"
#include "serve/node/machinery.hpp"
#include "serve/tlstest/domain_test.hpp"

namespace sealpost::node {

// How this node tests a domain: by its own names, ports and addresses.
[[nodiscard]] tlstest::DomainTestOptions make_domain_test_options(const config::NodeConfig& config);
// The TLS test of a domain, asked from the address that this node sends from.
Task<tlstest::DomainTestResult> run_domain_test(Machinery& machinery, std::string domain);

// What a doctor needs to know of this node; `gateway` null: not its role. Both outlive the examination.
Task<doctor::Parts> find_doctor_parts(Machinery& machinery, GatewayRole* gateway);

}  // namespace sealpost::node
