// The third part of DocumentReader: address lists, aliases, masquerading, domain maps, bounce profiles.
#include "base/text.hpp"
#include "core/policy/address_table.hpp"
#include "core/policy/document_reader.hpp"
#include "core/policy/rewrite.hpp"
#include "wire/mail/mailbox.hpp"

#include <algorithm>

namespace sealpost::policy {
namespace {

using config::say;

constexpr std::string_view list_prefix = "list:";

bool is_whole_address(std::string_view pattern)
{
    const auto at = pattern.rfind('@');
    return at != std::string_view::npos && at > 0 && at + 1 < pattern.size();
}

// An address that mail can be sent to, in normal form; absent: it is none.
std::optional<std::string> find_mailbox(std::string_view text)
{
    auto mailbox = mail::parse_mailbox(text, mail::Smtputf8::refused);
    return mailbox.has_error() ? std::nullopt : std::optional(mail::format_mailbox(*mailbox));
}

// One that an address may have: stricter than a name in DNS.
bool is_mail_domain(std::string_view text) { return find_mailbox("a@" + std::string(text)).has_value(); }

// "@acme.test": a domain that takes the place of another; not a pattern.
bool is_at_domain(std::string_view text) { return text.size() > 1 && text.front() == '@' && is_mail_domain(text.substr(1)); }

BounceProfile::Original parse_original(std::string_view word)
{
    if (word == "headers") return BounceProfile::Original::headers;
    return word == "full" ? BounceProfile::Original::full : BounceProfile::Original::small;
}

}  // namespace

void DocumentReader::read_list(const config::Value& item, const std::string& key, std::vector<std::string>& out)
{
    const auto name = item.text.substr(list_prefix.size());
    const auto& lists = out_->address_lists;
    const auto found = std::find_if(lists.begin(), lists.end(), [&](const auto& each) { return each.name == name; });
    if (found == lists.end())
        return refuse(item.line, key, say("no_address_list", "there is no address list {name}", {config::quote_json(name)}),
                      say("write_address_list", "write it as [[address_list]]"));
    out.insert(out.end(), found->addresses.begin(), found->addresses.end());
}

std::vector<std::string> DocumentReader::read_addresses(const Table& table, std::string_view section, std::string_view name)
{
    const auto key = std::string(section) + '.' + std::string(name);
    std::vector<std::string> out;
    for (const auto& item : table.items(name)) {
        if (item.text.starts_with(list_prefix)) {
            read_list(item, key, out);
            continue;
        }
        auto pattern = parse_address_pattern(item.text);
        if (pattern)
            out.push_back(std::move(*pattern));
        else
            refuse(item.line, key, pattern.error());
    }
    return out;
}

std::vector<std::string> DocumentReader::read_own_addresses(const Table& table, std::string_view section, std::string_view name)
{
    const auto key = std::string(section) + '.' + std::string(name);
    auto out = read_patterns(table, key, parse_address_pattern);
    if (std::count(out.begin(), out.end(), "ALL") > 0)
        refuse(table.line_of(name), key, say("no_all_here", "ALL cannot stand here"), say("name_domains", "name domains"));
    return out;
}

void DocumentReader::read_address_lists(Document& out)
{
    std::vector<std::string> known;
    for (const auto& table : file_.all("address_list")) {
        AddressList list;
        check_name(table, "address_list", known);
        list.name = table.text("name");
        list.line = table.line();
        list.addresses = read_own_addresses(table, "address_list", "addresses");
        for (const auto& address : list.addresses)
            if (table.flag("full_only") && !is_whole_address(address))
                refuse(table.line_of("addresses"), "address_list.addresses",
                       say("not_whole_address", "{address} is not a whole address", {config::quote_json(address)}),
                       say("whole_or_not_full", "user@domain, or full_only = false"));
        out.address_lists.push_back(std::move(list));
    }
}

void DocumentReader::read_aliases(Document& out)
{
    for (const auto& table : file_.all("alias")) {
        Alias alias;
        alias.line = table.line();
        alias.addresses = read_own_addresses(table, "alias", "address");
        alias.listeners = table.texts("listener");
        const auto items = table.items("to");
        for (const auto& item : items) {
            const bool is_nowhere = item.text == alias_to_nobody;
            const auto mailbox = find_mailbox(item.text);
            if (is_nowhere && items.size() > 1)
                refuse(item.line, "alias.to", say("null_beside_addresses", "/dev/null cannot stand beside addresses"));
            if (!is_nowhere && !mailbox && !is_at_domain(item.text))
                refuse(item.line, "alias.to",
                       say("not_whole_address", "{address} is not a whole address", {config::quote_json(item.text)}),
                       say("whole_or_null", "user@domain, @domain or /dev/null"));
            alias.to.push_back(mailbox.value_or(ascii_lower(item.text)));
        }
        if (items.empty())
            refuse(table.line_of("to"), "alias.to", say("names_nobody", "names nobody"),
                   say("null_drops", "/dev/null drops the mail"));
        out.aliases.push_back(std::move(alias));
    }
}

void DocumentReader::read_masquerades(Document& out)
{
    for (const auto& table : file_.all("masquerade")) {
        Masquerade row;
        row.line = table.line();
        row.from = read_own_addresses(table, "masquerade", "from");
        row.to = table.text("to");
        row.listeners = table.texts("listener");
        const auto where = table.texts("where");
        row.envelope = std::count(where.begin(), where.end(), "envelope") > 0;
        row.headers = std::count(where.begin(), where.end(), "headers") > 0;
        if (!row.envelope && !row.headers)
            refuse(table.line_of("where"), "masquerade.where", say("masquerades_nothing", "an empty list masquerades nothing"),
                   say("leave_out_for_both", "leave the key out for both"));
        const auto mailbox = find_mailbox(row.to);
        row.to = mailbox.value_or(ascii_lower(row.to));
        if (!mailbox && !is_at_domain(row.to))
            refuse(table.line_of("to"), "masquerade.to",
                   say("not_whole_address", "{address} is not a whole address", {config::quote_json(row.to)}),
                   say("whole_or_domain", "user@domain or @domain"));
        out.masquerades.push_back(std::move(row));
    }
}

void DocumentReader::read_domain_maps(Document& out)
{
    for (const auto& table : file_.all("domain_map")) {
        DomainMap row;
        row.line = table.line();
        row.from = read_domains(table, "domain_map", "from");
        row.to = ascii_lower(table.text("to"));
        row.listeners = table.texts("listener");
        const bool is_suffix = row.to.starts_with('.');
        if (!is_mail_domain(is_suffix ? std::string_view(row.to).substr(1) : row.to))
            refuse(table.line_of("to"), "domain_map.to",
                   say("not_domain", "{domain} is not a domain", {config::quote_json(row.to)}));
        for (const auto& from : row.from)
            if (from == "ALL" || (is_suffix && !from.starts_with('.')))
                refuse(table.line_of("from"), "domain_map.from",
                       say("map_does_not_fit", "{from} does not fit {to}", {config::quote_json(from), row.to}),
                       say("map_fits", ".suffix to .suffix, or anything to a domain"));
        out.domain_maps.push_back(std::move(row));
    }
}

void DocumentReader::read_bounce_profiles(Document& out)
{
    std::vector<std::string> known;
    for (const auto& table : file_.all("bounce_profile")) {
        BounceProfile profile;
        check_name(table, "bounce_profile", known);
        profile.name = table.text("name");
        profile.line = table.line();
        profile.max_attempts = static_cast<unsigned>(table.number("max_attempts"));
        profile.max_age = std::chrono::seconds(table.number("max_age"));
        profile.first_retry = std::chrono::seconds(table.number("first_retry"));
        profile.max_interval = std::chrono::seconds(table.number("max_interval"));
        profile.send_bounces = table.flag("send_bounces");
        profile.delay_warning_after = std::chrono::seconds(table.number("delay_warning_after"));
        profile.max_delay_warnings = static_cast<unsigned>(table.number("max_delay_warnings"));
        profile.original = parse_original(table.text("original"));
        profile.alternate_recipient = table.text("alternate_recipient");
        if (profile.max_interval < profile.first_retry)
            refuse(table.line_of("max_interval"), "bounce_profile.max_interval",
                   say("shorter_than_first_retry", "is shorter than first_retry"));
        if (!profile.alternate_recipient.empty() && !find_mailbox(profile.alternate_recipient))
            refuse(table.line_of("alternate_recipient"), "bounce_profile.alternate_recipient",
                   say("not_mail_address", "is not a mail address"));
        if (!profile.send_bounces && !profile.alternate_recipient.empty())
            refuse(table.line_of("alternate_recipient"), "bounce_profile.alternate_recipient",
                   say("reports_not_made", "nobody gets reports that are not made"),
                   say("send_bounces_or_not", "send_bounces = true, or leave it out"));
        out.bounce_profiles.push_back(std::move(profile));
    }
}

}  // namespace sealpost::policy
