// From a Document to a Snapshot: names are resolved, parameters inherited, tables built.
#include "base/text.hpp"
#include "core/policy/last_policy.hpp"
#include "core/policy/snapshot_state.hpp"

#include <algorithm>

namespace sealpost::policy {
namespace {

using config::say;

constexpr std::int64_t max_expression_memory = 1 << 20;

template <class Named>
bool has_name(const std::vector<Named>& all, std::string_view name)
{
    return std::any_of(all.begin(), all.end(), [&](const Named& each) { return each.name == name; });
}

template <class Named>
std::vector<std::string> names_of(const std::vector<Named>& all)
{
    std::vector<std::string> names;
    for (const auto& each : all) names.push_back(each.name);
    return names;
}

class Compiler {
public:
    Compiler(Snapshot::State& state, std::vector<ListenerInfo> listeners, std::vector<Problem>& problems)
        : state_(state), listeners_(std::move(listeners)), problems_(problems)
    {
    }

    void compile()
    {
        add_predefined();
        check_names();
        if (!problems_.empty()) return;
        for (const auto& info : listeners_) add_listener(info);
        state_.blocked = resolve(find_policy("BLOCKED"), {});
        if (state_.blocked.behavior == Behavior::go_on) state_.blocked.behavior = Behavior::reject;
        add_rows();
        add_rules();
    }

private:
    // `what` says that there is no such name.
    void refuse(int line, std::string key, config::Sentence what, const std::string& name, const std::vector<std::string>& known)
    {
        const auto similar = config::find_similar(name, known);
        auto hint = !similar.empty() ? config::ask_if_meant(similar)
                    : known.empty()  ? say("there_is_none", "there is none")
                                     : say("there_are", "there are {names}", {join(known, ", ")});
        problems_.push_back(config::make_problem("policy", line, std::move(key), std::move(what), std::move(hint)));
    }

    void add_predefined()
    {
        static const Document predefined = *parse_document(predefined_policies(), "predefined").document;
        state_.policies = state_.document.policies;
        for (const auto& policy : predefined.policies)
            if (!has_name(state_.policies, policy.name)) state_.policies.push_back(policy);
        state_.profiles = state_.document.profiles;
        if (!has_name(state_.profiles, "default")) state_.profiles.push_back(predefined.profiles.front());
        state_.bounce_profiles = state_.document.bounce_profiles;
        if (!has_name(state_.bounce_profiles, "default")) state_.bounce_profiles.push_back(predefined.bounce_profiles.front());
        if (listeners_.empty()) name_listeners();
    }

    // Without a node's listeners, those that the document names are taken as public.
    void name_listeners()
    {
        std::vector<std::string> names;
        for (const auto& group : state_.document.groups) names.push_back(group.listener);
        const auto add = [&](const auto& rows) {
            for (const auto& row : rows) names.insert(names.end(), row.listeners.begin(), row.listeners.end());
        };
        add(state_.document.recipients);
        add(state_.document.aliases);
        add(state_.document.masquerades);
        add(state_.document.domain_maps);
        std::sort(names.begin(), names.end());
        names.erase(std::unique(names.begin(), names.end()), names.end());
        for (auto& name : names) listeners_.push_back({std::move(name), ListenerKind::public_mail});
    }

    void check_listener(int line, const std::string& key, const std::string& name)
    {
        if (!name.empty() && !has_name(listeners_, name))
            refuse(line, key, say("no_listener", "there is no listener {name}", {config::quote_json(name)}), name,
                   names_of(listeners_));
    }

    void check_names()
    {
        const auto& document = state_.document;
        for (const auto& defaults : document.listener_defaults)
            check_listener(defaults.line, "listener_defaults.listener", defaults.listener);
        for (const auto& group : document.groups) {
            check_listener(group.line, "sender_group.listener", group.listener);
            if (!group.policy.empty() && !has_name(state_.policies, group.policy))
                refuse(group.line, "sender_group.policy",
                       say("no_policy", "there is no mail flow policy {name}", {config::quote_json(group.policy)}), group.policy,
                       names_of(state_.policies));
        }
        check_address_rows();
        check_bounce_profiles();
        check_logins();
        for (const auto& row : document.recipients)
            for (const auto& listener : row.listeners) check_row_listener(row, listener);
        for (const auto& rule : document.rules) {
            for (const auto& listener : rule.listeners) check_listener(rule.line, "encryption_rule.listener", listener);
            if (!has_name(state_.profiles, rule.profile))
                refuse(rule.line, "encryption_rule.profile",
                       say("no_profile", "there is no encryption profile {name}", {config::quote_json(rule.profile)}),
                       rule.profile, names_of(state_.profiles));
        }
    }

    void check_address_rows()
    {
        const auto& document = state_.document;
        for (const auto& row : document.aliases)
            for (const auto& listener : row.listeners) check_listener(row.line, "alias.listener", listener);
        for (const auto& row : document.masquerades)
            for (const auto& listener : row.listeners) check_listener(row.line, "masquerade.listener", listener);
        for (const auto& row : document.domain_maps)
            for (const auto& listener : row.listeners) check_listener(row.line, "domain_map.listener", listener);
    }

    void check_bounce_profile(int line, const std::string& key, const std::string& name)
    {
        if (!name.empty() && !has_name(state_.bounce_profiles, name))
            refuse(line, key, say("no_bounce_profile", "there is no bounce profile {name}", {config::quote_json(name)}), name,
                   names_of(state_.bounce_profiles));
    }

    void check_bounce_profiles()
    {
        const auto& document = state_.document;
        const auto check = [&](const auto& table, const std::string& section) {
            if (const auto at = table.own.find("bounce_profile"); at != table.own.end())
                check_bounce_profile(at->second.line, section + ".bounce_profile", at->second.text);
        };
        for (const auto& policy : document.policies) check(policy, "mail_flow_policy");
        for (const auto& defaults : document.listener_defaults) check(defaults, "listener_defaults");
        for (const auto& destination : document.destinations)
            check_bounce_profile(destination.line, "destination.bounce_profile", destination.bounce_profile);
    }

    void check_logins()
    {
        if (!state_.node) return;
        for (const auto& route : state_.document.routes)
            if (!route.login.empty() && std::ranges::count(state_.node->logins, route.login) == 0)
                refuse(route.line, "route.login",
                       say("no_login", "sealpost.toml has no [[smtp_login]] {name}", {config::quote_json(route.login)}),
                       route.login, state_.node->logins);
    }

    void check_row_listener(const RecipientRow& row, const std::string& listener)
    {
        check_listener(row.line, "recipient.listener", listener);
        const auto info =
            std::find_if(listeners_.begin(), listeners_.end(), [&](const auto& each) { return each.name == listener; });
        if (info != listeners_.end() && info->kind != ListenerKind::public_mail)
            problems_.push_back(config::make_problem(
                "policy", row.line, "recipient.listener",
                say("no_public_listener", "{name} is not a public listener and has no recipient access table",
                    {config::quote_json(listener)}),
                say("leave_it_out", "leave it out")));
    }

    const MailFlowPolicy& find_policy(std::string_view name) const
    {
        return *std::find_if(state_.policies.begin(), state_.policies.end(), [&](const auto& each) { return each.name == name; });
    }

    // policy, then the listener's own defaults, then those of every listener, then the built-in ones.
    ResolvedPolicy resolve(const MailFlowPolicy& policy, const ListenerInfo& listener) const
    {
        ResolvedPolicy out{policy.name, find_behavior_on(listener.kind, policy)};
        ParameterOrigins origins;
        ParameterMap values;
        for (const auto& key : parameter_keys()) {
            const std::string name(key.name);
            const auto* value = &parameter_defaults().at(name);
            std::string from = "default";
            for (const auto wanted : {std::string_view(), std::string_view(listener.name)})
                for (const auto& defaults : state_.document.listener_defaults)
                    if (const auto at = defaults.own.find(name); defaults.listener == wanted && at != defaults.own.end()) {
                        value = &at->second;
                        from = "listener";
                    }
            if (const auto at = policy.own.find(name); at != policy.own.end()) {
                value = &at->second;
                from = "policy";
            }
            values[name] = *value;
            origins.push_back({name, config::format_json(*value), from});
        }
        out.parameters = std::make_shared<const Parameters>(make_parameters(values, state_.document.address_lists));
        out.origins = std::make_shared<const ParameterOrigins>(std::move(origins));
        return out;
    }

    static void add_own_domains(const RecipientRow& row, AddressTable& domains)
    {
        for (const auto& address : row.addresses)
            if (row.accept && address != "ALL" && !address.ends_with('@')) domains.add(address.substr(address.rfind('@') + 1), 0);
    }

    void add_listener(const ListenerInfo& info)
    {
        auto& table = state_.listeners[info.name];
        table.info = info;
        table.last_policy = find_last_policy(info.kind);
        table.rewrite = RewriteTables(state_.document, info.name);
        for (const auto wanted : {std::string_view(), std::string_view(info.name)})
            for (const auto& defaults : state_.document.listener_defaults)
                if (defaults.listener == wanted && defaults.defer_undecided) table.defer_undecided = *defaults.defer_undecided;
        for (const auto& policy : state_.policies) table.policies.emplace(policy.name, resolve(policy, info));
        std::vector<const SenderGroup*> groups;
        for (const auto& group : state_.document.groups)
            if (group.listener == info.name) groups.push_back(&group);
        std::sort(groups.begin(), groups.end(), [](const auto* a, const auto* b) { return a->order < b->order; });
        HostTable::Builder hosts;
        for (const auto* group : groups) add_group(table, hosts, *group);
        table.hosts = hosts.build();
        for (std::uint32_t i = 0; i < state_.document.recipients.size(); ++i) {
            const auto& row = state_.document.recipients[i];
            const bool is_here = row.listeners.empty() || std::count(row.listeners.begin(), row.listeners.end(), info.name) > 0;
            if (!is_here) continue;
            for (const auto& address : row.addresses) table.recipients.add(address, i);
            add_own_domains(row, table.own_domains);
        }
    }

    void add_group(ListenerTable& table, HostTable::Builder& deciding, const SenderGroup& group)
    {
        const bool passes = group.policy.empty() || find_policy(group.policy).behavior == Behavior::go_on;
        HostTable::Builder apart;
        auto& hosts = passes ? apart : deciding;
        for (const auto& sender : group.senders) {
            auto pattern = parse_sender(sender.text).value();  // the document was checked
            if (pattern.is_condition()) table.wanted.push_back({group.order, pattern.kind, pattern.name});
            hosts.add(std::move(pattern));
            if (!passes) table.entries.push_back({&group, sender.text});
        }
        if (passes) {
            table.passing.emplace_back(&group, apart.build());
            return;
        }
        constexpr std::array<std::string_view, 3> texts = {"host_checks: no_ptr", "host_checks: ptr_failed",
                                                           "host_checks: ptr_mismatch"};
        const std::array<bool, 3> takes = {group.takes_no_ptr, group.takes_ptr_failed, group.takes_ptr_mismatch};
        for (std::size_t i = 0; i < takes.size(); ++i) {
            if (!takes[i]) continue;
            table.checks[i] = std::min(table.checks[i], hosts.skip());
            table.entries.push_back({&group, texts[i]});
        }
    }

    void add_rows()
    {
        const auto& document = state_.document;
        for (const auto& row : document.recipients) add_own_domains(row, state_.own_domains);
        for (const auto& map : document.domain_maps)  // a domain that stands for one of ours is ours
            for (const auto& from : map.from)
                if (state_.own_domains.find_closest(std::string_view(map.to).substr(map.to.starts_with('.') ? 1 : 0)) !=
                    AddressTable::none)
                    state_.mapped_domains.add(from, 0);
        for (std::uint32_t i = 0; i < document.routes.size(); ++i) state_.routes.add(document.routes[i].domain, i);
        for (std::uint32_t i = 0; i < document.destinations.size(); ++i)
            state_.destinations.add(document.destinations[i].domain, i);
        for (std::uint32_t i = 0; i < document.exceptions.size(); ++i)
            for (const auto& address : document.exceptions[i].addresses) state_.exceptions.add(address, i);
        state_.tags_senders = std::ranges::any_of(document.destinations, &Destination::tag_sender);
        state_.suspends_all = std::ranges::any_of(
            document.destinations, [](const Destination& each) { return each.is_suspended && each.domain == "ALL"; });
        state_.default_destination.domain = "ALL";
        state_.default_destination.max_connections = 20;
        state_.default_destination.max_messages_per_connection = 50;
    }

    static std::unique_ptr<RE2> make_expression(const std::string& text)
    {
        RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(max_expression_memory);
        return std::make_unique<RE2>(text, options);
    }

    void add_rules()
    {
        for (const auto& rule : state_.document.rules) {
            CompiledRule out;
            out.rule = &rule;
            out.senders = make_address_table(rule.senders);
            out.recipients = make_address_table(rule.recipients);
            for (const auto& text : rule.subject_contains) out.subject_contains.emplace_back(text);
            for (const auto& condition : rule.header_contains) out.header_contains.emplace_back(condition.value);
            for (const auto& text : rule.subject_matches) out.subject_matches.push_back(make_expression(text));
            for (const auto& condition : rule.header_matches) out.header_matches.push_back(make_expression(condition.value));
            state_.rules.push_back(std::move(out));
        }
    }

    Snapshot::State& state_;
    std::vector<ListenerInfo> listeners_;
    std::vector<Problem>& problems_;
};

}  // namespace

Snapshot::Compiled Snapshot::compile(Document document, const std::vector<ListenerInfo>& listeners, std::int64_t version,
                                     std::optional<NodeFacts> node)
{
    Compiled out;
    auto state = std::make_unique<State>();
    state->document = std::move(document);
    state->version = version;
    state->node = std::move(node);
    Compiler(*state, listeners, out.problems).compile();
    if (!out.problems.empty()) return out;
    out.warnings = find_warnings(*state);
    out.snapshot = std::shared_ptr<const Snapshot>(new Snapshot(std::move(state)));
    return out;
}

Snapshot::Snapshot(std::unique_ptr<State> state) : state_(std::move(state)) {}
Snapshot::~Snapshot() = default;

std::vector<ListenerInfo> list_listeners(const config::NodeConfig& config)
{
    std::vector<ListenerInfo> out;
    for (const auto& listener : config.listeners)
        out.push_back({listener.name, listener.kind, !listener.certificates.empty(), listener.implicit_tls});
    return out;
}

NodeFacts describe_node(const config::NodeConfig& config)
{
    NodeFacts facts;
    for (const auto& login : config.smtp_logins) facts.logins.push_back(login.name);
    facts.has_bounce_keys = !config.bounce_verification.key_files.empty();
    facts.shares_store = config.store.file.empty();
    facts.hostname = config.node.hostname;
    return facts;
}

}  // namespace sealpost::policy
