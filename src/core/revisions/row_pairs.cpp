#include "core/revisions/row_pairs.hpp"

#include "core/config/schema.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>

namespace sealpost::revisions {
namespace {

using Row = PolicyText::Row;

struct Side {
    const Row* row;
    std::int64_t order;
};

std::vector<Side> list_side(const config::Section& section, const PolicyText& text)
{
    std::vector<Side> out;
    if (section.name == "sender_group") {
        for (const auto& group : sort_groups(text)) out.push_back({group.row, group.order});
        return out;
    }
    for (const auto& row : text.rows(section.name)) out.push_back({&row, 0});
    return out;
}

std::string spell(const config::Value& table)
{
    std::map<std::string_view, std::string> keys;
    for (const auto& member : table.members) keys.emplace(member.key, config::format_json(member.value));
    std::string out;
    for (const auto& [key, value] : keys) out += std::string(key) + '=' + value + '\n';
    return out;
}

std::string spell_first_key(const config::Section& section, const Row& row)
{
    const auto* value = section.keys.empty() ? nullptr : row.table->find(section.keys.front().name);
    return value == nullptr ? "" : config::format_json(*value);
}

// Joins the rows that are still alone on both sides and have the same word.
template <class Spell>
void join(const std::vector<Side>& before, const std::vector<Side>& after, std::vector<std::size_t>& partners,
          std::vector<bool>& taken, Spell spell_row)
{
    std::unordered_map<std::string, std::vector<std::size_t>> waiting;
    for (std::size_t i = before.size(); i-- > 0;)
        if (!taken[i]) waiting[spell_row(*before[i].row)].push_back(i);
    for (std::size_t j = 0; j < after.size(); ++j) {
        if (partners[j] != before.size()) continue;
        const auto at = waiting.find(spell_row(*after[j].row));
        if (at == waiting.end() || at->second.empty()) continue;
        partners[j] = at->second.back();
        at->second.pop_back();
        taken[partners[j]] = true;
    }
}

// Marks every pair that is not in one longest sequence that kept its order.
void mark_moved(std::vector<RowPair>& pairs, const std::vector<std::size_t>& partners, std::size_t alone)
{
    std::vector<std::size_t> ends;  // the pair that ends the best sequence of each length
    std::vector<std::size_t> previous(partners.size(), alone);
    for (std::size_t j = 0; j < partners.size(); ++j) {
        if (partners[j] == alone) continue;
        const auto at = std::lower_bound(ends.begin(), ends.end(), partners[j],
                                         [&](std::size_t end, std::size_t partner) { return partners[end] < partner; });
        previous[j] = at == ends.begin() ? partners.size() : *std::prev(at);
        if (at == ends.end())
            ends.push_back(j);
        else
            *at = j;
        pairs[j].moved = true;
    }
    for (auto j = ends.empty() ? partners.size() : ends.back(); j < partners.size(); j = previous[j]) pairs[j].moved = false;
}

}  // namespace

std::vector<OrderedGroup> sort_groups(const PolicyText& text)
{
    std::vector<OrderedGroup> out;
    std::map<std::string, std::int64_t> last;
    for (const auto& row : text.rows("sender_group")) {
        const auto* listener = row.table->find("listener");
        const auto* order = row.table->find("order");
        OrderedGroup group{&row, listener == nullptr ? "" : listener->text, 0};
        auto& before = last[group.listener];
        group.order = order != nullptr && order->kind == config::Value::Kind::number ? order->number : before + 1;
        before = group.order;
        out.push_back(std::move(group));
    }
    std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
        return a.listener != b.listener ? a.listener < b.listener : a.order < b.order;
    });
    return out;
}

std::vector<RowPair> pair_rows(const config::Section& section, const PolicyText& before, const PolicyText& after)
{
    const auto old_rows = list_side(section, before);
    const auto new_rows = list_side(section, after);
    const auto alone = old_rows.size();
    std::vector<std::size_t> partners(new_rows.size(), alone);
    std::vector<bool> taken(old_rows.size(), false);
    if (has_named_rows(section)) {
        join(old_rows, new_rows, partners, taken, [](const Row& row) { return row.id; });
    } else {
        join(old_rows, new_rows, partners, taken, [](const Row& row) { return spell(*row.table); });
        join(old_rows, new_rows, partners, taken, [&](const Row& row) { return spell_first_key(section, row); });
    }
    std::vector<RowPair> pairs;
    for (std::size_t j = 0; j < new_rows.size(); ++j) {
        const bool is_new = partners[j] == alone;
        pairs.push_back({is_new ? nullptr : old_rows[partners[j]].row, new_rows[j].row, is_new ? 0 : old_rows[partners[j]].order,
                         new_rows[j].order, false});
    }
    mark_moved(pairs, partners, alone);
    for (std::size_t i = 0; i < old_rows.size(); ++i)
        if (!taken[i]) pairs.push_back({old_rows[i].row, nullptr, old_rows[i].order, 0, false});
    return pairs;
}

}  // namespace sealpost::revisions
