#pragma once

#include "core/domains/domains.hpp"
#include "wire/route/tls_verdict.hpp"

#include <boost/json/object.hpp>

namespace sealpost::portal {

// The object `Domain` of doc/spec/key-api.md. What to do about a host is said in `language`.
[[nodiscard]] boost::json::object format_domain(const domains::Domain& domain, route::Language language);
[[nodiscard]] boost::json::object format_proof(const domains::Proof& proof);

}  // namespace sealpost::portal
