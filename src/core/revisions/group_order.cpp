#include "core/revisions/group_order.hpp"

#include <algorithm>
#include <optional>

namespace sealpost::revisions {
namespace {

std::optional<std::int64_t> written_order(const DocumentText::Row& row)
{
    const auto* order = row.table.find("order");
    return order != nullptr && order->kind == config::Value::Kind::number ? std::optional(order->number) : std::nullopt;
}

std::string id_of(const DocumentText::Row& row) { return make_row_id(*row.section, row.table, 0); }

}  // namespace

std::vector<GroupPlace> list_groups(const DocumentText& document, std::string_view listener)
{
    std::vector<GroupPlace> out;
    for (const auto index : document.list_rows("sender_group")) {
        const auto& row = document.at(index);
        const auto* of = row.table.find("listener");
        if ((of == nullptr ? std::string_view() : std::string_view(of->text)) != listener) continue;
        const auto last = out.empty() ? 0 : out.back().order;
        out.push_back({index, written_order(row).value_or(last + 1)});
    }
    return out;
}

GroupOrders list_orders(const DocumentText& document, std::string_view listener)
{
    GroupOrders out;
    for (const auto& group : list_groups(document, listener)) out.emplace(id_of(document.at(group.index)), group.order);
    return out;
}

void make_room(GroupOrders& others, std::int64_t from, std::int64_t to)
{
    const std::int64_t step = from != 0 && from < to ? -1 : 1;
    std::vector<std::int64_t*> sorted;
    for (auto& [id, order] : others) sorted.push_back(&order);
    std::sort(sorted.begin(), sorted.end(), [&](const auto* a, const auto* b) { return (*b - *a) * step > 0; });
    auto taken = to;
    for (auto* order : sorted)
        if (*order == taken) taken = *order += step;
}

void write_orders(DocumentText& document, std::string_view listener, const GroupOrders& orders)
{
    std::int64_t last = 0;
    for (const auto& group : list_groups(document, listener)) {
        auto& row = document.at(group.index);
        const auto wanted = orders.find(id_of(row));
        const auto written = written_order(row).value_or(last + 1);
        last = wanted == orders.end() ? written : wanted->second;
        if (last != written) write_key(row, "order", config::Value::of_number(last));
    }
}

bool has_sequence(const DocumentText& document, std::string_view listener, const GroupOrders& orders)
{
    std::map<std::int64_t, std::int64_t> wanted_by_place;
    for (const auto& group : list_groups(document, listener)) {
        const auto wanted = orders.find(id_of(document.at(group.index)));
        if (wanted == orders.end() || !wanted_by_place.emplace(group.order, wanted->second).second) return false;
    }
    return std::is_sorted(wanted_by_place.begin(), wanted_by_place.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; });
}

}  // namespace sealpost::revisions
