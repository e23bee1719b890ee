#pragma once

#include "wire/dmarc/report.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sealpost::dmarcreports {

// How parts of a report stand in the store: JSON that is the same for equal values. What was not written here
// is Fault::give_up when it is read.
[[nodiscard]] std::string format_row(const dmarc::ReportRow& row);  // without the count
[[nodiscard]] Result<dmarc::ReportRow> parse_row(std::string_view text);

[[nodiscard]] std::string format_policy(const dmarc::PolicyPublished& policy);  // without the domain
[[nodiscard]] Result<dmarc::PolicyPublished> parse_policy(std::string_view text);

[[nodiscard]] std::string format_addresses(const std::vector<dmarc::ReportAddress>& addresses);
[[nodiscard]] Result<std::vector<dmarc::ReportAddress>> parse_addresses(std::string_view text);

[[nodiscard]] std::string format_texts(const std::vector<std::string>& texts);
[[nodiscard]] Result<std::vector<std::string>> parse_texts(std::string_view text);

}  // namespace sealpost::dmarcreports
