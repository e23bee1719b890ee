#pragma once

#include "core/config/tree.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::revisions {

// Where things stand in a TOML text, as offsets of octets, so that a part of it can be rewritten and the rest
// stays byte for byte. The text is TOML already (config::read_tree); of any other text the answers mean nothing
// but stay inside it.
struct KeyPlace {
    std::string key;
    std::size_t begin = 0;  // of its line
    std::size_t value_begin = 0, value_end = 0;
    std::size_t end = 0;  // behind the line break of its last line
};

struct TablePlace {
    std::string name;  // empty: the keys in front of the first header
    bool is_repeated = false;
    std::size_t begin = 0;  // of the header's line
    std::size_t end = 0;    // behind its last key, or behind the header
    std::vector<KeyPlace> keys;
};

// The first stands for what is in front of every header.
[[nodiscard]] std::vector<TablePlace> find_tables(std::string_view text);

struct ItemPlace {
    std::size_t begin = 0, end = 0;
    std::size_t comma = std::string_view::npos;  // the one behind it, if there is one
};
// The items of a list, of "[" to "]".
[[nodiscard]] std::vector<ItemPlace> find_items(std::string_view list);

// A piece that takes the place of another; sorted, without overlap.
struct Splice {
    std::size_t begin = 0, end = 0;
    std::string text;
};
[[nodiscard]] std::string apply_splices(std::string_view text, const std::vector<Splice>& splices);

// The list with the items that `goes` marks left out and `more` (TOML literals) behind the others. Comments and
// line breaks stay, but for those on the line of an item that goes.
[[nodiscard]] std::string edit_list(std::string_view list, const std::vector<bool>& goes, const std::vector<std::string>& more);

[[nodiscard]] std::string quote_toml(std::string_view text);
// Texts, numbers, flags, and lists of them; a long list has an item a line.
[[nodiscard]] std::string format_toml(const config::Value& value);
// Equal kind and content, wherever they stand.
[[nodiscard]] bool is_same(const config::Value& a, const config::Value& b);

}  // namespace sealpost::revisions
