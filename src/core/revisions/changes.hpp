#pragma once

#include "core/revisions/policy_text.hpp"

#include <boost/json/array.hpp>

#include <optional>
#include <string>
#include <vector>

namespace sealpost::revisions {

struct KeyChange {
    std::string name;
    std::optional<config::Value> before, after;  // as written; absent: not written
};

struct SenderChange {
    std::vector<std::string> added, removed;  // as written, max_listed_senders of each at most
    std::size_t added_count = 0, removed_count = 0;
};

// What became of one row. The row of `removed` is the id that it had; of the others the id that it has.
struct Change {
    enum class Kind { added, removed, changed, moved } kind = Kind::changed;
    std::string section, row;
    std::string label;            // for people, who know a row by its name, address or domain rather than by its place
    std::vector<KeyChange> keys;  // in the order of the section; senders stand apart
    std::optional<SenderChange> senders;
};

inline constexpr std::size_t max_listed_changes = 200;
inline constexpr std::size_t max_listed_senders = 20;
inline constexpr std::size_t max_listed_items = 20;  // of any other list, in JSON

struct ChangeList {
    std::vector<Change> changes;  // max_listed_changes at most, sections in the order of policy.md
    std::size_t count = 0;        // of all
};

// What changed between two documents, row by row, whatever became of their comments and spelling. Groups
// that only make room for another are not told.
[[nodiscard]] ChangeList describe_changes(const PolicyText& before, const PolicyText& after);

// All those of one section, in the order of `after`; removed ones last.
[[nodiscard]] std::vector<Change> list_section_changes(const config::Section& section, const PolicyText& before,
                                                       const PolicyText& after);

// The keys that changed anywhere, each once: "destination.tls", "sender_group.senders". Of an added or removed row all
// that are written.
[[nodiscard]] std::vector<std::string> list_changed_keys(const PolicyText& before, const PolicyText& after);

[[nodiscard]] boost::json::array to_json(const ChangeList& changes);  // Change of policy-api.md

}  // namespace sealpost::revisions
