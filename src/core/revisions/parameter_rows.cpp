// What the parameters of a policy are on a listener, and where each comes from.
#include "core/policy/document_keys.hpp"
#include "core/policy/last_policy.hpp"
#include "core/revisions/rows.hpp"
#include "core/revisions/value_json.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace sealpost::revisions {
namespace {

namespace json = boost::json;
using config::CheckedTable;
using config::Value;

// One row as the policy sees it: sizes are numbers, lists are lists. Empty when it is not good.
CheckedTable check_row(std::string_view section, const Value& table)
{
    Value list;
    list.kind = Value::Kind::list;
    list.items.push_back(table);
    Value root;
    root.kind = Value::Kind::table;
    root.members.push_back({std::string(section), std::move(list)});
    std::vector<Problem> problems;
    const auto checked = config::check_tree(root, policy::document_sections(), "policy", problems);
    return checked.one(section);
}

struct Inherited {
    const Value* value;
    std::string_view from;
};

// The listener's own defaults, then those of every listener, then the built-in ones.
Inherited find_inherited(const std::vector<CheckedTable>& defaults, const std::string& name)
{
    for (const auto& table : defaults)
        if (const auto* value = table.find(name)) return {value, "listener"};
    return {&policy::parameter_defaults().at(name), "default"};
}

std::vector<CheckedTable> list_defaults(const PolicyText& text, std::string_view listener)
{
    std::vector<CheckedTable> out;
    for (const auto id : {listener, std::string_view("*")})
        if (const auto* row = text.find_row("listener_defaults", id)) out.push_back(check_row("listener_defaults", *row->table));
    return out;
}

// As connections meet it there.
std::string_view behavior_on(policy::ListenerKind kind, std::string_view name, const CheckedTable& own)
{
    using policy::Behavior;
    policy::MailFlowPolicy written;
    written.name = name;
    for (const auto each : {Behavior::accept, Behavior::reject, Behavior::refuse, Behavior::relay, Behavior::go_on})
        if (policy::format_behavior(each) == own.text("behavior")) written.behavior = each;
    return policy::format_behavior(policy::find_behavior_on(kind, written));
}

}  // namespace

Result<json::object> describe_parameters(const PolicyView& view, std::string_view listener, std::string_view policy)
{
    const auto& text = *view.staged;
    const auto info =
        std::find_if(view.listeners.begin(), view.listeners.end(), [&](const auto& each) { return each.name == listener; });
    if (info == view.listeners.end()) return Error{Fault::denied, "there is no listener " + config::quote_json(listener)};
    const auto* row = text.find_row("mail_flow_policy", policy);
    if (row == nullptr) row = predefined_text().find_row("mail_flow_policy", policy);
    if (row == nullptr && !policy.empty())
        return Error{Fault::denied, "there is no mail flow policy " + config::quote_json(policy)};
    const auto own = row == nullptr ? CheckedTable() : check_row("mail_flow_policy", *row->table);
    const auto defaults = list_defaults(text, listener);
    json::array parameters;
    for (const auto& key : policy::parameter_keys()) {
        const std::string name(key.name);
        const auto inherited = find_inherited(defaults, name);
        const auto* value = own.find(name);
        parameters.push_back(json::object{{"name", name},
                                          {"value", to_json(value == nullptr ? *inherited.value : *value)},
                                          {"from", value == nullptr ? inherited.from : "policy"},
                                          {"inherited", to_json(*inherited.value)},
                                          {"inherited_from", inherited.from}});
    }
    return json::object{{"edition", format_edition(view.edition)},
                        {"policy", row == nullptr ? json::value(nullptr) : json::value(policy)},
                        {"listener", listener},
                        {"behavior", row == nullptr ? json::value(nullptr) : json::value(behavior_on(info->kind, policy, own))},
                        {"parameters", std::move(parameters)}};
}

}  // namespace sealpost::revisions
