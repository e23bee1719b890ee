#pragma once

#include "wire/tlsrpt/report.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sealpost::tlsreports {

// How parts of a report stand in the store: JSON that is the same for equal values. What was not written here is
// Fault::give_up when it is read.
[[nodiscard]] std::string format_policy(const tlsrpt::Policy& policy);  // without the domain
[[nodiscard]] Result<tlsrpt::Policy> parse_policy(std::string_view text);

[[nodiscard]] std::string format_failure(const tlsrpt::Failure& failure);  // without the count
[[nodiscard]] Result<tlsrpt::Failure> parse_failure(std::string_view text);

[[nodiscard]] std::string format_texts(const std::vector<std::string>& texts);
[[nodiscard]] Result<std::vector<std::string>> parse_texts(std::string_view text);

}  // namespace sealpost::tlsreports
