#include "cli/report_commands.hpp"

#include "cli/answering.hpp"
#include "cli/own_store.hpp"
#include "cli/service_store.hpp"
#include "cli/stream_file.hpp"
#include "core/config/node_config.hpp"

namespace sealpost::cli {
namespace {

constexpr int most_listed = 10'000;
constexpr std::size_t max_file_bytes = 64 * 1024 * 1024;

}  // namespace

std::string pad(std::string text, std::size_t width)
{
    text.resize(std::max(text.size() + 1, width), ' ');
    return text;
}

std::string pad_number(std::int64_t number, std::size_t width)
{
    std::string text = std::to_string(number);
    return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::string format_day(WallTime time) { return format_rfc3339(time).substr(0, 10); }

std::string format_minute(WallTime time) { return format_rfc3339(time).substr(0, 16) + "Z"; }

Result<std::string> read_report_file(const std::string& path)
{
    SEALPOST_TRY(auto file, StreamFile::open(path));
    std::string octets;
    while (true) {
        SEALPOST_TRY(const std::string piece, file.read());
        if (piece.empty()) return octets;
        octets += piece;
        if (octets.size() > max_file_bytes) return Error{Fault::config, path + ": larger than 64 MiB"};
    }
}

Result<std::shared_ptr<db::Database>> open_database(const Context& context)
{
    SEALPOST_TRY(const auto config, config::load_config(context.config_path));
    return open_store(config, Missing::refused);
}

CLI::App* add_report_command(CLI::App& parent, Context& context, const std::string& name, const std::string& what,
                             ReportWork work, std::shared_ptr<ReportOptions> options)
{
    auto* command = parent.add_subcommand(name, what);
    command->callback(answering(context, work, std::move(options)));
    return command;
}

CLI::Option* add_limit(CLI::App& command, ReportOptions& options)
{
    return command.add_option("--limit", options.limit, "at most so many")
        ->check(CLI::Range(1, most_listed))
        ->capture_default_str();
}

void add_days(CLI::App& command, ReportOptions& options)
{
    command.add_option("--days", options.days, "reports of the last N days")
        ->type_name("N")
        ->check(CLI::Range(1, 4000))
        ->capture_default_str();
}

WallTime find_since(int days) { return system_clock().now() - std::chrono::days(days); }

}  // namespace sealpost::cli
