#pragma once

#include "core/domains/domain.hpp"
#include "serve/tlstest/domain_test.hpp"

namespace sealpost::domaintests {

inline constexpr std::size_t most_hosts_told = 256;  // of one test; further ones can only be "not tested"

// Cuts the report of one host, as tlstest::to_json, to `most` octets: its texts first, then the chain, then further.
// Answers with its size. Below 1.5 KiB the promise ends.
std::size_t bound_host(boost::json::object& host, std::size_t most);

// The report without its hosts, 32 KiB at most.
[[nodiscard]] boost::json::object summarise(const tlstest::DomainTestResult& result);

// What is known after a test; find_record(): what core/domains keeps, absent when it could not tell.
[[nodiscard]] domains::TestRecord make_record(const tlstest::DomainTestResult& result, WallTime at, domains::TestCause cause);
[[nodiscard]] std::optional<domains::TestRecord> find_record(const tlstest::DomainTestResult& result, WallTime at,
                                                             domains::TestCause cause);

}  // namespace sealpost::domaintests
