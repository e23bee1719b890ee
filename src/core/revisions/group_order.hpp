#pragma once

#include "core/revisions/document_text.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::revisions {

// The sender groups of a listener with their places, in the order of the text. A group without a number stands
// behind the one written before it.
struct GroupPlace {
    std::size_t index = 0;  // of the row
    std::int64_t order = 0;
};
[[nodiscard]] std::vector<GroupPlace> list_groups(const DocumentText& document, std::string_view listener);

// The places by the ids of the rows: they survive when rows come and go.
using GroupOrders = std::map<std::string, std::int64_t>;
[[nodiscard]] GroupOrders list_orders(const DocumentText& document, std::string_view listener);

// Makes room for a group that takes place `to`: the groups between there and the place that it left (`from`;
// 0: it is new) move by one, up to the first place that is free.
void make_room(GroupOrders& others, std::int64_t from, std::int64_t to);

// Writes the numbers that the text does not say already.
void write_orders(DocumentText& document, std::string_view listener, const GroupOrders& orders);
// Whether the groups follow each other as in `orders`, whatever their numbers.
[[nodiscard]] bool has_sequence(const DocumentText& document, std::string_view listener, const GroupOrders& orders);

}  // namespace sealpost::revisions
