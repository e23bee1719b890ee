// What a document may say and an administrator should still hear about, each with its reason.
#include "base/text.hpp"
#include "core/policy/envelope_services.hpp"
#include "core/policy/snapshot_state.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace sealpost::policy {
namespace {

using config::say;

bool covers(std::string_view range, const SenderPattern& pattern)
{
    const auto wide = parse_sender(range).value();
    return wide.low.is_v4() == pattern.low.is_v4() && wide.low <= pattern.low && pattern.high <= wide.high;
}

// RFC 1918, 6598, 3927, 4193, 4291: addresses that are not on the internet.
bool is_inside(const SenderPattern& pattern)
{
    if (pattern.kind != SenderPattern::Kind::addresses) return false;
    for (const char* range : {"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16",
                              "fc00::/7", "fe80::/10", "::1"})
        if (covers(range, pattern)) return true;
    return false;
}

class Inspector {
public:
    explicit Inspector(const Snapshot::State& state) : state_(state) {}

    std::vector<Problem> inspect()
    {
        for (const auto& group : state_.document.groups) {
            const auto senders = read_senders(group);
            if (group.policy.empty())
                warn_of_no_policy(group, senders);
            else
                inspect_policy(group, senders);
            warn_of_bare_suffixes(senders);
            warn_of_old_range(senders);
            warn_of_country_names(senders);
            if (names_envelope_service(senders)) service_groups_.push_back(&group);
        }
        warn_of_other_listeners();
        warn_of_service_destinations();
        for (const auto& [name, table] : state_.listeners) {
            warn_of_last_policy(table);
            warn_of_shadows(table);
            warn_of_lost_tls(table);
            warn_of_names_that_pass(table);
            warn_of_missing_tls(table);
            warn_of_unheard_check(table);
        }
        warn_of_tags();
        warn_of_suspensions();
        warn_of_postmaster();
        return std::move(warnings_);
    }

private:
    // Read once a group: there may be 100,000 of them.
    struct Sender {
        const SenderEntry* entry;
        SenderPattern pattern;
        std::string spelling;
    };
    static std::vector<Sender> read_senders(const SenderGroup& group)
    {
        std::vector<Sender> out;
        out.reserve(group.senders.size());
        for (const auto& entry : group.senders) {
            auto pattern = parse_sender(entry.text).value();
            auto spelling = format_sender(pattern);
            out.push_back({&entry, std::move(pattern), std::move(spelling)});
        }
        return out;
    }

    void warn(int line, std::string key, config::Sentence what, config::Sentence hint)
    {
        warnings_.push_back(config::make_problem("policy", line, std::move(key), std::move(what), std::move(hint)));
    }

    [[nodiscard]] const ResolvedPolicy& policy_of(const SenderGroup& group) const
    {
        return state_.listeners.find(group.listener)->second.policies.find(group.policy)->second;
    }

    void inspect_policy(const SenderGroup& group, const std::vector<Sender>& senders)
    {
        const auto& policy = policy_of(group);
        if (policy.behavior == Behavior::relay && policy.parameters->auth != AuthMode::required) {
            warn_of_relay(senders);
            warn_of_relay_without_name(group);
        }
        if (policy.behavior != Behavior::accept && policy.behavior != Behavior::relay) return;
        if (policy.parameters->tls != TlsMode::required && names_envelope_service(senders))
            warn(group.line, "sender_group.policy",
                 say("replies_without_tls",
                     "{group} names hosts of an envelope service, and {policy} has tls = {tls}: replies in clear form could "
                     "come without TLS",
                     {group.name, policy.name, std::string(format_tls_mode(policy.parameters->tls))}),
                 say("use_tls_required", "use a policy with tls = \"required\""));
    }

    void warn_of_relay(const std::vector<Sender>& senders)
    {
        for (const auto& sender : senders) {
            if (is_inside(sender.pattern)) continue;
            const bool is_all = sender.pattern.kind == SenderPattern::Kind::all;
            warn(sender.entry->line, "sender_group.policy",
                 is_all ? say("relay_for_all", "ALL with relay is an open relay for the whole internet")
                        : say("relay_for_strangers",
                              "{sender} with relay may send to anybody through us; the hosts behind it are perhaps not ours, "
                              "or will not be",
                              {sender.entry->text}),
                 say("use_accept", "use a policy with behavior = \"accept\", unless these are your own hosts"));
        }
    }

    void warn_of_relay_without_name(const SenderGroup& group)
    {
        if (!group.takes_no_ptr && !group.takes_ptr_failed && !group.takes_ptr_mismatch) return;
        warn(group.line, "sender_group.host_checks",
             say("relay_without_name",
                 "{group} takes hosts whose name is not verified, and relays: an open relay for whoever has no name",
                 {group.name}),
             say("use_accept", "use a policy with behavior = \"accept\", unless these are your own hosts"));
    }

    // Such a group decides nothing.
    void warn_of_no_policy(const SenderGroup& group, const std::vector<Sender>& senders)
    {
        if (!names_envelope_service(senders)) return;
        warn(group.line, "sender_group.policy",
             say("service_without_policy",
                 "{group} names hosts of an envelope service and has no policy: they meet whatever comes behind, perhaps without "
                 "TLS",
                 {group.name}),
             say("use_tls_required", "use a policy with tls = \"required\""));
    }

    // Whoever no group takes meets a policy that stands in no group.
    void warn_of_last_policy(const ListenerTable& table)
    {
        const auto& last = table.policies.find(table.last_policy)->second;
        if (last.behavior != Behavior::relay || last.parameters->auth == AuthMode::required) return;
        const auto written = std::ranges::find(state_.document.policies, last.name, &MailFlowPolicy::name);
        warn(
            written == state_.document.policies.end() ? 0 : written->line, "mail_flow_policy",
            say("relay_behind_groups",
                "{policy} is met by ALL on listener {listener}, and relays: an open relay for the whole internet",
                {last.name, table.info.name}),
            say("use_accept_or_auth",
                "use behavior = \"accept\" on a public listener, auth = \"required\" on a submission one, and give hosts of your "
                "own a group"));
    }

    static bool names_envelope_service(const std::vector<Sender>& senders)
    {
        return std::ranges::any_of(senders, [](const Sender& sender) { return is_of_envelope_service(sender.pattern); });
    }

    // Where the service's hosts come in beside the listener that requires TLS of them.
    void warn_of_other_listeners()
    {
        for (const auto& [name, table] : state_.listeners) {
            if (table.info.kind != config::ListenerKind::public_mail) continue;
            const auto& last = table.policies.find(table.last_policy)->second;
            if (last.behavior != Behavior::accept || last.parameters->tls == TlsMode::required) continue;
            if (std::ranges::count(service_groups_, name, &SenderGroup::listener) > 0) continue;
            const auto elsewhere = std::ranges::find_if(service_groups_, [&](const SenderGroup* group) {
                return demands_tls(state_.listeners.find(group->listener)->second, *group);
            });
            if (elsewhere == service_groups_.end()) continue;
            const SenderGroup& group = **elsewhere;
            warn(group.line, "sender_group.listener",
                 say("service_on_one_listener",
                     "{group} requires TLS of hosts of an envelope service on listener {listener}, and no group does on {other}: "
                     "there they may come without",
                     {group.name, group.listener, name}),
                 say("same_group_on", "the same group with listener = \"{other}\"", {name}));
        }
    }

    // The service's mail comes in: what goes out to its domain is another matter.
    void warn_of_service_destinations()
    {
        if (!service_groups_.empty()) return;
        for (const Destination& each : state_.document.destinations) {
            if (!is_domain_of_envelope_service(each.domain)) continue;
            warn(each.line, "destination.domain",
                 say("service_destination",
                     "{domain} belongs to an envelope service: this decides on mail to it, and no sender group on mail from it",
                     {each.domain}),
                 say("add_service_group", "a sender group with the hosts of the service, and a policy with tls = \"required\""));
        }
    }

    void warn_of_bare_suffixes(const std::vector<Sender>& senders)
    {
        std::set<std::string_view> hosts;
        for (const auto& sender : senders)
            if (sender.pattern.kind == SenderPattern::Kind::host) hosts.insert(sender.spelling);
        for (const auto& sender : senders) {
            if (sender.pattern.kind != SenderPattern::Kind::suffix) continue;
            const auto bare = sender.spelling.substr(1);
            if (hosts.contains(bare)) continue;
            warn(sender.entry->line, "sender_group.senders",
                 say("bare_suffix", "{suffix} covers the names below it, not {bare} itself", {sender.spelling, bare}),
                 say("add_if_sends", "add \"{bare}\" as well if that host sends", {bare}));
        }
    }

    void warn_of_old_range(const std::vector<Sender>& senders)
    {
        for (const auto& sender : senders)
            if (sender.spelling == "204.15.81.0/26")
                warn(sender.entry->line, "sender_group.senders",
                     say("old_range", "204.15.81.0/26 is the service's old range and may have another owner by now"),
                     say("leave_out_unused", "leave it out when no mail comes from it"));
    }

    // Nobody's verified name is "fr".
    void warn_of_country_names(const std::vector<Sender>& senders)
    {
        for (const auto& sender : senders) {
            const auto code = ascii_upper(sender.pattern.name);
            if (sender.pattern.kind == SenderPattern::Kind::host && is_country(code))
                warn(sender.entry->line, "sender_group.senders",
                     say("country_as_host", "{sender} is a host name here, not a country",
                         {config::quote_json(sender.entry->text)}),
                     say("write_country", "write country[{code}]", {code}));
        }
    }

    // Hosts whose lookup fails for the moment are asked to come back before the group can take them.
    void warn_of_unheard_check(const ListenerTable& table)
    {
        const auto check = table.checks[1];
        const auto name = table.hosts.first_name();
        if (check == HostTable::none || !table.defer_undecided || name > check) return;
        const auto* group = table.entries[check].group;
        const auto* by = table.entries[name].group;
        if (group != by)
            warn(group->line, "sender_group.host_checks",
                 say("unheard_check",
                     "{group} gets no host by ptr_failed that an earlier group ({earlier}) could have by name: such hosts are "
                     "answered with 421",
                     {group->name, by->name}),
                 say("lower_order_or_defer", "give it a lower order, or set defer_undecided = false for this listener"));
    }

    // A group is shadowed when each of its senders is covered by one entry of an earlier group.
    void warn_of_shadows(const ListenerTable& table)
    {
        std::uint32_t at = 0;
        while (at < table.entries.size()) {
            const auto* group = table.entries[at].group;
            const auto first = at;
            const SenderGroup* by = nullptr;
            bool is_shadowed = true;
            for (; at < table.entries.size() && table.entries[at].group == group; ++at) {
                const auto pattern = parse_sender(table.entries[at].text);
                const auto cover = pattern ? table.hosts.find_cover(*pattern) : HostTable::none;
                is_shadowed = is_shadowed && cover < first;
                if (cover < first) by = table.entries[cover].group;
            }
            if (is_shadowed)
                warn(group->line, "sender_group",
                     say("shadowed_group", "{group} never matches: an earlier group ({earlier}) takes every one of its senders",
                         {group->name, by->name}),
                     say("lower_order", "give it a lower order"));
        }
    }

    [[nodiscard]] bool demands_tls(const ListenerTable& table, const SenderGroup& group) const
    {
        if (group.policy.empty()) return false;
        const auto& policy = table.policies.find(group.policy)->second;
        return policy.behavior == Behavior::accept && policy.parameters->tls == TlsMode::required;
    }

    // Some hosts of a group for which TLS is required meet an earlier group, for which it is not.
    void warn_of_lost_tls(const ListenerTable& table)
    {
        for (std::uint32_t at = 0; at < table.entries.size(); ++at) {
            const auto& [group, text] = table.entries[at];
            if (!demands_tls(table, *group)) continue;
            const auto pattern = parse_sender(text);
            const auto cover = pattern ? table.hosts.find_cover(*pattern) : HostTable::none;
            if (cover >= at) continue;
            const auto& by = *table.entries[cover].group;
            if (by.name == group->name || by.policy.empty() || demands_tls(table, by)) continue;
            const auto behavior = table.policies.find(by.policy)->second.behavior;
            if (behavior != Behavior::accept && behavior != Behavior::relay) continue;
            warn(group->line, "sender_group.senders",
                 say("lost_tls", "{sender} of {group} meets an earlier group ({earlier}), for which TLS is not required",
                     {std::string(text), group->name, by.name}),
                 say("lower_order", "give it a lower order"));
        }
    }

    // Mail for which TLS is required where none is offered: each one is refused for good.
    void warn_of_missing_tls(const ListenerTable& table)
    {
        std::set<std::string_view> told;
        for (const auto& entry : table.entries) {
            const SenderGroup& group = *entry.group;
            if (!group.policy.empty() && told.insert(group.policy).second)
                warn_of_missing_tls(table, table.policies.find(group.policy)->second, group.name, group.line);
        }
        const auto& last = table.policies.find(table.last_policy)->second;
        if (!told.contains(table.last_policy)) warn_of_missing_tls(table, last, "ALL", 0);
    }

    void warn_of_missing_tls(const ListenerTable& table, const ResolvedPolicy& policy, const std::string& group, int line)
    {
        if (policy.behavior != Behavior::accept && policy.behavior != Behavior::relay) return;
        const ListenerInfo& info = table.info;
        const Parameters& parameters = *policy.parameters;
        if (parameters.tls == TlsMode::required && !info.has_certificate)
            return warn(
                line, "sender_group.policy",
                say("tls_without_certificate",
                    "{policy} requires TLS, and listener {listener} has no certificate: mail of {group} is refused with 530",
                    {policy.name, info.name, group}),
                say("give_certificate", "certificate = \"…\" for this listener in sealpost.toml"));
        const bool has_tls = info.implicit_tls || (info.has_certificate && parameters.tls != TlsMode::off);
        if (parameters.tls_mandatory_senders && !has_tls)
            warn(
                line, "mail_flow_policy.tls_mandatory_senders",
                say("mandatory_without_tls",
                    "{policy} wants TLS of some senders (tls_mandatory_senders), and listener {listener} offers none: their mail "
                    "is refused with 530",
                    {policy.name, info.name}),
                say("offer_tls", "tls = \"preferred\", and a certificate for this listener in sealpost.toml"));
    }

    // A host whose lookup fails for the moment falls through to what comes behind, which may want less.
    void warn_of_names_that_pass(const ListenerTable& table)
    {
        if (table.defer_undecided) return;
        const SenderGroup* told = nullptr;
        for (const auto& [group, text] : table.entries) {
            const auto pattern = parse_sender(text);
            if (group == told || !pattern || !pattern->is_name() || !demands_tls(table, *group)) continue;
            told = group;
            warn(group->line, "listener_defaults.defer_undecided",
                 say("names_pass",
                     "{group} requires TLS of hosts by name: one whose name cannot be looked up for the moment meets a later "
                     "group "
                     "instead, since defer_undecided is false on listener {listener}",
                     {group->name, table.info.name}),
                 say("defer_undecided", "leave defer_undecided out: such a host is then asked to come back"));
        }
    }

    // A bounce without a tag is refused wherever its mail went, so half of the mail tagged is half of its bounces lost.
    void warn_of_tags()
    {
        const auto& destinations = state_.document.destinations;
        const auto first = std::ranges::find(destinations, true, &Destination::tag_sender);
        if (first == destinations.end()) return;
        if (state_.node && !state_.node->has_bounce_keys)
            warn(first->line, "destination.tag_sender",
                 say("no_bounce_key", "this node has no key to tag with, so nothing is tagged nor refused"),
                 say("make_bounce_key", "sealpost bounce-key new FILE, and [bounce_verification] key_files in sealpost.toml"));
        const auto leaves_out = [](const Destination& each) { return !each.tag_sender; };
        const bool all_tagged = std::ranges::count(destinations, "ALL", &Destination::domain) > 0;
        if (!all_tagged || std::ranges::any_of(destinations, leaves_out))
            warn(first->line, "destination.tag_sender",
                 say("some_untagged", "mail to some domains is not tagged, and what bounces from there is refused"),
                 say("tag_all", "tag_sender = true for ALL and for every other destination, or accept_untagged_bounces"));
    }

    // Easily forgotten: nothing fails, and nobody hears of it.
    void warn_of_suspensions()
    {
        std::map<int, std::vector<std::string>> domains_of;  // by the line of their table
        for (const Destination& each : state_.document.destinations)
            if (each.is_suspended) domains_of[each.line].push_back(each.domain);
        for (const auto& [line, domains] : domains_of)
            warn(line, "destination.suspended",
                 say("suspended", "mail for {domains} waits, untried, and its senders hear nothing", {join(domains, ", ")}),
                 say("take_back_suspension", "take it back when the destination takes mail again"));
    }

    // Whether some host of the listener meets a policy that takes mail, and completes no address.
    [[nodiscard]] bool leaves_postmaster_bare(const ListenerTable& table) const
    {
        const auto leaves_bare = [&](std::string_view name) {
            const auto found = table.policies.find(name);
            if (found == table.policies.end()) return false;
            const auto& policy = found->second;
            return (policy.behavior == Behavior::accept || policy.behavior == Behavior::relay) &&
                   policy.parameters->default_domain.empty();
        };
        const auto& groups = state_.document.groups;
        return leaves_bare(table.last_policy) || std::ranges::any_of(groups, [&](const SenderGroup& group) {
                   return group.listener == table.info.name && leaves_bare(group.policy);
               });
    }

    // RFC 5321 §4.5.1: every host that takes mail has a postmaster, also without a domain.
    void warn_of_postmaster()
    {
        if (!state_.node || state_.node->hostname.empty() || state_.document.recipients.empty()) return;
        const auto& hostname = state_.node->hostname;
        for (const auto& [name, table] : state_.listeners) {
            if (!leaves_postmaster_bare(table) || !state_.find_postmaster_domain(table, hostname).empty()) continue;
            warn(
                0, "alias",
                say("bare_postmaster",
                    "mail to Postmaster without a domain is taken for postmaster@{hostname}, which no alias, domain map or route "
                    "leads on: it waits, and comes back",
                    {hostname}),
                say("add_postmaster", "add [[alias]] with address = \"postmaster@{hostname}\" and to = somebody who reads it",
                    {hostname}));
            return;  // for all of them
        }
    }

    const Snapshot::State& state_;
    std::vector<const SenderGroup*> service_groups_;  // that name hosts of an envelope service
    std::vector<Problem> warnings_;
};

}  // namespace

std::vector<Problem> find_warnings(const Snapshot::State& state)
{
    auto warnings = Inspector(state).inspect();
    const auto dead = find_dead_rows(state);
    warnings.insert(warnings.end(), dead.begin(), dead.end());
    return warnings;
}

}  // namespace sealpost::policy
