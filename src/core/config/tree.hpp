#pragma once

#include "core/config/problem.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::config {

struct Member;

// A TOML text as plain values with their places. toml++ stays behind read_tree.
struct Value {
    enum class Kind { text, number, real, flag, list, table, other };
    Kind kind = Kind::other;
    int line = 0;
    int column = 0;
    std::string text;
    std::int64_t number = 0;
    double real = 0;
    bool flag = false;
    std::vector<Value> items;
    std::vector<Member> members;  // of a table, in the order of the text

    static Value of_text(std::string text);
    static Value of_number(std::int64_t number);
    static Value of_flag(bool flag);

    [[nodiscard]] const Value* find(std::string_view key) const;
};

struct Member {
    std::string key;
    Value value;
};

[[nodiscard]] std::string_view format_kind(Value::Kind kind);  // "a string", "a number" …
[[nodiscard]] std::string format_json(const Value& value);     // text, number, flag and lists of them
[[nodiscard]] std::string quote_json(std::string_view text);

inline constexpr std::size_t max_tree_bytes = 16 * 1024 * 1024;

// The first syntax error, or the tree. Nesting is bounded to max_depth.
[[nodiscard]] std::optional<Value> read_tree(std::string_view text, std::string_view file, std::vector<Problem>& problems);

}  // namespace sealpost::config
