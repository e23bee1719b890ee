#pragma once

#include "core/revisions/edit.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::revisions {

// Rows and their keys as the command line words them (doc/spec/commands.md, "Single rows"). What comes of it are the edits that
// the pages make.

using RowValues = std::map<std::string, config::Value>;

// Of "tls=required", "order=1", "senders=[\".acme.test\"]": TOML behind the first "=". A text, a word of a choice, a size, a
// duration and a list of one item need no quotes. config: no key of the section, a key twice, what is no value of its type.
[[nodiscard]] Result<RowValues> parse_assignments(const config::Section& section, const std::vector<std::string>& words);

// Whether predefined rows that are not written are among those that may be meant: they can be changed, which writes them, but
// not removed, moved or stood in front of.
enum class Unwritten { taken, left };
// The id of the row that is meant: by an id, by the name of a sender group alone where one listener has it, or by an address
// or a domain that a row without a name lists. denied: none is called so, or several are.
[[nodiscard]] Result<std::string> find_row_id(const PolicyText& text, const config::Section& section, std::string_view which,
                                              Unwritten unwritten = Unwritten::left);
// The id of the row that a new one of `values` is to stand in front of: as find_row_id, but that the name of a sender group
// alone is one of the new one's listener.
[[nodiscard]] Result<std::string> find_row_behind(const PolicyText& text, const config::Section& section, const RowValues& values,
                                                  std::string_view which);

// What the row that is meant says, which may be a predefined one, becomes what it said, with `values` in place of those, without
// the keys of `left_out`. denied: as find_row_id. config: a key of `left_out` is none of the section, or cannot be left out.
[[nodiscard]] Result<Edit> change_row(const PolicyText& text, const config::Section& section, std::string_view which,
                                      RowValues values, const std::vector<std::string>& left_out);

}  // namespace sealpost::revisions
