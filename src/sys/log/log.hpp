// log: structured events and counters. One JSON object (or one text line) per event: time, level,
// event name, fields. Values are facts for operators: never a secret, never message text.
// A Log is a cheap handle that is passed along; there is no global one. Any thread may write.
#pragma once

#include "base/clock.hpp"
#include "sys/log/metrics.hpp"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace sealpost::log {

enum class Level { debug, info, warning, error };
enum class Format { json, text };

class Value {
public:
    Value(std::string_view text) : value_(text) {}
    Value(const std::string& text) : value_(std::string_view(text)) {}
    Value(const char* text) : value_(std::string_view(text)) {}
    Value(bool flag) : value_(flag) {}
    template <class Number>
    requires std::is_integral_v<Number> &&(!std::is_same_v<Number, bool>)Value(Number number)
        : value_(static_cast<std::int64_t>(number))
    {
    }
    Value(double number) : value_(number) {}

    [[nodiscard]] const std::variant<std::string_view, bool, std::int64_t, double>& get() const { return value_; }

private:
    std::variant<std::string_view, bool, std::int64_t, double> value_;
};

struct Field {
    std::string_view name;
    Value value;
};

class Log {
public:
    // Writes to standard error, to a file ("" = standard error), or nowhere.
    static Log to_stderr(Format format, Level least);
    static Log to_file(const std::string& path, Format format, Level least);
    static Log silent();

    void write(Level level, std::string_view event, std::initializer_list<Field> fields) const;
    void debug(std::string_view event, std::initializer_list<Field> fields) const { write(Level::debug, event, fields); }
    void info(std::string_view event, std::initializer_list<Field> fields) const { write(Level::info, event, fields); }
    void warning(std::string_view event, std::initializer_list<Field> fields) const { write(Level::warning, event, fields); }
    void error(std::string_view event, std::initializer_list<Field> fields) const { write(Level::error, event, fields); }

    // A handle whose events carry one more field, such as the node or the role.
    [[nodiscard]] Log with(std::string name, std::string value) const;
    // A handle that carries these counters; without them metrics() counts nothing.
    [[nodiscard]] Log with(Metrics metrics) const;
    [[nodiscard]] const Metrics& metrics() const { return metrics_; }

private:
    struct Sink;
    Log() = default;
    std::shared_ptr<Sink> sink_;
    std::vector<std::pair<std::string, std::string>> context_;
    Metrics metrics_;
};

}  // namespace sealpost::log
