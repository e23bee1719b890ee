#pragma once

#include "serve/domaintests/tests.hpp"
#include "wire/route/tls_verdict.hpp"

#include <boost/json/array.hpp>

namespace sealpost::domaintests {

// The objects of doc/spec/domain-tests-api.md and doc/spec/key-api.md. What to do about a host is said in `language`.
[[nodiscard]] boost::json::object format_domain(const domains::Domain& domain, Language language);
[[nodiscard]] boost::json::object format_proof(const domains::Proof& proof);
[[nodiscard]] boost::json::object format_progress(const Progress& progress, Language language);
[[nodiscard]] boost::json::object format_history(const std::vector<domains::TestRecord>& tests, Language language);

// A host as tlstest tells it, with `fix`.
[[nodiscard]] boost::json::object explain_host(const boost::json::object& host, Language language);
// The hosts of a stored report; none when it cannot be read.
[[nodiscard]] boost::json::array read_hosts(const std::string& report);

}  // namespace sealpost::domaintests
