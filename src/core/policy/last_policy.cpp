#include "core/policy/last_policy.hpp"

#include "core/policy/predefined.hpp"

#include <set>

namespace sealpost::policy {

using config::say;

Behavior find_behavior_on(ListenerKind kind, const MailFlowPolicy& policy)
{
    if (policy.behavior == Behavior::accept && kind != ListenerKind::public_mail) return Behavior::relay;
    if (policy.behavior == Behavior::go_on && policy.name == find_last_policy(kind)) return Behavior::reject;
    return policy.behavior;
}

std::vector<Problem> check_last_policies(const Document& document, const std::vector<ListenerInfo>& listeners)
{
    // A listener that nobody knows meets what a private one does; without listeners, all are public.
    std::set<std::string_view> last = {find_last_policy(ListenerKind::private_mail)};
    for (const auto& listener : listeners) last.insert(find_last_policy(listener.kind));
    if (listeners.empty()) last.insert(find_last_policy(ListenerKind::public_mail));
    std::vector<Problem> problems;
    for (const auto& policy : document.policies)
        if (policy.behavior == Behavior::go_on && last.contains(policy.name))
            problems.push_back(config::make_problem(
                "policy", policy.line, "mail_flow_policy.behavior",
                say("continue_behind_all", "{policy} is what ALL means, and nothing stands behind ALL: it cannot continue",
                    {policy.name}),
                say("continue_other_policy",
                    "a behavior that decides; for groups that only mark, a policy of another name, or none")));
    return problems;
}

Snapshot::Compiled compile_new(Document document, const std::vector<ListenerInfo>& listeners, std::int64_t version,
                               std::optional<NodeFacts> node)
{
    auto problems = check_last_policies(document, listeners);
    auto compiled = Snapshot::compile(std::move(document), listeners, version, std::move(node));
    if (problems.empty()) return compiled;
    compiled.problems.insert(compiled.problems.end(), problems.begin(), problems.end());
    compiled.snapshot.reset();
    compiled.warnings.clear();
    return compiled;
}

}  // namespace sealpost::policy
