#include "sys/log/log.hpp"

#include "base/utf8.hpp"

#include <spdlog/details/file_helper.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include <sys/stat.h>

namespace sealpost::log {
namespace {

// Goes by its name: once the file was renamed or removed, as programs do that rotate logs, the next lines open it anew. That is
// looked at before the first line after a flush.
class FileSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    explicit FileSink(std::string path) : path_(std::move(path)) { open(); }

private:
    using Identity = std::pair<dev_t, ino_t>;
    static constexpr std::chrono::seconds pause_after_failure{10};

    [[nodiscard]] Identity find_identity() const
    {
        struct stat found {};
        return ::stat(path_.c_str(), &found) == 0 ? Identity(found.st_dev, found.st_ino) : Identity();
    }

    // Throws, and keeps the file that it has.
    void open()
    {
        auto opened = std::make_unique<spdlog::details::file_helper>();
        opened->open(path_);
        file_ = std::move(opened);
        identity_ = find_identity();
    }

    void sink_it_(const spdlog::details::log_msg& message) override
    {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        try {
            if (std::exchange(may_have_moved_, false) && std::chrono::steady_clock::now() >= try_again_ &&
                find_identity() != identity_)
                open();
        } catch (const spdlog::spdlog_ex&) {
            // Trying takes the library a while, in which whoever logs waits.
            try_again_ = std::chrono::steady_clock::now() + pause_after_failure;
            file_->write(line);
            throw;  // the library says on standard error what is wrong
        }
        file_->write(line);
    }

    void flush_() override
    {
        file_->flush();
        may_have_moved_ = true;
    }

    std::string path_;
    std::unique_ptr<spdlog::details::file_helper> file_;
    Identity identity_;
    bool may_have_moved_ = false;
    std::chrono::steady_clock::time_point try_again_{};
};

}  // namespace

// A file gets its lines in pieces, since a call of the kernel for each would be a good part of what a message costs: at
// once from a warning on, and every 50 ms. Standard error has each as it comes.
struct Log::Sink {
    static constexpr std::chrono::milliseconds pause{50};

    Sink(spdlog::sink_ptr target, bool is_file, Format f, Level l) : logger("sealpost", std::move(target)), format(f), least(l)
    {
        logger.set_pattern("%v");
        logger.set_level(spdlog::level::trace);
        logger.flush_on(is_file ? spdlog::level::warn : spdlog::level::trace);
        if (is_file) flusher = std::jthread([this](const std::stop_token& stop) { flush_until(stop); });
    }
    ~Sink()
    {
        flusher = {};
        logger.flush();
    }
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

    void write(Level level, std::string_view line)
    {
        logger.log(level >= Level::warning ? spdlog::level::warn : spdlog::level::info,
                   spdlog::string_view_t(line.data(), line.size()));
        if (!flusher.joinable() || has_lines.exchange(true)) return;
        const std::lock_guard lock(mutex);
        written.notify_one();
    }

    spdlog::logger logger;
    Format format;
    Level least;

private:
    void flush_until(const std::stop_token& stop)
    {
        std::unique_lock lock(mutex);
        while (written.wait(lock, stop, [this] { return has_lines.load(); })) {
            lock.unlock();
            std::this_thread::sleep_for(pause);
            has_lines = false;
            logger.flush();
            lock.lock();
        }
    }

    std::mutex mutex;
    std::condition_variable_any written;
    std::atomic<bool> has_lines = false;
    std::jthread flusher;
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

bool is_plain_in_json(char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

// What others say comes in any octets, and a line that is no UTF-8 is no JSON (RFC 8259 §8.1).
std::string quote_foreign(std::string_view text)
{
    std::string quoted = boost::json::serialize(boost::json::value(text));
    if (!is_utf8(text))
        std::replace_if(
            quoted.begin(), quoted.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
    return quoted;
}

// Nearly all that is logged needs no escape; the library knows those that do.
void append_quoted(std::string& line, std::string_view text)
{
    if (!std::all_of(text.begin(), text.end(), is_plain_in_json)) {
        line += quote_foreign(text);
        return;
    }
    line += '"';
    line += text;
    line += '"';
}

bool is_one_word(std::string_view text) { return !text.empty() && text.find_first_of(" \"=\\\t\r\n") == std::string_view::npos; }

struct ValueAppender {
    std::string& line;
    bool always_quoted;

    void operator()(std::string_view text) const
    {
        if (!always_quoted && is_one_word(text))
            line += text;
        else
            append_quoted(line, text);
    }
    void operator()(bool flag) const { line += flag ? "true" : "false"; }
    void operator()(std::int64_t number) const
    {
        std::array<char, 24> digits;
        line.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
    }
    void operator()(double number) const { line += boost::json::serialize(boost::json::value(number)); }
};

void append_json(std::string& line, std::string_view name, const Value& value)
{
    line += ',';
    append_quoted(line, name);
    line += ':';
    std::visit(ValueAppender{line, true}, value.get());
}

void append_text(std::string& line, std::string_view name, const Value& value)
{
    line += ' ';
    line += name;
    line += '=';
    std::visit(ValueAppender{line, false}, value.get());
}

void append_beginning(std::string& line, Format format, Level level, std::string_view event)
{
    const std::string time = format_rfc3339(SystemClock().now());
    if (format == Format::json) {
        line.append("{\"time\":\"").append(time).append("\",\"level\":\"").append(format_level(level)).append("\",\"event\":");
        append_quoted(line, event);
    } else {
        line.append(time).append(1, ' ').append(format_level(level)).append(1, ' ').append(event);
    }
}

}  // namespace

Log Log::to_stderr(Format format, Level least)
{
    Log log;
    log.sink_ = std::make_shared<Sink>(std::make_shared<spdlog::sinks::stderr_sink_mt>(), false, format, least);
    return log;
}

Log Log::to_file(const std::string& path, Format format, Level least)
{
    if (path.empty()) return to_stderr(format, least);
    Log log;
    log.sink_ = std::make_shared<Sink>(std::make_shared<FileSink>(path), true, format, least);
    return log;
}

Log Log::silent() { return Log(); }

void Log::write(Level level, std::string_view event, std::initializer_list<Field> fields) const
{
    if (!sink_ || level < sink_->least) return;
    thread_local std::string line;  // its room is used again
    line.clear();
    append_beginning(line, sink_->format, level, event);
    const auto append = sink_->format == Format::json ? append_json : append_text;
    for (const auto& [name, value] : context_) append(line, name, value);
    for (const auto& field : fields) append(line, field.name, field.value);
    if (sink_->format == Format::json) line += '}';
    sink_->write(level, line);
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
