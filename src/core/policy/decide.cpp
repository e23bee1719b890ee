// The Snapshot's verdicts about connections, senders, recipients and destinations.
#include "base/text.hpp"
#include "core/policy/snapshot_state.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <limits>

namespace sealpost::policy {
namespace {

std::string normal_name(std::string_view name)
{
    std::string normal = ascii_lower(name);
    if (normal.ends_with('.')) normal.pop_back();
    return normal;
}

std::uint32_t find_check(const ListenerTable& table, HostState state)
{
    switch (state) {
        case HostState::none: return table.checks[0];
        case HostState::temporary: return table.checks[1];
        case HostState::mismatch: return table.checks[2];
        case HostState::verified: break;
    }
    return HostTable::none;
}

void take_policy(ConnectionVerdict& verdict, const ResolvedPolicy& policy)
{
    verdict.policy = policy.name;
    verdict.behavior = policy.behavior;
    verdict.parameters = policy.parameters;
    verdict.origins = policy.origins;
}

// The facts as the tables compare them: names, zones and country in the case of the normal form.
class NormalFacts {
public:
    explicit NormalFacts(const ConnectionFacts& facts) : ip_(facts.ip), country_(ascii_upper(facts.country))
    {
        if (facts.host_state == HostState::verified) {
            host_ = normal_name(facts.host);
            for (const auto& name : facts.other_hosts) other_hosts_.push_back(normal_name(name));
        }
        for (const auto& name : facts.open_hosts) open_hosts_.push_back(normal_name(name));
        knows_names_ = facts.host_state != HostState::temporary || !open_hosts_.empty();
        for (const auto& zone : facts.dns_lists) zones_.push_back(ascii_lower(zone));
        others_.dns_lists = zones_;
        others_.country = country_;
        if (facts.reputation) others_.reputation = round_score(*facts.reputation);
    }
    NormalFacts(const NormalFacts&) = delete;
    NormalFacts& operator=(const NormalFacts&) = delete;

    // The first entry that the address, a verified name or what others say meets.
    [[nodiscard]] std::uint32_t find(const HostTable& hosts) const
    {
        auto first = hosts.find(ip_, host_, others_);
        for (const auto& name : other_hosts_) first = std::min(first, hosts.find_name(name));
        return first;
    }
    // The first entry that a name could meet which is not known for the moment.
    [[nodiscard]] std::uint32_t find_open(const HostTable& hosts) const
    {
        if (!knows_names_) return hosts.first_name();
        auto first = HostTable::none;
        for (const auto& name : open_hosts_) first = std::min(first, hosts.find_name(name));
        return first;
    }

private:
    IpAddress ip_;
    std::string host_;
    std::vector<std::string> other_hosts_, open_hosts_;
    bool knows_names_ = true;
    HostFacts others_;
    std::vector<std::string> zones_;
    std::string country_;
};

std::string_view find_matched_by(std::string_view text)
{
    if (text.starts_with("host_checks: ")) return "host_check";
    return format_sender_kind(parse_sender(text).value().kind);
}

// The conditions of the groups up to an order, each once.
WantedFacts collect_wanted(const std::vector<WantedFact>& all, int before)
{
    WantedFacts wanted;
    for (const auto& each : all) {
        if (each.order >= before) continue;
        wanted.country |= each.kind == SenderPattern::Kind::country;
        wanted.reputation |= each.kind == SenderPattern::Kind::reputation;
        auto& zones = wanted.dns_lists;
        if (each.kind == SenderPattern::Kind::dns_list && std::find(zones.begin(), zones.end(), each.zone) == zones.end())
            zones.push_back(each.zone);
    }
    return wanted;
}

bool passes(const SenderGroup& group, const HostTable& hosts, const ConnectionFacts& facts, const NormalFacts& normal)
{
    if (normal.find(hosts) != HostTable::none) return true;
    return (facts.host_state == HostState::none && group.takes_no_ptr) ||
           (facts.host_state == HostState::temporary && group.takes_ptr_failed) ||
           (facts.host_state == HostState::mismatch && group.takes_ptr_mismatch);
}

}  // namespace

std::string_view format_host_state(HostState state)
{
    switch (state) {
        case HostState::verified: return "verified";
        case HostState::none: return "none";
        case HostState::temporary: return "temporary";
        case HostState::mismatch: break;
    }
    return "mismatch";
}

std::int64_t Snapshot::version() const { return state_->version; }
const Document& Snapshot::document() const { return state_->document; }

WantedFacts Snapshot::find_wanted_facts(std::string_view listener) const
{
    const auto found = state_->listeners.find(listener);
    if (found == state_->listeners.end()) return {};
    return collect_wanted(found->second.wanted, std::numeric_limits<int>::max());
}

WantedFacts Snapshot::find_wanted_facts(std::string_view listener, const IpAddress& ip) const
{
    const auto found = state_->listeners.find(listener);
    if (found == state_->listeners.end() || found->second.wanted.empty()) return {};
    const auto& table = found->second;
    // A name can only lead to an earlier group than the address alone, so what it hides is hidden for good.
    const auto entry = table.hosts.find(ip, {});
    return collect_wanted(table.wanted,
                          entry == HostTable::none ? std::numeric_limits<int>::max() : table.entries[entry].group->order);
}

std::shared_ptr<const Parameters> no_parameters()
{
    static const auto none = std::make_shared<const Parameters>();
    return none;
}

std::shared_ptr<const ParameterOrigins> no_origins()
{
    static const auto none = std::make_shared<const ParameterOrigins>();
    return none;
}

ConnectionVerdict Snapshot::decide_connection(const ConnectionFacts& facts) const
{
    ConnectionVerdict verdict{.sender_group = "ALL", .matched = "ALL", .matched_by = "all"};
    const auto found = state_->listeners.find(facts.listener);
    if (found == state_->listeners.end()) {
        take_policy(verdict, state_->blocked);
        return verdict;
    }
    const auto& table = found->second;
    const NormalFacts normal(facts);
    const auto entry = std::min(normal.find(table.hosts), find_check(table, facts.host_state));
    std::string_view policy = table.last_policy;
    if (entry != HostTable::none) {
        const auto& [group, text] = table.entries[entry];
        verdict.sender_group = group->name;
        verdict.order = group->order;
        verdict.matched = text;
        verdict.matched_by = find_matched_by(text);
        policy = group->policy;
    }
    take_policy(verdict, table.policies.find(policy)->second);
    // A name is not known for the moment, and an earlier group has it, or any name: it could be the match.
    const auto could_match = normal.find_open(table.hosts);
    if (table.defer_undecided && could_match < entry) {
        verdict.undecided_group = table.entries[could_match].group->name;
        verdict.undecided = verdict.undecided_group != verdict.sender_group;  // its own group all the same
        if (!verdict.undecided) verdict.undecided_group.clear();
    }
    for (const auto& [group, hosts] : table.passing)
        if ((entry == HostTable::none || group->order < verdict.order) && passes(*group, hosts, facts, normal))
            verdict.passed_groups.push_back(group->name);
    return verdict;
}

RecipientVerdict Snapshot::decide_recipient(std::string_view listener, Behavior behavior, std::string_view address) const
{
    RecipientVerdict verdict{.accept = true, .matched = "relay"};
    if (behavior == Behavior::relay) return verdict;
    const auto found = state_->listeners.find(listener);
    verdict = {.accept = false, .matched = "ALL"};
    if (found == state_->listeners.end()) return verdict;
    // RFC 5321 §4.5.1: "Any system that includes an SMTP server supporting mail relaying or delivery
    // MUST support the reserved mailbox 'postmaster'", also without a domain (§2.3.5), whatever the rows say.
    if (iequals(address, "postmaster")) return {.accept = true, .matched = "postmaster"};
    // What is said of a local part is said of our own domains: anybody else's would make us an open relay for it.
    const auto match = found->second.recipients.find_first(address, is_own_domain(split_address(address).domain));
    verdict.is_of_own_domain = found->second.own_domains.find_closest(split_address(address).domain) != AddressTable::none;
    if (match.row == AddressTable::none) return verdict;
    const auto& row = state_->document.recipients[match.row];
    verdict.matched = match.pattern;
    verdict.accept = row.accept;
    verdict.bypass_limits = row.bypass_limits;
    verdict.code = row.code;
    verdict.text = row.text;
    return verdict;
}

SenderVerdict Snapshot::decide_sender(const ConnectionVerdict& connection, bool inside_tls, std::string_view address) const
{
    SenderVerdict verdict;
    if (address.empty()) return verdict;
    if (connection.parameters->exception_table) {
        const auto match = state_->exceptions.find_first(address);
        if (match.row != AddressTable::none) {
            const auto& row = state_->document.exceptions[match.row];
            verdict.accept = verdict.excepted = row.allow;
            verdict.matched = match.pattern;
            verdict.code = row.code;
            verdict.text = row.text;
        }
        if (!verdict.accept) return verdict;
    }
    const auto& senders = connection.parameters->tls_mandatory_senders;
    if (!senders || inside_tls) return verdict;
    const auto match = senders->find_first(address);
    if (match.row == AddressTable::none) return verdict;
    verdict.accept = false;
    verdict.needs_tls = true;
    verdict.matched = match.pattern;
    verdict.code = 530;
    verdict.text = "Must issue a STARTTLS command first";
    return verdict;
}

bool is_malformed_domain(std::string_view domain)
{
    if (domain.starts_with('[')) return false;
    const auto dot = domain.find('.');
    return dot == std::string_view::npos || dot == 0 || dot + 1 == domain.size();
}

bool has_refused_character(const Parameters& parameters, std::string_view local)
{
    return local.find_first_of(parameters.refused_characters) != std::string_view::npos;
}

bool Snapshot::offers_tls(std::string_view listener, const ConnectionVerdict& connection) const
{
    const auto found = state_->listeners.find(listener);
    if (found == state_->listeners.end()) return false;
    const ListenerInfo& info = found->second.info;
    return info.implicit_tls || (info.has_certificate && connection.parameters->tls != TlsMode::off);
}

const RewriteTables* Snapshot::find_rewriting(std::string_view listener) const
{
    const auto found = state_->listeners.find(listener);
    return found == state_->listeners.end() ? nullptr : &found->second.rewrite;
}

bool Snapshot::is_own_domain(std::string_view domain) const
{
    return state_->own_domains.find_closest(domain) != AddressTable::none ||
           state_->mapped_domains.find_closest(domain) != AddressTable::none;
}

const Route* Snapshot::State::find_route(std::string_view domain) const
{
    const auto row = routes.find_closest(domain);
    if (row == AddressTable::none) return nullptr;
    const auto& route = document.routes[row];
    return route.kind == Route::Kind::use_dns ? nullptr : &route;
}

const Route* Snapshot::find_route(std::string_view domain) const { return state_->find_route(domain); }

// A route for ALL is the last resort: who stands behind it need not know our host's name.
std::string Snapshot::State::find_postmaster_domain(const ListenerTable& table, std::string_view hostname) const
{
    const auto postmaster_of = [](std::string_view domain) { return "postmaster@" + std::string(domain); };
    const auto is_ours = [&](std::string_view domain) { return own_domains.find_closest(domain) != AddressTable::none; };
    const Route* route = find_route(hostname);
    const bool is_mapped = table.rewrite.map_domain(hostname) || !table.rewrite.expand(postmaster_of(hostname)).matched.empty();
    if (is_mapped || (route != nullptr && route->domain != "ALL")) return std::string(hostname);
    for (auto dot = hostname.find('.'); dot != std::string_view::npos; dot = hostname.find('.', dot + 1)) {
        const auto above = hostname.substr(dot + 1);
        const bool is_alias = !table.rewrite.expand(postmaster_of(above), is_ours).matched.empty();
        if (is_alias || takes_in(postmaster_of(above))) return std::string(above);
    }
    return route != nullptr || takes_in(postmaster_of(hostname)) ? std::string(hostname) : std::string();
}

std::string Snapshot::find_postmaster_domain(std::string_view listener, std::string_view hostname) const
{
    const auto found = state_->listeners.find(listener);
    const auto domain = found == state_->listeners.end() ? "" : state_->find_postmaster_domain(found->second, hostname);
    return domain.empty() ? std::string(hostname) : domain;
}

const Destination& Snapshot::find_destination(std::string_view domain) const
{
    const auto row = state_->destinations.find_closest(domain);
    return row == AddressTable::none ? state_->default_destination : state_->document.destinations[row];
}

bool Snapshot::is_suspended(std::string_view domain) const
{
    return state_->suspends_all || find_destination(domain).is_suspended;
}

bool Snapshot::suspends_all() const { return state_->suspends_all; }

const EncryptionProfile* Snapshot::find_profile(std::string_view name) const
{
    const auto at =
        std::find_if(state_->profiles.begin(), state_->profiles.end(), [&](const auto& each) { return each.name == name; });
    return at == state_->profiles.end() ? nullptr : &*at;
}

const BounceProfile* Snapshot::find_bounce_profile(std::string_view name) const
{
    if (name.empty()) name = "default";
    const auto& all = state_->bounce_profiles;
    const auto at = std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.name == name; });
    return at == all.end() ? nullptr : &*at;
}

bool Snapshot::tags_senders() const { return state_->tags_senders; }

boost::json::object to_json(const ConnectionVerdict& verdict)
{
    boost::json::object out;
    out["sender_group"] = verdict.sender_group;
    out["order"] = verdict.order == 0 ? boost::json::value(nullptr) : boost::json::value(verdict.order);
    out["matched"] = verdict.matched;
    out["policy"] = verdict.policy;
    out["behavior"] = format_behavior(verdict.behavior);
    out["matched_by"] = verdict.matched_by;
    out["undecided"] = verdict.undecided;
    if (verdict.undecided) out["undecided_group"] = verdict.undecided_group;
    boost::json::array passed;
    for (const auto& group : verdict.passed_groups) passed.emplace_back(group);
    out["continued"] = std::move(passed);
    boost::json::object parameters;
    for (const auto& parameter : *verdict.origins) {
        boost::json::error_code bad;
        parameters[parameter.name] =
            boost::json::object{{"value", boost::json::parse(parameter.value, bad)}, {"from", parameter.from}};
    }
    out["parameters"] = std::move(parameters);
    return out;
}

std::string expand_variables(std::string_view text, const ConnectionVerdict& verdict, const ConnectionFacts& facts)
{
    const auto host = [&]() -> std::string {
        if (facts.host_state == HostState::verified) return facts.host;
        return facts.host_state == HostState::temporary ? "Unknown" : "None";
    };
    const std::vector<std::pair<std::string_view, std::string>> variables = {{"$Group", verdict.sender_group},
                                                                             {"$Hostname", host()},
                                                                             {"$RemoteIP", format_ip(facts.ip)},
                                                                             {"$HATEntry", verdict.matched},
                                                                             {"$OrgID", "None"}};
    std::string out;
    while (!text.empty()) {
        const auto at = std::find_if(variables.begin(), variables.end(), [&](const auto& each) {
            return text.size() >= each.first.size() && istarts_with(text, each.first);
        });
        if (at == variables.end()) {
            out += text.front();
            text.remove_prefix(1);
        } else {
            out += at->second;
            text.remove_prefix(at->first.size());
        }
    }
    return out;
}

}  // namespace sealpost::policy
