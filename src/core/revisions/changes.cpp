#include "core/revisions/changes.hpp"

#include "core/policy/document_keys.hpp"
#include "core/revisions/row_pairs.hpp"
#include "core/revisions/toml_text.hpp"
#include "core/revisions/value_json.hpp"

#include <boost/json/object.hpp>

#include <unordered_set>
#include <utility>

namespace sealpost::revisions {
namespace {

namespace json = boost::json;
using config::Value;

const Value* find_value(const PolicyText::Row* row, std::string_view key)
{
    return row == nullptr ? nullptr : row->table->find(key);
}

std::unordered_set<std::string_view> set_of(const Value* senders)
{
    std::unordered_set<std::string_view> out;
    if (senders == nullptr) return out;
    if (senders->kind == Value::Kind::text) out.insert(senders->text);
    for (const auto& item : senders->items) out.insert(item.text);
    return out;
}

// The texts of `list` that are not in `other`, in their order: their count and the first of them.
std::size_t list_missing(const Value* list, const std::unordered_set<std::string_view>& other, std::vector<std::string>& first)
{
    std::size_t count = 0;
    const auto take = [&](const Value& item) {
        if (other.contains(item.text)) return;
        if (++count <= max_listed_senders) first.push_back(item.text);
    };
    if (list != nullptr && list->kind == Value::Kind::text) take(*list);
    for (std::size_t i = 0; list != nullptr && i < list->items.size(); ++i) take(list->items[i]);
    return count;
}

std::optional<SenderChange> compare_senders(const Value* before, const Value* after)
{
    if (before != nullptr && after != nullptr && is_same(*before, *after)) return std::nullopt;
    SenderChange change;
    change.added_count = list_missing(after, set_of(before), change.added);
    change.removed_count = list_missing(before, set_of(after), change.removed);
    return change.added_count + change.removed_count == 0 ? std::nullopt : std::optional(std::move(change));
}

// Its name; else what its first key says, and how much more there is of it.
std::string make_label(const config::Section& section, const PolicyText::Row& row)
{
    if (section.keys.empty()) return "";
    const auto* named = find_value(&row, "name");
    const auto* value = named != nullptr ? named : find_value(&row, section.keys.front().name);
    if (value == nullptr) return "";
    if (value->kind == Value::Kind::text) return value->text;
    if (value->kind != Value::Kind::list || value->items.empty()) return "";
    const auto more = value->items.size() - 1;
    return value->items.front().text + (more == 0 ? "" : " +" + std::to_string(more));
}

Change make_change(const config::Section& section, const RowPair& pair)
{
    const bool is_group = section.name == "sender_group";
    Change change;
    change.kind = pair.before == nullptr  ? Change::Kind::added
                  : pair.after == nullptr ? Change::Kind::removed
                                          : Change::Kind::changed;
    change.section = section.name;
    change.row = pair.after == nullptr ? pair.before->id : pair.after->id;
    change.label = make_label(section, pair.after == nullptr ? *pair.before : *pair.after);
    for (const auto& key : section.keys) {
        if (is_group && key.name == "senders") continue;
        const bool only_made_room = is_group && key.name == "order" && change.kind == Change::Kind::changed;
        if (only_made_room) continue;
        const auto* before = find_value(pair.before, key.name);
        const auto* after = find_value(pair.after, key.name);
        const bool same = before == nullptr || after == nullptr ? before == after : is_same(*before, *after);
        if (same) continue;
        change.keys.push_back({std::string(key.name), before == nullptr ? std::nullopt : std::optional(*before),
                               after == nullptr ? std::nullopt : std::optional(*after)});
    }
    if (is_group) change.senders = compare_senders(find_value(pair.before, "senders"), find_value(pair.after, "senders"));
    return change;
}

std::string_view format_kind(Change::Kind kind)
{
    switch (kind) {
        case Change::Kind::added: return "added";
        case Change::Kind::removed: return "removed";
        case Change::Kind::moved: return "moved";
        case Change::Kind::changed: break;
    }
    return "changed";
}

// One side of a changed key; of a long list the first items, and how many there are.
void add_side(json::object& key, const std::string& side, const std::optional<Value>& value)
{
    key[side] = nullptr;
    if (!value) return;
    if (value->kind != Value::Kind::list || value->items.size() <= max_listed_items) {
        key[side] = revisions::to_json(*value);
        return;
    }
    json::array first;
    for (std::size_t i = 0; i < max_listed_items; ++i) first.push_back(revisions::to_json(value->items[i]));
    key[side] = std::move(first);
    key[side + "_count"] = value->items.size();
}

json::object to_json(const KeyChange& change)
{
    json::object key{{"name", change.name}};
    add_side(key, "before", change.before);
    add_side(key, "after", change.after);
    return key;
}

json::array to_json(const std::vector<std::string>& texts)
{
    json::array out;
    for (const auto& text : texts) out.emplace_back(text);
    return out;
}

json::object to_json(const Change& change)
{
    json::array keys;
    for (const auto& key : change.keys) keys.push_back(to_json(key));
    json::object out{{"section", change.section},
                     {"row", change.row},
                     {"label", change.label},
                     {"kind", format_kind(change.kind)},
                     {"keys", std::move(keys)}};
    if (change.senders)
        out["senders"] = json::object{{"added", to_json(change.senders->added)},
                                      {"removed", to_json(change.senders->removed)},
                                      {"added_count", change.senders->added_count},
                                      {"removed_count", change.senders->removed_count}};
    else
        out["senders"] = nullptr;
    return out;
}

}  // namespace

std::vector<Change> list_section_changes(const config::Section& section, const PolicyText& before, const PolicyText& after)
{
    std::vector<Change> out;
    for (const auto& pair : pair_rows(section, before, after)) {
        auto change = make_change(section, pair);
        const bool is_plain = change.kind == Change::Kind::changed && change.keys.empty() && !change.senders;
        if (!is_plain) out.push_back(std::move(change));
        if (!pair.moved) continue;
        Change moved;
        moved.kind = Change::Kind::moved;
        moved.section = section.name;
        moved.row = pair.after->id;
        moved.label = make_label(section, *pair.after);
        if (pair.order_before != pair.order_after)
            moved.keys.push_back({"order", Value::of_number(pair.order_before), Value::of_number(pair.order_after)});
        out.push_back(std::move(moved));
    }
    return out;
}

ChangeList describe_changes(const PolicyText& before, const PolicyText& after)
{
    ChangeList out;
    for (const auto& section : policy::document_sections())
        for (auto& change : list_section_changes(section, before, after))
            if (++out.count <= max_listed_changes) out.changes.push_back(std::move(change));
    return out;
}

std::vector<std::string> list_changed_keys(const PolicyText& before, const PolicyText& after)
{
    std::vector<std::string> out;
    const auto note = [&](std::string key) {
        if (std::ranges::find(out, key) == out.end()) out.push_back(std::move(key));
    };
    for (const auto& section : policy::document_sections())
        for (const auto& change : list_section_changes(section, before, after)) {
            for (const auto& key : change.keys) note(change.section + '.' + key.name);
            if (change.senders) note(change.section + ".senders");
        }
    return out;
}

json::array to_json(const ChangeList& changes)
{
    json::array out;
    for (const auto& change : changes.changes) out.push_back(to_json(change));
    return out;
}

}  // namespace sealpost::revisions
