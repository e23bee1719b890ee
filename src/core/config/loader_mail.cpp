// The second part of Loader: how mail leaves, is signed, is reported on, and what is asked about hosts.
#include "core/config/loader.hpp"

#include <algorithm>

namespace sealpost::config {

void Loader::load_delivery()
{
    const auto& table = checked_.one("delivery");
    auto& delivery = config_.delivery;
    delivery.mx_port = static_cast<std::uint16_t>(table.number("mx_port"));
    delivery.mta_sts_port = static_cast<std::uint16_t>(table.number("mta_sts_port"));
    delivery.reach_private_addresses_for_strangers = table.flag("reach_private_addresses_for_strangers");
    delivery.source_address = parse_ip(table.text("source_address"));
    delivery.helo = table.has("helo") ? ascii_lower(table.text("helo")) : config_.node.hostname;
    delivery.first_retry = seconds_of(table, "first_retry");
    delivery.longest_retry = seconds_of(table, "longest_retry");
    delivery.expire_after = seconds_of(table, "expire_after");
    delivery.max_connections = static_cast<unsigned>(table.number("max_connections"));
    if (delivery.longest_retry < delivery.first_retry)
        refuse(table.line_of("longest_retry"), "delivery.longest_retry", "shorter than first_retry", "make it longer");
}

void Loader::load_smtp_logins()
{
    for (const auto& table : checked_.all("smtp_login")) {
        NodeConfig::SmtpLogin login{table.text("name"), table.text("user"), resolve(table.text("password_file"))};
        const auto is_same = [&](const auto& each) { return each.name == login.name; };
        if (login.name.empty())
            refuse(table.line_of("name"), "smtp_login.name", "empty", "name = \"relay-account\"");
        else if (std::any_of(config_.smtp_logins.begin(), config_.smtp_logins.end(), is_same))
            refuse(table.line_of("name"), "smtp_login.name", "two logins are called " + quote_json(login.name),
                   "give each its own name");
        config_.smtp_logins.push_back(std::move(login));
    }
}

void Loader::load_moment(const CheckedTable& table, const std::string& key, WallTime& into)
{
    if (!table.has(key)) return;
    const auto moment = parse_rfc3339(table.text(key));
    if (moment.has_error())
        refuse(table.line_of(key), "dkim." + key, quote_json(table.text(key)) + " is not a moment in UTC",
               key + " = \"2027-01-01T00:00:00Z\"");
    else
        into = *moment;
}

void Loader::load_dkim()
{
    for (const auto& table : checked_.all("dkim")) {
        NodeConfig::Dkim dkim{ascii_lower(table.text("domain")), ascii_lower(table.text("selector")), resolve(table.text("key"))};
        load_moment(table, "active_from", dkim.active_from);
        load_moment(table, "active_until", dkim.active_until);
        if (dkim.active_until <= dkim.active_from)
            refuse(table.line_of("active_until"), "dkim.active_until", "not later than active_from", "make it later");
        const auto is_same = [&](const auto& each) { return each.domain == dkim.domain && each.selector == dkim.selector; };
        if (std::any_of(config_.dkim.begin(), config_.dkim.end(), is_same))
            refuse(table.line_of("selector"), "dkim.selector",
                   "two keys for " + quote_json(dkim.domain) + " with the selector " + quote_json(dkim.selector),
                   "one selector names one key: give each its own");
        config_.dkim.push_back(std::move(dkim));
    }
}

void Loader::load_arc()
{
    const auto& table = checked_.one("arc");
    if (!checked_.is_written("arc") || !table.has("key")) return;
    config_.arc = {ascii_lower(table.text("domain")), ascii_lower(table.text("selector")), resolve(table.text("key"))};
}

void Loader::load_dmarc()
{
    const auto& table = checked_.one("dmarc");
    config_.dmarc = {table.flag("send_reports"), table.text("organisation"), table.text("contact"), table.text("report_from"),
                     table.text("report_inbox")};
    check_addresses(table, "dmarc", {"contact", "report_from", "report_inbox"});
    require_to_send(table, "dmarc", "send_reports", {"organisation", "contact", "report_from"});
}

void Loader::load_source(const std::string& section, std::optional<FactSource>& into)
{
    // The reversed IPv6 address stands before the zone.
    constexpr std::size_t max_zone_bytes = 253 - 64;
    const auto& table = checked_.one(section);
    if (!table.has("source")) return;
    const auto text = table.text("source");
    const auto zone = ascii_lower(std::string_view(text).substr(std::min<std::size_t>(4, text.size())));
    if (text.starts_with("file:") && text.size() > 5)
        into = FactSource{resolve(text.substr(5)), ""};
    else if (text.starts_with("dns:") && is_domain(zone) && zone.size() <= max_zone_bytes)
        into = FactSource{{}, zone};
    else
        refuse(table.line_of("source"), section + ".source", quote_json(text) + " is neither file:PATH nor dns:ZONE",
               "source = \"file:" + section + ".csv\"");
}

}  // namespace sealpost::config
