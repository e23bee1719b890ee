#include "sys/log/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

namespace sealpost::log {

struct Log::Sink {
    Sink(spdlog::sink_ptr target, Format f, Level l) : logger("sealpost", std::move(target)), format(f), least(l)
    {
        logger.set_pattern("%v");
        logger.set_level(spdlog::level::trace);
        logger.flush_on(spdlog::level::trace);
    }
    spdlog::logger logger;
    Format format;
    Level least;
};

namespace {

std::string_view format_level(Level level)
{
    switch (level) {
        case Level::debug: return "debug";
        case Level::info: return "info";
        case Level::warning: return "warning";
        case Level::error: return "error";
    }
    return "unknown";
}

std::string quote(std::string_view text) { return boost::json::serialize(boost::json::value(text)); }

std::string format_value(const Value& value, bool always_quoted)
{
    struct Visitor {
        bool quoted;
        std::string operator()(std::string_view text) const
        {
            const bool plain = !quoted && !text.empty() && text.find_first_of(" \"=\\\t\r\n") == std::string_view::npos;
            return plain ? std::string(text) : quote(text);
        }
        std::string operator()(bool flag) const { return flag ? "true" : "false"; }
        std::string operator()(std::int64_t number) const { return std::to_string(number); }
        std::string operator()(double number) const { return boost::json::serialize(boost::json::value(number)); }
    };
    return std::visit(Visitor{always_quoted}, value.get());
}

void append_json(std::string& line, std::string_view name, const Value& value)
{
    line += ',' + quote(name) + ':' + format_value(value, true);
}

void append_text(std::string& line, std::string_view name, const Value& value)
{
    line += ' ';
    line += name;
    line += '=' + format_value(value, false);
}

}  // namespace

Log Log::to_stderr(Format format, Level least)
{
    Log log;
    log.sink_ = std::make_shared<Sink>(std::make_shared<spdlog::sinks::stderr_sink_mt>(), format, least);
    return log;
}

Log Log::to_file(const std::string& path, Format format, Level least)
{
    if (path.empty()) return to_stderr(format, least);
    Log log;
    log.sink_ = std::make_shared<Sink>(std::make_shared<spdlog::sinks::basic_file_sink_mt>(path), format, least);
    return log;
}

Log Log::silent() { return Log(); }

void Log::write(Level level, std::string_view event, std::initializer_list<Field> fields) const
{
    if (!sink_ || level < sink_->least) return;
    const std::string time = format_rfc3339(SystemClock().now());
    const bool json = sink_->format == Format::json;
    const auto append = json ? append_json : append_text;
    std::string line;
    if (json) {
        line = "{\"time\":\"" + time + "\",\"level\":\"" + std::string(format_level(level)) + "\",\"event\":" + quote(event);
    } else {
        line = time + ' ' + std::string(format_level(level)) + ' ' + std::string(event);
    }
    for (const auto& [name, value] : context_) append(line, name, value);
    for (const auto& field : fields) append(line, field.name, field.value);
    if (json) line += '}';
    sink_->logger.log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

Log Log::with(std::string name, std::string value) const
{
    Log log = *this;
    log.context_.emplace_back(std::move(name), std::move(value));
    return log;
}

Log Log::with(Metrics metrics) const
{
    Log log = *this;
    log.metrics_ = std::move(metrics);
    return log;
}

}  // namespace sealpost::log
