#pragma once

#include "core/revisions/policy_text.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace sealpost::revisions {

// A row of two documents; one side is null for a row that came or went.
struct RowPair {
    const PolicyText::Row* before = nullptr;
    const PolicyText::Row* after = nullptr;
    std::int64_t order_before = 0, order_after = 0;  // of sender groups
    bool moved = false;                              // it passed others that are in both
};

// The rows of the section, those of `after` in their order (sender groups by listener and order) and then those
// that went. Rows with a name are told by it, others by what they say, and then by their first key.
[[nodiscard]] std::vector<RowPair> pair_rows(const config::Section& section, const PolicyText& before, const PolicyText& after);

// The sender groups of a document by listener and order; a group without a number stands behind the one written
// before it.
struct OrderedGroup {
    const PolicyText::Row* row = nullptr;
    std::string listener;
    std::int64_t order = 0;
};
[[nodiscard]] std::vector<OrderedGroup> sort_groups(const PolicyText& text);

}  // namespace sealpost::revisions
