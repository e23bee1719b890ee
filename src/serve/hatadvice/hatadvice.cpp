#include "serve/hatadvice/hatadvice.hpp"

#include "base/special_networks.hpp"
#include "core/policy/last_policy.hpp"
#include "core/policy/predefined.hpp"
#include "core/policy/sender.hpp"
#include "sys/async/in_turn.hpp"
#include "sys/net/own_networks.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace sealpost::hatadvice {
namespace {

using config::say;

using policy::Problem;
using policy::SenderGroup;
using policy::SenderPattern;

struct Named {
    const SenderGroup* group = nullptr;
    int line = 0;
    SenderPattern pattern;
};

Problem make_warning(int line, std::string key, config::Sentence what, config::Sentence hint)
{
    return config::make_problem("policy", line, std::move(key), std::move(what), std::move(hint));
}

// Groups under whose policy, on their listener, a host may send to anybody. Of nothing: none. The document outlives it.
class Relaying {
public:
    Relaying() = default;
    Relaying(const policy::Document& document, const std::vector<policy::ListenerInfo>& listeners)
    {
        static const policy::Document predefined = *policy::parse_document(policy::predefined_policies(), "predefined").document;
        for (const auto* each : {&predefined, &document})  // a document may define them anew
            for (const auto& policy : each->policies) policies_[policy.name] = &policy;
        for (const auto& listener : listeners) kinds_[listener.name] = listener.kind;
    }

    [[nodiscard]] bool contains(const SenderGroup& group) const
    {
        const auto policy = policies_.find(group.policy);
        if (policy == policies_.end()) return false;
        const auto kind = kinds_.find(group.listener);
        return policy::find_behavior_on(kind == kinds_.end() ? policy::ListenerKind::public_mail : kind->second,
                                        *policy->second) == policy::Behavior::relay;
    }

private:
    std::map<std::string, const policy::MailFlowPolicy*, std::less<>> policies_;
    std::map<std::string, policy::ListenerKind, std::less<>> kinds_;
};

// Before it is parsed: no address, and no condition either.
bool may_be_name(std::string_view sender)
{
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    return sender.find_first_of(":[") == std::string_view::npos && std::any_of(sender.begin(), sender.end(), is_letter);
}

// The senders that something is asked about: names, and whatever stands in a group that relays. There may be hundreds
// of thousands of others.
std::vector<Named> list_senders(const policy::Document& document, bool asks_names, const Relaying& relaying)
{
    std::vector<Named> wanted;
    for (const auto& group : document.groups) {
        const bool is_relaying = relaying.contains(group);
        if (!asks_names && !is_relaying) continue;
        for (const auto& sender : group.senders) {
            if (!is_relaying && !may_be_name(sender.text)) continue;
            if (auto pattern = policy::parse_sender(sender.text)) wanted.push_back({&group, sender.line, std::move(*pattern)});
        }
    }
    return wanted;
}

// The names that are looked up: the bare names of suffixes first, which are what is asked about; then names of
// hosts, which show as well whether the resolver answers.
std::vector<std::string> list_names(const std::vector<Named>& senders, std::size_t most)
{
    std::vector<std::string> names;
    std::set<std::string> seen;
    for (const auto kind : {SenderPattern::Kind::suffix, SenderPattern::Kind::host})
        for (const auto& sender : senders) {
            if (sender.pattern.kind != kind || names.size() >= most) continue;
            const auto name = kind == SenderPattern::Kind::suffix ? sender.pattern.name.substr(1) : sender.pattern.name;
            if (seen.insert(name).second) names.push_back(name);
        }
    return names;
}

// What the children share; they run on one executor.
struct Lookups {
    std::shared_ptr<dns::Resolver> resolver;
    Deadline end = Deadline::never();
    std::map<std::string, dns::Addresses> answers;
};

Task<void> look_up(std::shared_ptr<Lookups> lookups, std::string name)
{
    auto answer = co_await dns::find_addresses(*lookups->resolver, name, lookups->end);
    lookups->answers[name] = std::move(answer);
}

bool is_answered(const Lookups& lookups)
{
    return std::any_of(lookups.answers.begin(), lookups.answers.end(),
                       [](const auto& each) { return each.second.status != dns::Status::temporary; });
}

void warn_of_bare_names(const std::vector<Named>& senders, const Lookups& lookups, std::vector<Problem>& out)
{
    std::set<std::pair<std::string, std::string>> hosts;  // listener, name
    for (const auto& sender : senders)
        if (sender.pattern.kind == SenderPattern::Kind::host) hosts.emplace(sender.group->listener, sender.pattern.name);
    for (const auto& sender : senders) {
        if (sender.pattern.kind != SenderPattern::Kind::suffix) continue;
        const auto bare = sender.pattern.name.substr(1);
        const auto answer = lookups.answers.find(bare);
        const bool resolves = answer != lookups.answers.end() && !answer->second.addresses.empty();
        if (!resolves || hosts.contains({sender.group->listener, bare})) continue;
        out.push_back(
            make_warning(sender.line, "sender_group.senders",
                         say("bare_host",
                             "{bare} is a host ({ip}), and {suffix} does not cover it: it meets another group than "
                             "{group}",
                             {bare, format_ip(answer->second.addresses.front()), sender.pattern.name, sender.group->name}),
                         say("add_as_well", "add \"{bare}\" as well", {bare})));
    }
}

void warn_of_silence(const std::vector<Named>& senders, std::vector<Problem>& out)
{
    const SenderGroup* told = nullptr;
    for (const auto& sender : senders) {
        if (!sender.pattern.is_name() || sender.group == told) continue;
        told = sender.group;
        out.push_back(make_warning(sender.line, "sender_group.senders",
                                   say("silent_resolver",
                                       "{group} asks for names of hosts, and the resolver does not answer: no host can be told "
                                       "by its name until it does",
                                       {told->name}),
                                   say("look_at_resolver", "look at [dns] resolver in sealpost.toml")));
    }
}

policy::ConnectionVerdict verdict_of(const policy::Snapshot& snapshot, const SenderGroup& group, const IpAddress& ip)
{
    policy::ConnectionFacts facts;
    facts.listener = group.listener;
    facts.ip = ip;
    return snapshot.decide_connection(facts);
}

// Whether an address of ours lies in the range, or the range in a network of ours.
bool is_ours(const SenderPattern& range, const std::vector<Network>& own)
{
    return std::any_of(own.begin(), own.end(), [&](const auto& network) {
        const bool holds_us =
            network.address.is_v4() == range.low.is_v4() && range.low <= network.address && network.address <= range.high;
        return holds_us || (contains(network, range.low) && contains(network, range.high));
    });
}

// The policy's own word comes first: to ask about a host copies all its parameters.
void warn_of_foreign_relay(const std::vector<Named>& senders, const Relaying& relaying, const policy::Snapshot& snapshot,
                           const std::vector<Network>& own, std::vector<Problem>& out)
{
    for (const auto& sender : senders) {
        if (!relaying.contains(*sender.group)) continue;
        if (sender.pattern.kind != SenderPattern::Kind::addresses || is_inside_address(sender.pattern.low)) continue;
        if (is_ours(sender.pattern, own)) continue;
        const auto verdict = verdict_of(snapshot, *sender.group, sender.pattern.low);
        if (verdict.sender_group != sender.group->name || verdict.behavior != policy::Behavior::relay) continue;
        out.push_back(
            make_warning(sender.line, "sender_group.policy",
                         say("relay_elsewhere",
                             "{sender} with relay may send to anybody through us, and no network of this node has to do with it",
                             {policy::format_sender(sender.pattern)}),
                         say("use_accept", "use a policy with behavior = \"accept\", unless these are your own hosts")));
    }
}

}  // namespace

std::vector<Network> list_own_networks(const config::NodeConfig& config)
{
    auto networks = net::find_own_networks();
    const auto add = [&](const IpAddress& address) { networks.push_back({address, address.bits()}); };
    for (const auto& address : config.service.send_addresses) add(address);
    if (config.delivery.source_address) add(*config.delivery.source_address);
    return networks;
}

Task<std::vector<Problem>> find_warnings(std::shared_ptr<dns::Resolver> resolver,
                                         std::shared_ptr<const policy::Snapshot> snapshot, Options options)
{
    const auto relaying = options.own_networks.empty() ? Relaying() : Relaying(snapshot->document(), options.listeners);
    const auto senders = list_senders(snapshot->document(), resolver != nullptr, relaying);
    auto lookups = std::make_shared<Lookups>();
    const auto names = resolver ? list_names(senders, options.max_names) : std::vector<std::string>();
    lookups->resolver = std::move(resolver);
    lookups->end = Deadline::after(options.time_limit);
    const auto look_up_one = [lookups](std::string name) { return look_up(lookups, std::move(name)); };
    co_await async::each_in_turn(names, options.at_a_time, look_up_one);
    std::vector<Problem> out;
    if (is_answered(*lookups))
        warn_of_bare_names(senders, *lookups, out);
    else if (!names.empty())
        warn_of_silence(senders, out);
    warn_of_foreign_relay(senders, relaying, *snapshot, options.own_networks, out);
    std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
    co_return out;
}

}  // namespace sealpost::hatadvice
