#pragma once

#include "cli/context.hpp"
#include "wire/dmarc/report.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace sealpost::cli {

// The commands about reports, under `dmarc`.
void add_dmarc_report_commands(CLI::App& group, Context& context);

[[nodiscard]] boost::json::object to_json(const dmarc::ReportRow& row);
[[nodiscard]] boost::json::object to_json(const dmarc::PolicyPublished& policy);
[[nodiscard]] boost::json::object to_json(const dmarc::AggregateReport& report);
[[nodiscard]] std::string describe(const dmarc::AggregateReport& report);

}  // namespace sealpost::cli
