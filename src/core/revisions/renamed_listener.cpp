#include "core/revisions/renamed_listener.hpp"

#include "base/text.hpp"
#include "core/policy/predefined.hpp"
#include "core/policy/sender.hpp"

#include <algorithm>

namespace sealpost::revisions {
namespace {

using policy::Behavior;
using policy::Document;
using policy::ListenerKind;
using policy::SenderGroup;

constexpr const char* closed_name = "RENAMED_LISTENER";
constexpr std::int64_t come_again = 421;  // RFC 5321 §3.8: the service is not available for the moment

bool has_group(const Document& document, const std::string& listener)
{
    return std::ranges::any_of(document.groups, [&](const SenderGroup& group) { return group.listener == listener; });
}

std::vector<std::string> find_missing(const Document& document, const std::vector<ListenerInfo>& listeners)
{
    std::vector<std::string> missing;
    const auto look_at = [&](const std::string& name) {
        if (std::ranges::find(listeners, name, &ListenerInfo::name) != listeners.end()) return;
        if (std::ranges::find(missing, name) == missing.end()) missing.push_back(name);
    };
    for (const auto& group : document.groups) look_at(group.listener);
    for (const auto& row : document.recipients) std::ranges::for_each(row.listeners, look_at);
    return missing;
}

// Empty for CONTINUE, and for a policy that is nowhere.
std::optional<Behavior> behavior_of(const Document& document, const std::string& name)
{
    static const Document predefined = *policy::parse_document(policy::predefined_policies(), "predefined").document;
    for (const Document* each : {&document, &predefined})
        for (const auto& policy : each->policies)
            if (policy.name == name) return policy.behavior;
    return std::nullopt;
}

// Within one network of 8 bits (IPv6: 16), as those of an organisation are.
bool is_within_a_network(const IpAddress& low, const IpAddress& high)
{
    const auto first = low.octets().begin() + (low.is_v4() ? 12 : 0);  // an IPv4 address answers its mapped form
    const auto last = high.octets().begin() + (high.is_v4() ? 12 : 0);
    return low.is_v4() == high.is_v4() && std::equal(first, first + (low.is_v4() ? 1 : 2), last);
}

// Some hosts, by address or name, and not whoever comes.
bool is_narrow(const SenderGroup& group)
{
    using Kind = policy::SenderPattern::Kind;
    if (group.takes_no_ptr || group.takes_ptr_failed || group.takes_ptr_mismatch) return false;
    return std::ranges::all_of(group.senders, [](const auto& sender) {
        const auto parsed = policy::parse_sender(sender.text);
        if (!parsed) return false;
        if (parsed->kind == Kind::addresses) return is_within_a_network(parsed->low, parsed->high);
        return parsed->kind == Kind::host || (parsed->kind == Kind::suffix && parsed->name.rfind('.') > 0);
    });
}

// Whether the table allows no more on the bare listener than where it was made for: nothing but some hosts may relay by it. A
// private listener relays for whom it accepts, so that the table of a public one is not for it.
bool may_have(const Document& document, const std::string& missing, const ListenerInfo& bare)
{
    const bool is_public = bare.kind == ListenerKind::public_mail;
    const auto is_safe = [&](const SenderGroup& group) {
        if (group.listener != missing) return true;
        const auto behavior = behavior_of(document, group.policy);
        const bool relays = behavior == Behavior::relay || (behavior == Behavior::accept && !is_public);
        return !relays || (behavior == Behavior::relay && is_narrow(group));
    };
    const auto is_of_public = [&](const policy::RecipientRow& row) {
        return std::ranges::find(row.listeners, missing) != row.listeners.end();
    };
    return std::ranges::all_of(document.groups, is_safe) &&
           (is_public || std::ranges::none_of(document.recipients, is_of_public));
}

void rename(Document& document, const std::string& from, const std::string& to)
{
    const auto change = [&](std::string& name) {
        if (name == from) name = to;
    };
    for (auto& defaults : document.listener_defaults) change(defaults.listener);
    for (auto& group : document.groups) change(group.listener);
    const auto change_all = [&](auto& rows) {
        for (auto& row : rows) std::ranges::for_each(row.listeners, change);
    };
    change_all(document.recipients);
    change_all(document.rules);
    change_all(document.aliases);
    change_all(document.masquerades);
    change_all(document.domain_maps);
}

void close(Document& document, const ListenerInfo& bare)
{
    SenderGroup all;
    all.name = closed_name;
    all.listener = bare.name;
    all.order = 1;
    all.policy = closed_name;
    all.senders.push_back({"ALL", "", 0});
    document.groups.push_back(std::move(all));
}

std::string quote_all(const std::vector<std::string>& names)
{
    std::vector<std::string> quoted;
    for (const auto& name : names) quoted.push_back(config::quote_json(name));
    return join(quoted, ", ");
}

}  // namespace

std::optional<Renaming> find_renaming(const Document& document, const std::vector<ListenerInfo>& listeners,
                                      const std::optional<policy::NodeFacts>& node)
{
    if (node && node->shares_store) return std::nullopt;  // what is missing here may be another node's
    Renaming renaming;
    renaming.missing = find_missing(document, listeners);
    for (const auto& listener : listeners)
        if (listener.kind != ListenerKind::submission && !has_group(document, listener.name)) renaming.bare.push_back(listener);
    if (renaming.missing.empty() || renaming.bare.empty()) return std::nullopt;
    renaming.is_clear = renaming.missing.size() == 1 && renaming.bare.size() == 1 &&
                        may_have(document, renaming.missing.front(), renaming.bare.front());
    return renaming;
}

Problem describe_renaming(const Renaming& renaming)
{
    std::vector<std::string> bare;
    for (const auto& listener : renaming.bare) bare.push_back(listener.name);
    Problem problem;
    problem.key = "listener.name";
    problem.what = "the policy has no sender group for " + quote_all(bare) + ", and tables for " + quote_all(renaming.missing) +
                   ", which is no listener here; ";
    problem.what += renaming.is_clear ? "a node takes the one for the other" : "a node answers 421 there";
    problem.hint =
        "was it renamed? Then rename it in the policy, too, before the node starts again: policy export, change the name, policy "
        "submit, policy commit; otherwise give the listener a sender group, or take the tables out";
    return problem;
}

Document settle_renaming(Document document, const Renaming& renaming)
{
    if (renaming.is_clear) {
        rename(document, renaming.missing.front(), renaming.bare.front().name);
        return document;
    }
    policy::MailFlowPolicy closed;
    closed.name = closed_name;
    closed.behavior = Behavior::reject;
    closed.own.emplace("reject_code", config::Value::of_number(come_again));
    closed.own.emplace("reject_text", config::Value::of_text("The policy of this listener is not settled; try again later"));
    std::erase_if(document.policies, [](const auto& policy) { return policy.name == closed_name; });
    document.policies.push_back(std::move(closed));
    for (const auto& listener : renaming.bare) close(document, listener);
    return document;
}

}  // namespace sealpost::revisions
