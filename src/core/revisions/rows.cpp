#include "core/revisions/rows.hpp"

#include "core/policy/document_keys.hpp"
#include "core/policy/predefined.hpp"
#include "core/revisions/changes.hpp"
#include "core/revisions/row_pairs.hpp"
#include "core/revisions/value_json.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <map>

namespace sealpost::revisions {
namespace {

namespace json = boost::json;
using config::Type;
using config::Value;

constexpr std::size_t first_senders = 5;

std::string_view format_key_type(Type type)
{
    switch (type) {
        case Type::number: return "number";
        case Type::flag: return "flag";
        case Type::size: return "size";
        case Type::duration: return "duration";
        case Type::choice: return "choice";
        case Type::choices: return "choices";
        case Type::domain: return "domain";
        case Type::texts:
        case Type::paths:
        case Type::addresses:
        case Type::networks:
        case Type::endpoints: return "texts";
        default: break;
    }
    return "text";
}

// Defaults and examples stand in the key table as TOML literals.
json::value parse_literal(std::string_view literal)
{
    std::vector<Problem> problems;
    const auto tree = literal.empty() ? std::nullopt : config::read_tree("x = " + std::string(literal), "key table", problems);
    return tree && !tree->members.empty() ? to_json(tree->members.front().value) : json::value(nullptr);
}

bool has_parameters(const config::Section& section)
{
    return section.name == "mail_flow_policy" || section.name == "listener_defaults";
}

// Parameters have no default in the table of their section: what neither policy nor listener says is built in.
json::value find_fallback(const config::Key& key, bool inherits)
{
    const auto& defaults = policy::parameter_defaults();
    const auto at = inherits ? defaults.find(std::string(key.name)) : defaults.end();
    return at == defaults.end() ? parse_literal(key.fallback) : to_json(at->second);
}

json::object describe_key(const config::Section& section, const config::Key& key)
{
    const auto& parameters = policy::parameter_keys();
    const bool inherits = has_parameters(section) && std::any_of(parameters.begin(), parameters.end(),
                                                                 [&](const auto& each) { return each.name == key.name; });
    json::value words(nullptr);
    if (!key.words.empty()) {
        auto& list = words.emplace_array();
        for (std::size_t at = 0; at <= key.words.size();) {
            const auto end = std::min(key.words.find('|', at), key.words.size());
            list.emplace_back(key.words.substr(at, end - at));
            at = end + 1;
        }
    }
    return {{"name", key.name},
            {"type", format_key_type(key.type)},
            {"words", std::move(words)},
            {"fallback", find_fallback(key, inherits)},
            {"example", parse_literal(key.example)},
            {"doc", key.doc},
            {"required", key.required},
            {"least", key.least},
            {"most", key.most},
            {"inherits", inherits}};
}

json::array describe_keys(const config::Section& section)
{
    json::array out;
    for (const auto& key : section.keys) out.push_back(describe_key(section, key));
    return out;
}

void add_senders(json::object& row, const Value* senders)
{
    json::array first;
    std::size_t count = 0;
    if (senders != nullptr && senders->kind == Value::Kind::text) first.emplace_back(senders->text);
    if (senders != nullptr) count = std::max(senders->items.size(), first.size());
    for (std::size_t i = 0; senders != nullptr && i < std::min(senders->items.size(), first_senders); ++i)
        first.emplace_back(senders->items[i].text);
    row["sender_count"] = count;
    row["first_senders"] = std::move(first);
}

json::object describe_row(const config::Section& section, const PolicyText::Row& row, std::string_view state)
{
    const bool is_group = section.name == "sender_group";
    json::object values;
    for (const auto& member : row.table->members)
        if (!is_group || member.key != "senders") values[member.key] = to_json(member.value);
    json::object out{{"id", row.id}, {"line", row.line}, {"state", state}, {"values", std::move(values)}, {"predefined", false}};
    if (is_group) add_senders(out, row.table->find("senders"));
    return out;
}

// The order also where it is left to the place in the text.
json::object describe_group(const config::Section& section, const OrderedGroup& group, std::string_view state)
{
    auto row = describe_row(section, *group.row, state);
    row["order"] = group.order;
    return row;
}

// Whether a row counts on the listener: it names it, or names none. Any row does without a listener.
bool is_of(const PolicyText::Row& row, std::string_view listener)
{
    const auto* of = row.table->find("listener");
    if (listener.empty() || of == nullptr) return true;
    if (of->kind == Value::Kind::text) return of->text == listener;
    return std::any_of(of->items.begin(), of->items.end(), [&](const auto& item) { return item.text == listener; });
}

// What differs from the live document, by id.
class States {
public:
    States(const config::Section& section, const PolicyView& view, bool staged)
    {
        if (!staged || view.staged == view.live) return;
        for (const auto& change : list_section_changes(section, *view.live, *view.staged))
            if (change.kind != Change::Kind::removed)
                states_.emplace(change.row, change.kind == Change::Kind::added ? "added" : "changed");
    }
    [[nodiscard]] std::string_view find(const std::string& id) const
    {
        const auto at = states_.find(id);
        return at == states_.end() ? "same" : at->second;
    }

private:
    std::map<std::string, std::string_view> states_;
};

json::object describe_last(const policy::ListenerInfo& listener)
{
    json::object values{{"name", "ALL"}, {"listener", listener.name}, {"policy", policy::find_last_policy(listener.kind)}};
    return {{"id", listener.name + "/ALL"}, {"state", "same"},   {"values", std::move(values)},
            {"predefined", true},           {"sender_count", 0}, {"first_senders", json::array()}};
}

// The groups of each listener in order, and behind them what ALL means there.
json::array list_groups(const config::Section& section, const PolicyView& view, std::string_view listener, bool staged)
{
    const States states(section, view, staged);
    const auto groups = sort_groups(view.shown(staged));
    auto listeners = view.listeners;
    for (const auto& group : groups)
        if (std::none_of(listeners.begin(), listeners.end(), [&](const auto& each) { return each.name == group.listener; }))
            listeners.push_back({group.listener, policy::ListenerKind::public_mail});
    json::array rows;
    for (const auto& each : listeners) {
        if (!listener.empty() && each.name != listener) continue;
        for (const auto& group : groups)
            if (group.listener == each.name) rows.push_back(describe_group(section, group, states.find(group.row->id)));
        rows.push_back(describe_last(each));
    }
    return rows;
}

json::array list_others(const config::Section& section, const PolicyView& view, std::string_view listener, bool staged)
{
    const States states(section, view, staged);
    const auto& text = view.shown(staged);
    json::array rows;
    for (const auto& row : text.rows(section.name))
        if (is_of(row, listener)) rows.push_back(describe_row(section, row, states.find(row.id)));
    for (const auto& row : predefined_text().rows(section.name)) {
        if (text.find_row(section.name, row.id) != nullptr) continue;
        auto described = describe_row(section, row, "same");
        described.erase("line");
        described["predefined"] = true;
        rows.push_back(std::move(described));
    }
    return rows;
}

}  // namespace

Result<json::object> describe_state(const PolicyView& view)
{
    json::array listeners;
    for (const auto& listener : view.listeners)
        listeners.push_back(json::object{{"name", listener.name}, {"kind", format_listener_kind(listener.kind)}});
    json::object out{{"edition", format_edition(view.edition)},
                     {"version", view.edition.version},
                     {"listeners", std::move(listeners)},
                     {"pending", nullptr}};
    if (!view.pending) return out;
    const auto changes = describe_changes(*view.live, *view.staged);
    out["pending"] = json::object{{"author", view.pending->author},
                                  {"time", format_rfc3339(view.pending->time)},
                                  {"base", view.pending->base},
                                  {"changes", to_json(changes)},
                                  {"count", changes.count}};
    return out;
}

Result<json::object> list_rows(const PolicyView& view, std::string_view name, std::string_view listener, bool staged)
{
    const auto* section = find_section(name);
    if (section == nullptr) return Error{Fault::denied, "there is no section " + config::quote_json(name)};
    auto rows = section->name == "sender_group" ? list_groups(*section, view, listener, staged)
                                                : list_others(*section, view, listener, staged);
    const auto total = rows.size();
    return json::object{{"edition", format_edition(view.edition)},
                        {"keys", describe_keys(*section)},
                        {"rows", std::move(rows)},
                        {"total", total}};
}

}  // namespace sealpost::revisions
