#include "core/config/tree.hpp"

// toml++ 3.3 asserts on texts such as "[,]" (and assumes the same with NDEBUG) instead of refusing
// them. Its assumptions stay checked here in every build, and a broken one refuses the text.
#undef NDEBUG
namespace {
struct BrokenAssumption {};
constexpr void assume(bool holds)
{
    if (!holds) throw BrokenAssumption{};
}
}  // namespace
#define TOML_ASSERT(expression) assume(static_cast<bool>(expression))
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace sealpost::config {
namespace {

constexpr int max_depth = 12;
// A dotted key makes a table for every dot; this many on one line is an attack on the stack.
constexpr int max_bare_dots_per_line = 24;

bool has_deep_key(std::string_view text)
{
    int dots = 0;
    char quote = 0;
    bool is_comment = false;
    for (const char c : text) {
        if (c == '\n') {
            dots = 0;
            quote = 0;
            is_comment = false;
        } else if (is_comment) {
            continue;
        } else if (quote != 0) {
            if (c == quote) quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '#') {
            is_comment = true;
        } else if (c == '.' && ++dots > max_bare_dots_per_line) {
            return true;
        }
    }
    return false;
}

std::optional<Value> convert(const toml::node& node, int depth);

std::optional<Value> convert_list(const toml::array& array, int depth)
{
    Value value;
    value.kind = Value::Kind::list;
    for (const auto& item : array) {
        auto converted = convert(item, depth + 1);
        if (!converted) return std::nullopt;
        value.items.push_back(std::move(*converted));
    }
    return value;
}

std::optional<Value> convert_table(const toml::table& table, int depth)
{
    Value value;
    value.kind = Value::Kind::table;
    for (const auto& [key, item] : table) {
        auto converted = convert(item, depth + 1);
        if (!converted) return std::nullopt;
        // A table's own place is its header; a plain value's is that of its key.
        if (converted->line == 0) converted->line = static_cast<int>(key.source().begin.line);
        value.members.push_back({std::string(key.str()), std::move(*converted)});
    }
    std::stable_sort(value.members.begin(), value.members.end(),
                     [](const auto& a, const auto& b) { return a.value.line < b.value.line; });
    return value;
}

Value convert_scalar(const toml::node& node)
{
    Value value;
    if (const auto* text = node.as_string()) {
        value.kind = Value::Kind::text;
        value.text = text->get();
    } else if (const auto* number = node.as_integer()) {
        value.kind = Value::Kind::number;
        value.number = number->get();
    } else if (const auto* real = node.as_floating_point()) {
        value.kind = Value::Kind::real;
        value.real = real->get();
    } else if (const auto* flag = node.as_boolean()) {
        value.kind = Value::Kind::flag;
        value.flag = flag->get();
    }
    return value;
}

std::optional<Value> convert(const toml::node& node, int depth)
{
    if (depth > max_depth) return std::nullopt;
    std::optional<Value> value;
    if (const auto* array = node.as_array())
        value = convert_list(*array, depth);
    else if (const auto* table = node.as_table())
        value = convert_table(*table, depth);
    else
        value = convert_scalar(node);
    if (!value) return std::nullopt;
    value->line = static_cast<int>(node.source().begin.line);
    value->column = static_cast<int>(node.source().begin.column);
    if (value->line == 0 && !value->items.empty()) value->line = value->items.front().line;
    return value;
}

}  // namespace

Value Value::of_text(std::string text)
{
    Value value;
    value.kind = Kind::text;
    value.text = std::move(text);
    return value;
}

Value Value::of_number(std::int64_t number)
{
    Value value;
    value.kind = Kind::number;
    value.number = number;
    return value;
}

Value Value::of_flag(bool flag)
{
    Value value;
    value.kind = Kind::flag;
    value.flag = flag;
    return value;
}

const Value* Value::find(std::string_view key) const
{
    const auto at = std::find_if(members.begin(), members.end(), [&](const auto& member) { return member.key == key; });
    return at == members.end() ? nullptr : &at->value;
}

std::string_view format_kind(Value::Kind kind)
{
    switch (kind) {
        case Value::Kind::text: return "a string";
        case Value::Kind::number: return "a number";
        case Value::Kind::real: return "a number with a fraction";
        case Value::Kind::flag: return "true or false";
        case Value::Kind::list: return "a list";
        case Value::Kind::table: return "a table";
        case Value::Kind::other: break;
    }
    return "a date or time";
}

std::string quote_json(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += {'\\', c};
        } else if (static_cast<unsigned char>(c) < 0x20) {
            std::array<char, 8> escaped{};
            std::snprintf(escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(c));
            out += escaped.data();
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string format_json(const Value& value)
{
    switch (value.kind) {
        case Value::Kind::text: return quote_json(value.text);
        case Value::Kind::number: return std::to_string(value.number);
        case Value::Kind::flag: return value.flag ? "true" : "false";
        case Value::Kind::list: break;
        default: return "null";
    }
    std::string out = "[";
    for (const auto& item : value.items) out += (out.size() > 1 ? ", " : "") + format_json(item);
    return out + ']';
}

namespace {

std::optional<Value> parse_tree(std::string_view text, std::string_view file, std::vector<Problem>& problems)
{
    const auto refuse = [&](int line, std::string what, std::string hint) {
        problems.push_back({std::string(file), line, "", std::move(what), std::move(hint)});
        return std::nullopt;
    };
    if (text.size() > max_tree_bytes) return refuse(0, "larger than 16 MiB", "");
    if (has_deep_key(text)) return refuse(0, "a key has too many dots", "");
    const toml::parse_result parsed = toml::parse(text, file);
    if (!parsed) {
        const auto& error = parsed.error();
        return refuse(static_cast<int>(error.source().begin.line), std::string(error.description()), "this is not TOML; see https://toml.io");
    }
    auto tree = convert(parsed.table(), 0);
    if (!tree) return refuse(0, "tables nested too deeply", "");
    return tree;
}

}  // namespace

std::optional<Value> read_tree(std::string_view text, std::string_view file, std::vector<Problem>& problems)
{
    try {
        return parse_tree(text, file, problems);
    } catch (const BrokenAssumption&) {
        problems.push_back({std::string(file), 0, "", "a table header or key that is not TOML", "see https://toml.io"});
        return std::nullopt;
    }
}

}  // namespace sealpost::config
