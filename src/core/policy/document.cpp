#include "core/policy/document.hpp"

#include "base/text.hpp"
#include "core/policy/address_table.hpp"
#include "core/policy/document_keys.hpp"
#include "core/policy/document_reader.hpp"
#include "core/policy/sender.hpp"
#include "wire/mail/mailbox.hpp"

#include <algorithm>
#include <set>

namespace sealpost::policy {
namespace {

using config::say;

constexpr std::array<std::string_view, 5> behavior_words = {"accept", "reject", "refuse", "relay", "continue"};

std::map<std::string, config::Value> own_parameters(const config::CheckedTable& table)
{
    std::map<std::string, config::Value> own;
    for (const auto& key : parameter_keys())
        if (const auto* value = table.find(key.name)) own[std::string(key.name)] = *value;
    return own;
}

}  // namespace

void DocumentReader::refuse(int line, std::string key, config::Sentence what, config::Sentence hint)
{
    parsed_.problems.push_back(config::make_problem(std::string(name_), line, std::move(key), std::move(what), std::move(hint)));
}

void DocumentReader::note(int line, std::string key, config::Sentence what)
{
    parsed_.notes.push_back(config::make_problem(std::string(name_), line, std::move(key), std::move(what)));
}

bool DocumentReader::check_name(const Table& table, const std::string& section, std::vector<std::string>& known)
{
    const auto name = table.text("name");
    const bool is_twice = std::find(known.begin(), known.end(), name) != known.end();
    if (name.empty() || name.size() > 64)
        refuse(table.line_of("name"), section + ".name", say("name_length", "empty, or longer than 64 octets"));
    if (is_twice)
        refuse(table.line_of("name"), section + ".name", say("stands_twice", "{name} stands twice", {config::quote_json(name)}),
               say("own_name", "give each its own name"));
    known.push_back(name);
    return !is_twice;
}

std::vector<std::string> DocumentReader::read_patterns(const Table& table, const std::string& key,
                                                       config::Checked<std::string> (*parse)(std::string_view))
{
    std::vector<std::string> out;
    for (const auto& item : table.items(key.substr(key.find('.') + 1))) {
        auto pattern = parse(item.text);
        if (pattern)
            out.push_back(std::move(*pattern));
        else
            refuse(item.line, key, pattern.error());
    }
    return out;
}

std::vector<std::string> DocumentReader::read_domains(const Table& table, std::string_view section, std::string_view key)
{
    return read_patterns(table, std::string(section) + '.' + std::string(key), parse_domain_pattern);
}

void DocumentReader::check_sealers(const Table& table, std::string_view section)
{
    for (const auto& item : table.items("arc_trusted_sealers"))
        if (!config::is_domain(item.text))
            refuse(item.line, std::string(section) + ".arc_trusted_sealers",
                   say("not_domain_name", "{value} is not a domain name", {config::quote_json(item.text)}),
                   say("arc_seal_domain", "the domain that stands in d= of its ARC-Seal"));
}

void DocumentReader::check_parameters(const Table& table, std::string_view section)
{
    read_addresses(table, section, "tls_mandatory_senders");
    read_addresses(table, section, "sender_limit_exempt");
    const auto domain = table.text("default_domain");
    if (!domain.empty() && !mail::parse_mailbox("a@" + domain).has_value())
        refuse(table.line_of("default_domain"), std::string(section) + ".default_domain",
               say("no_mail_domain", "{domain} is no domain that an address may have", {config::quote_json(domain)}));
    check_sealers(table, section);
}

void DocumentReader::read_policies(Document& out)
{
    std::vector<std::string> known;
    for (const auto& table : file_.all("mail_flow_policy")) {
        MailFlowPolicy policy{table.text("name"), table.line(), word_to<Behavior>(table.text("behavior"), behavior_words),
                              own_parameters(table)};
        check_name(table, "mail_flow_policy", known);
        check_parameters(table, "mail_flow_policy");
        if (policy.name == "CONTINUE")
            refuse(table.line_of("name"), "mail_flow_policy.name", say("continue_name", "CONTINUE means no policy"),
                   say("continue_other_name", "behavior = \"continue\" under another name"));
        const bool has_parameters = !policy.own.empty();
        if (policy.behavior == Behavior::go_on && has_parameters)
            refuse(table.line(), "mail_flow_policy.behavior",
                   say("continue_parameters", "a policy that continues decides nothing, so its parameters would not count"),
                   say("leave_them_out", "leave them out"));
        out.policies.push_back(std::move(policy));
    }
}

void DocumentReader::read_listener_defaults(Document& out)
{
    std::set<std::string> known;
    for (const auto& table : file_.all("listener_defaults")) {
        ListenerDefaults defaults;
        defaults.listener = table.text("listener");
        defaults.line = table.line();
        if (table.has("defer_undecided")) defaults.defer_undecided = table.flag("defer_undecided");
        defaults.own = own_parameters(table);
        check_parameters(table, "listener_defaults");
        if (!known.insert(defaults.listener).second)
            refuse(table.line(), "listener_defaults.listener",
                   say("stands_twice", "{name} stands twice", {config::quote_json(defaults.listener)}),
                   say("defaults_in_one", "write its defaults in one table"));
        out.listener_defaults.push_back(std::move(defaults));
    }
}

void DocumentReader::read_groups(Document& out)
{
    std::map<std::string, int> last_order;
    std::set<std::pair<std::string, std::string>> names;
    std::map<std::pair<std::string, int>, int> orders;  // where each number was taken
    for (const auto& table : file_.all("sender_group")) {
        SenderGroup group;
        group.name = table.text("name");
        group.listener = table.text("listener");
        group.line = table.line();
        group.policy = table.text("policy") == "CONTINUE" ? "" : table.text("policy");
        group.comment = table.text("comment");
        group.order = table.has("order") ? static_cast<int>(table.number("order")) : last_order[group.listener] + 1;
        last_order[group.listener] = group.order;
        if (group.name.empty() || group.name.size() > 64 || group.name == "ALL")
            refuse(table.line_of("name"), "sender_group.name", say("group_name", "empty, longer than 64 octets, or ALL"),
                   say("all_is_last", "ALL is the last group and is not written"));
        if (!names.emplace(group.listener, group.name).second)
            refuse(table.line_of("name"), "sender_group.name",
                   say("group_twice", "{group} stands twice on this listener", {config::quote_json(group.name)}),
                   say("own_name", "give each its own name"));
        const auto [taken, is_first] = orders.emplace(std::pair(group.listener, group.order), table.line_of("order"));
        if (!is_first)
            refuse(table.line_of("order"), "sender_group.order",
                   say("order_taken", "{order} is taken on this listener by the group of line {line}",
                       {std::to_string(group.order), std::to_string(taken->second)}),
                   say("own_place", "give each group its own place"));
        read_senders(table, group);
        out.groups.push_back(std::move(group));
    }
}

void DocumentReader::read_senders(const Table& table, SenderGroup& group)
{
    std::set<std::string> known;
    for (const auto& item : table.items("senders")) {
        const auto split = split_annotation(item.text);
        const auto pattern = split ? parse_sender(split->text) : config::Checked<SenderPattern>(split.error());
        if (!pattern) {
            refuse(item.line, "sender_group.senders", pattern.error());
            continue;
        }
        const auto normal = format_sender(*pattern);
        if (!known.insert(normal).second) {
            note(item.line, "sender_group.senders",
                 say("sender_dropped", "{sender} stands in {group} already; dropped",
                     {config::quote_json(split->text), group.name}));
            continue;
        }
        if (pattern->ignored_host_bits)
            note(item.line, "sender_group.senders",
                 say("sender_bits", "{sender} has bits behind its prefix; taken as {range}",
                     {config::quote_json(split->text), normal}));
        group.senders.push_back({split->text, split->comment, item.line});
    }
    for (const auto& check : table.texts("host_checks")) {
        group.takes_no_ptr |= check == "no_ptr";
        group.takes_ptr_failed |= check == "ptr_failed";
        group.takes_ptr_mismatch |= check == "ptr_mismatch";
    }
}

void DocumentReader::read(Document& out)
{
    out_ = &out;
    read_address_lists(out);
    read_policies(out);
    read_listener_defaults(out);
    read_groups(out);
    read_recipients(out);
    read_routes(out);
    read_destinations(out);
    read_profiles(out);
    read_rules(out);
    read_exceptions(out);
    read_bounce_profiles(out);
    read_aliases(out);
    read_masquerades(out);
    read_domain_maps(out);
}

ParsedDocument parse_document(std::string_view text, std::string_view name)
{
    ParsedDocument parsed;
    const auto tree = config::read_tree(text, name, parsed.problems);
    if (!tree) return parsed;
    const auto checked = config::check_tree(*tree, document_sections(), name, parsed.problems);
    Document document;
    document.text = text;
    DocumentReader(checked, name, parsed).read(document);
    std::stable_sort(parsed.problems.begin(), parsed.problems.end(),
                     [](const auto& a, const auto& b) { return a.line < b.line; });
    if (parsed.problems.empty()) parsed.document = std::move(document);
    return parsed;
}

}  // namespace sealpost::policy
