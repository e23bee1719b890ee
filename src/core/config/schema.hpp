#pragma once

#include "core/config/tree.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::config {

// What a key may hold. `size` is octets, written 10485760 or "10M"; `duration` is seconds, written 90
// or "15m". A list type also takes a single string.
enum class Type {
    text,
    number,
    flag,
    texts,
    size,
    duration,
    choice,
    choices,
    domain,
    url,
    path,
    paths,
    address,
    addresses,
    networks,
    endpoint,
    endpoints
};
[[nodiscard]] std::string_view format_type(Type type);
[[nodiscard]] bool is_list(Type type);

// One row of a key table. `fallback` and `example` are TOML literals.
struct Key {
    std::string_view name = {};
    Type type = Type::text;
    std::string_view fallback = {};  // empty: none
    std::string_view example;
    std::string_view doc = {};  // one line
    bool required = false;
    std::int64_t least = 0;
    std::int64_t most = 0;  // 0: no limit
    // For choice and choices: "a|b|c". Of a size or duration: the one word that may stand in place of a number, "forever".
    std::string_view words = {};
};

struct Section {
    std::string_view name = {};
    bool repeated = false;   // [[name]]
    bool in_example = true;  // else shown behind #
    std::string_view doc = {};
    std::vector<Key> keys;
};

// One table of a file after the check: every value has the type of its key, sizes and durations are
// numbers, lists are lists, and defaults stand where nothing was written.
class CheckedTable {
public:
    [[nodiscard]] int line() const { return line_; }
    [[nodiscard]] int line_of(std::string_view key) const;  // the table's own line for defaults
    [[nodiscard]] bool is_set(std::string_view key) const;  // written, not defaulted
    [[nodiscard]] bool has(std::string_view key) const { return values_.find(key) != values_.end(); }
    [[nodiscard]] const Value* find(std::string_view key) const;
    [[nodiscard]] const std::map<std::string, Value, std::less<>>& values() const { return values_; }
    [[nodiscard]] std::string text(std::string_view key) const;  // empty when absent
    [[nodiscard]] std::int64_t number(std::string_view key) const;
    [[nodiscard]] bool flag(std::string_view key) const;
    [[nodiscard]] std::vector<std::string> texts(std::string_view key) const;
    [[nodiscard]] const std::vector<Value>& items(std::string_view key) const;  // texts with their lines

private:
    friend class Checker;
    int line_ = 0;
    std::map<std::string, Value, std::less<>> values_;
    std::vector<std::string> written_;
};

class CheckedFile {
public:
    [[nodiscard]] const std::vector<CheckedTable>& all(std::string_view section) const;
    [[nodiscard]] const CheckedTable& one(std::string_view section) const;  // with defaults when not written
    [[nodiscard]] bool is_written(std::string_view section) const;
    [[nodiscard]] const std::map<std::string, std::vector<CheckedTable>, std::less<>>& tables() const { return tables_; }

private:
    friend class Checker;
    std::map<std::string, std::vector<CheckedTable>, std::less<>> tables_;
    std::vector<std::string> written_;
};

// Holds a tree against the sections. A table with problems is left out of the answer.
[[nodiscard]] CheckedFile check_tree(const Value& root, const std::vector<Section>& sections, std::string_view file,
                                     std::vector<Problem>& problems);

[[nodiscard]] std::optional<std::int64_t> parse_size(std::string_view text);      // 10M, 512K, 1G, 1T, 4096
[[nodiscard]] std::optional<std::int64_t> parse_duration(std::string_view text);  // 90, 90s, 15m, 2h, 3d
[[nodiscard]] bool is_domain(std::string_view text);                              // LDH labels, 253 octets at most

// Of a key whose type is a number, as it is written there: 90, "90s", "10M".
[[nodiscard]] std::string format_quantity(Type type, std::int64_t number);

// "key (type, default, range): doc" lines for people.
[[nodiscard]] std::string explain_section(const Section& section);
[[nodiscard]] std::string explain_one(const Section& section, const Key& key);
// One section, one key ("section.key"), or everything for ""; absent for unknown ones.
[[nodiscard]] std::optional<std::string> explain_in(const std::vector<Section>& sections, std::string_view key);
// Keys of that name in any section, or else the one that was probably meant.
[[nodiscard]] std::vector<std::string> find_similar_in(const std::vector<Section>& sections, std::string_view key);

}  // namespace sealpost::config
