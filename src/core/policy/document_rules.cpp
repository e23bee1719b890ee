// The second half of DocumentReader: recipients, routes, destinations, encryption, exceptions.
#include "base/ip_address.hpp"
#include "base/text.hpp"
#include "core/policy/address_table.hpp"
#include "core/policy/document_reader.hpp"

#include <re2/re2.h>
#include <array>
#include <set>

namespace sealpost::policy {
namespace {

using config::say;

constexpr std::size_t max_logo_bytes = 64 * 1024;
constexpr std::int64_t max_expression_memory = 1 << 20;

constexpr std::array<std::string_view, 8> tls_words = {"none", "preferred",     "required", "preferred_verify", "required_verify",
                                                       "dane", "dane_required", "mta_sts"};
constexpr std::array<std::string_view, 4> family_words = {"prefer_v6", "require_v6", "prefer_v4", "require_v4"};
constexpr std::array<std::string_view, 4> assurance_words = {"low", "mailbox", "account", "strong"};
constexpr std::array<std::string_view, 3> delivery_words = {"attachment", "hosted", "both"};
constexpr std::array<std::string_view, 3> action_words = {"seal", "clear", "if_tls_fails"};

// "[priority] host[:port]", an IPv6 address in brackets when a port follows.
std::optional<RouteHost> parse_route_host(std::string_view text)
{
    RouteHost out;
    if (const auto space = text.find(' '); space != std::string_view::npos) {
        const auto priority = parse_decimal(text.substr(0, space));
        if (!priority || *priority > 65535) return std::nullopt;
        out.priority = static_cast<unsigned>(*priority);
        text = trim(text.substr(space + 1));
    }
    if (parse_ip(text)) {
        out.host = text;
        return out;
    }
    if (const auto endpoint = parse_endpoint(text)) {
        out.host = format_ip(endpoint->address);
        out.port = endpoint->port;
        return out.port == 0 ? std::nullopt : std::optional(out);
    }
    const auto colon = text.find(':');
    out.host = ascii_lower(text.substr(0, colon));
    if (!config::is_domain(out.host)) return std::nullopt;
    out.by_mx = colon == std::string_view::npos;
    if (out.by_mx) return out;
    const auto port = parse_decimal(text.substr(colon + 1));
    if (!port || *port == 0 || *port > 65535) return std::nullopt;
    out.port = static_cast<std::uint16_t>(*port);
    return out;
}

bool is_list_name(const config::Value& item) { return item.text.starts_with("list:"); }

bool is_header_name(std::string_view name)
{
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7f && c != ':'; });
}

bool is_safe_file_name(std::string_view name)
{
    return !name.empty() && name.size() <= 100 && name.front() != '.' &&
           name.find_first_of("/\\:*?\"<>|") == std::string_view::npos && (istarts_with(name.substr(name.rfind('.') + 1), "htm"));
}

}  // namespace

std::string_view format_tls_level(TlsLevel level) { return tls_words.at(static_cast<std::size_t>(level)); }
std::string_view format_address_family(AddressFamily family) { return family_words.at(static_cast<std::size_t>(family)); }
std::string_view format_assurance(Assurance assurance) { return assurance_words.at(static_cast<std::size_t>(assurance)); }
std::string_view format_envelope_delivery(EnvelopeDelivery delivery)
{
    return delivery_words.at(static_cast<std::size_t>(delivery));
}
std::string_view format_seal_action(SealAction action) { return action_words.at(static_cast<std::size_t>(action)); }

void DocumentReader::read_recipients(Document& out)
{
    for (const auto& table : file_.all("recipient")) {
        RecipientRow row;
        row.addresses = read_addresses(table, "recipient", "address");
        row.listeners = table.texts("listener");
        row.line = table.line();
        row.accept = table.text("action") == "accept";
        row.bypass_limits = table.flag("bypass_limits");
        row.code = static_cast<unsigned>(table.number("code"));
        row.text = table.text("text");
        if (row.accept && (table.is_set("code") || table.is_set("text")))
            refuse(table.line_of(table.is_set("code") ? "code" : "text"), "recipient.action",
                   say("accepted_has_no_reply", "an accepted recipient has no refusing reply"),
                   say("reject_or_no_reply", "action = \"reject\", or leave code and text out"));
        if (row.accept && std::count(row.addresses.begin(), row.addresses.end(), "ALL") > 0)
            refuse(table.line_of("address"), "recipient.address", say("open_relay", "ALL = accept is an open relay"),
                   say("name_your_domains", "name your domains"));
        out.recipients.push_back(std::move(row));
    }
}

void DocumentReader::read_routes(Document& out)
{
    std::set<std::string> known;
    for (const auto& table : file_.all("route")) {
        Route route;
        route.line = table.line();
        route.login = table.text("login");
        read_route_hosts(table, route);
        for (auto& domain : read_domains(table, "route", "domain")) {
            if (!known.insert(domain).second)
                refuse(table.line_of("domain"), "route.domain",
                       say("has_route", "{domain} has a route already", {config::quote_json(domain)}),
                       say("hosts_in_one", "write its hosts in one table"));
            route.domain = std::move(domain);
            out.routes.push_back(route);
        }
    }
}

void DocumentReader::read_route_hosts(const Table& table, Route& route)
{
    const auto items = table.items("hosts");
    for (const auto& item : items) {
        const bool is_dns = iequals(item.text, "USEDNS");
        if (is_dns || item.text == "/dev/null") {
            route.kind = is_dns ? Route::Kind::use_dns : Route::Kind::discard;
            if (items.size() > 1)
                refuse(item.line, "route.hosts",
                       say("beside_other_hosts", "{word} cannot stand beside other hosts", {item.text}));
        } else if (auto host = parse_route_host(item.text)) {
            route.hosts.push_back(std::move(*host));
        } else {
            refuse(item.line, "route.hosts", say("not_host", "{host} is not a host", {config::quote_json(item.text)}),
                   say("host_forms", "\"[priority] host[:port]\", \"USEDNS\" or \"/dev/null\""));
        }
    }
    if (!route.login.empty() && route.kind != Route::Kind::hosts)
        refuse(table.line_of("login"), "route.login", say("no_host_to_sign_in", "there is no host to sign in at"),
               say("leave_it_out", "leave it out"));
    if (items.empty())
        refuse(table.line_of("hosts"), "route.hosts", say("names_no_host", "names no host"),
               say("write", "{example}", {"hosts = [\"inner.acme.test:25\"]"}));
    std::stable_sort(route.hosts.begin(), route.hosts.end(),
                     [](const auto& a, const auto& b) { return a.priority < b.priority; });
}

void DocumentReader::read_destinations(Document& out)
{
    std::set<std::string> known;
    for (const auto& table : file_.all("destination")) {
        Destination destination;
        destination.line = table.line();
        destination.tls = word_to<TlsLevel>(table.text("tls"), tls_words);
        destination.family = word_to<AddressFamily>(table.text("address_family"), family_words);
        destination.max_connections = static_cast<unsigned>(table.number("max_connections"));
        destination.max_messages_per_connection = static_cast<unsigned>(table.number("max_messages_per_connection"));
        destination.max_recipients = static_cast<unsigned>(table.number("max_recipients"));
        destination.recipient_minutes = static_cast<unsigned>(table.number("recipient_minutes"));
        destination.bounce_profile = table.text("bounce_profile");
        destination.tag_sender = table.flag("tag_sender");
        destination.is_suspended = table.flag("suspended");
        for (auto& domain : read_domains(table, "destination", "domain")) {
            if (!known.insert(domain).second)
                refuse(table.line_of("domain"), "destination.domain",
                       say("stands_already", "{domain} stands already", {config::quote_json(domain)}),
                       say("in_one_table", "write it in one table"));
            destination.domain = std::move(domain);
            out.destinations.push_back(destination);
        }
    }
}

void DocumentReader::read_profiles(Document& out)
{
    std::vector<std::string> known;
    for (const auto& table : file_.all("encryption_profile")) {
        EncryptionProfile profile;
        check_name(table, "encryption_profile", known);
        profile.name = table.text("name");
        profile.line = table.line();
        profile.assurance = word_to<Assurance>(table.text("assurance"), assurance_words);
        profile.expires_after = std::chrono::seconds(table.number("expires_after"));
        profile.delivery = word_to<EnvelopeDelivery>(table.text("delivery"), delivery_words);
        profile.attachment_name = table.text("attachment_name");
        profile.attachment_max_bytes = static_cast<std::uint64_t>(table.number("attachment_max_size"));
        profile.neutral_subject = table.text("subject") == "neutral";
        profile.neutral_subject_text = table.text("neutral_subject");
        profile.reply = table.flag("reply");
        profile.reply_all = table.flag("reply_all");
        profile.forward = table.flag("forward");
        profile.receipt = table.flag("receipt");
        profile.language = table.text("language");
        profile.logo = table.text("logo");
        if (!is_safe_file_name(profile.attachment_name))
            refuse(table.line_of("attachment_name"), "encryption_profile.attachment_name",
                   say("not_file_name", "not a plain file name that ends in .html"),
                   say("write", "{example}", {"attachment_name = \"message.html\""}));
        if (!profile.logo.empty() && (!profile.logo.starts_with("data:image/") || profile.logo.size() > max_logo_bytes))
            refuse(table.line_of("logo"), "encryption_profile.logo", say("not_logo", "not a data:image/… URI of 64 KiB at most"));
        out.profiles.push_back(std::move(profile));
    }
}

void DocumentReader::check_expression(int line, const std::string& key, const std::string& expression)
{
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(max_expression_memory);
    const RE2 compiled(expression, options);
    if (!compiled.ok())
        refuse(line, key, say("bad_expression", "{expression}: {error}", {config::quote_json(expression), compiled.error()}),
               say("re2_syntax", "RE2 syntax: https://github.com/google/re2/wiki/Syntax"));
}

std::vector<HeaderCondition> DocumentReader::read_headers(const Table& table, const std::string& key)
{
    std::vector<HeaderCondition> out;
    for (const auto& item : table.items(key.substr(key.find('.') + 1))) {
        const auto colon = item.text.find(':');
        HeaderCondition condition{
            item.text.substr(0, colon),
            colon == std::string::npos ? "" : std::string(trim(std::string_view(item.text).substr(colon + 1)))};
        if (colon == std::string::npos || !is_header_name(condition.name) || condition.value.empty())
            refuse(item.line, key, say("not_header", "{value} is not \"Name: value\"", {config::quote_json(item.text)}),
                   say("write", "{example}", {"\"X-Classification: confidential\""}));
        out.push_back(std::move(condition));
    }
    return out;
}

void DocumentReader::read_rule_conditions(const Table& table, EncryptionRule& rule)
{
    rule.listeners = table.texts("listener");
    rule.senders = read_addresses(table, "encryption_rule", "sender");
    rule.recipients = read_addresses(table, "encryption_rule", "recipient");
    rule.subject_contains = table.texts("subject_contains");
    rule.subject_matches = table.texts("subject_matches");
    rule.header_contains = read_headers(table, "encryption_rule.header_contains");
    rule.header_matches = read_headers(table, "encryption_rule.header_matches");
    for (const auto& item : table.items("subject_matches"))
        check_expression(item.line, "encryption_rule.subject_matches", item.text);
    for (const auto& condition : rule.header_matches)
        check_expression(table.line_of("header_matches"), "encryption_rule.header_matches", condition.value);
    for (const auto& item : table.items("subject_contains"))
        if (trim(item.text).empty())
            refuse(item.line, "encryption_rule.subject_contains", say("empty_text", "an empty text is in every subject"));
    for (const char* key :
         {"listener", "sender", "recipient", "subject_contains", "subject_matches", "header_contains", "header_matches"})
        if (table.is_set(key) && table.items(key).empty())
            refuse(table.line_of(key), "encryption_rule." + std::string(key), say("empty_list", "an empty list never holds"),
                   say("leave_key_out", "leave the key out"));
    // An address list that was emptied must not make a rule for everybody.
    for (const auto& [key, patterns] : {std::pair("sender", &rule.senders), std::pair("recipient", &rule.recipients)})
        if (!table.items(key).empty() && patterns->empty() &&
            std::all_of(table.items(key).begin(), table.items(key).end(), is_list_name))
            refuse(table.line_of(key), "encryption_rule." + std::string(key),
                   say("empty_address_lists", "its address lists are empty, so it never holds"),
                   say("fill_list", "fill the list, or remove the rule"));
    const bool has_condition = !rule.listeners.empty() || table.is_set("sender") || table.is_set("recipient") ||
                               !rule.subject_contains.empty() || !rule.subject_matches.empty() || !rule.header_contains.empty() ||
                               !rule.header_matches.empty();
    if (!has_condition)
        refuse(table.line(), "encryption_rule", say("no_condition", "has no condition"),
               say("seal_everything", "recipient = \"ALL\" to seal everything that goes out"));
}

void DocumentReader::read_rules(Document& out)
{
    std::vector<std::string> known;
    for (const auto& table : file_.all("encryption_rule")) {
        EncryptionRule rule;
        check_name(table, "encryption_rule", known);
        rule.name = table.text("name");
        rule.line = table.line();
        read_rule_conditions(table, rule);
        rule.action = word_to<SealAction>(table.text("action"), action_words);
        rule.profile = table.text("profile");
        rule.strip_subject_tag = table.flag("strip_subject_tag");
        rule.own_domains = table.flag("own_domains");
        if (rule.strip_subject_tag && rule.subject_contains.empty())
            refuse(table.line_of("strip_subject_tag"), "encryption_rule.strip_subject_tag",
                   say("no_subject_words", "there is no subject_contains whose words could be taken out"));
        if (rule.strip_subject_tag && rule.action == SealAction::clear)
            note(table.line_of("strip_subject_tag"), "encryption_rule.strip_subject_tag",
                 say("clear_keeps_subject", "mail that leaves in clear form keeps its subject"));
        out.rules.push_back(std::move(rule));
    }
}

void DocumentReader::read_exceptions(Document& out)
{
    for (const auto& table : file_.all("exception")) {
        ExceptionRow row;
        row.addresses = read_addresses(table, "exception", "address");
        row.line = table.line();
        row.allow = table.text("action") == "allow";
        row.code = static_cast<unsigned>(table.number("code"));
        row.text = table.text("text");
        out.exceptions.push_back(std::move(row));
    }
}

}  // namespace sealpost::policy
