#pragma once

#include "base/clock.hpp"
#include "cli/context.hpp"
#include "sys/db/database.hpp"

#include <memory>
#include <string>

namespace sealpost::cli {

// What the commands about reports of DMARC and of TLS share.
struct ReportOptions {
    std::string file;
    std::string domain;
    std::int64_t number = 0;
    int limit = 100;
    int days = 30;
    bool save = false;
};
using ReportWork = Result<> (*)(Context&, const ReportOptions&);

CLI::App* add_report_command(CLI::App& parent, Context& context, const std::string& name, const std::string& what,
                             ReportWork work, std::shared_ptr<ReportOptions> options);
CLI::Option* add_limit(CLI::App& command, ReportOptions& options);
void add_days(CLI::App& command, ReportOptions& options);
[[nodiscard]] WallTime find_since(int days);  // that many days ago

[[nodiscard]] std::string pad(std::string text, std::size_t width);            // with a space behind it at least
[[nodiscard]] std::string pad_number(std::int64_t number, std::size_t width);  // to the right
[[nodiscard]] std::string format_day(WallTime time);                           // 2026-11-24
[[nodiscard]] std::string format_minute(WallTime time);                        // 2026-11-24T08:15Z

// The whole file, at most 64 MiB; "-" is standard input.
[[nodiscard]] Result<std::string> read_report_file(const std::string& path);
// The node's, beside a running server; Fault::config when there is none yet.
[[nodiscard]] Result<std::shared_ptr<db::Database>> open_database(const Context& context);

}  // namespace sealpost::cli
