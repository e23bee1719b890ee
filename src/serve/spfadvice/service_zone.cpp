#include "serve/spfadvice/service_zone.hpp"

#include "sys/dns/zone_text.hpp"

#include <algorithm>
#include <set>

namespace sealpost::spfadvice {
namespace {

std::string absolute(std::string_view name) { return std::string(name) + '.'; }

bool stands_in(std::string_view name, std::string_view zone)
{
    return name == zone || (name.size() > zone.size() && name.ends_with(zone) && name[name.size() - zone.size() - 1] == '.');
}

void add_addresses(std::vector<ZoneRecord>& records, const std::string& name, const std::vector<IpAddress>& addresses)
{
    for (const auto& address : addresses) {
        ZoneRecord record{absolute(name), address.is_v4() ? "A" : "AAAA", format_ip(address)};
        const auto is_same = [&](const ZoneRecord& known) { return known.name == record.name && known.data == record.data; };
        if (std::none_of(records.begin(), records.end(), is_same)) records.push_back(std::move(record));
    }
}

ZoneRecord text_record(const std::string& name, std::string_view text)
{
    return {absolute(name), "TXT", dns::format_strings(text)};
}

// The name that our mail says HELO as leads to where it comes from, and lets those addresses use it (RFC 7208 §2.3). A name that
// is a host of its own already keeps the addresses of that.
void add_helo_host(std::vector<ZoneRecord>& records, const ServiceZone& zone)
{
    if (zone.helo_host.empty() || !stands_in(zone.helo_host, zone.name) || zone.helo_host == zone.name) return;
    if (zone.helo_host != zone.mail_host && zone.helo_host != zone.web_host) add_addresses(records, zone.helo_host, zone.senders);
    records.push_back(text_record(zone.helo_host, "v=spf1 exists:%{i}.spf." + zone.name + " -all"));
}

}  // namespace

std::string sender_name(const IpAddress& sender, std::string_view zone)
{
    std::string name;
    if (sender.is_v4()) {
        name = format_ip(sender) + '.';
    } else {
        constexpr std::string_view digits = "0123456789abcdef";
        for (const auto octet : sender.octets())
            for (const auto nibble : {octet >> 4, octet & 15}) name += {digits[static_cast<std::size_t>(nibble)], '.'};
    }
    return name + "spf." + std::string(zone);
}

std::vector<ZoneRecord> make_records(const ServiceZone& zone)
{
    std::vector<ZoneRecord> records;
    records.push_back({absolute(zone.name), "MX", "10 " + absolute(zone.mail_host)});
    if (stands_in(zone.mail_host, zone.name)) add_addresses(records, zone.mail_host, zone.mail_addresses);
    if (!zone.web_host.empty() && stands_in(zone.web_host, zone.name)) add_addresses(records, zone.web_host, zone.web_addresses);
    records.push_back(text_record(zone.name, "v=spf1 mx:" + zone.name + " exists:%{i}.spf." + zone.name + " -all"));
    add_helo_host(records, zone);
    for (const auto& sender : std::set(zone.senders.begin(), zone.senders.end()))
        records.push_back({absolute(sender_name(sender, zone.name)), "A", "127.0.0.2"});
    for (const auto& key : zone.dkim) records.push_back(text_record(key.name, key.record));
    const std::string reports = zone.report_address.empty() ? "" : "; rua=mailto:" + zone.report_address;
    records.push_back(text_record("_dmarc." + zone.name, "v=DMARC1; p=reject; adkim=s; aspf=s" + reports));
    return records;
}

Result<std::vector<ZoneRecord>> make_whole_zone(const ServiceZone& zone)
{
    if (zone.name_servers.empty()) return Error{Fault::config, "a zone needs a name server; name one with --ns"};
    const auto own = make_records(zone);
    std::vector<ZoneRecord> records;
    const std::string soa = absolute(zone.name_servers.front().name) + ' ' + absolute("hostmaster." + zone.name) + ' ' +
                            std::to_string(zone.serial) + " 7200 900 1209600 300";
    records.push_back({absolute(zone.name), "SOA", soa});
    for (const auto& server : zone.name_servers) records.push_back({absolute(zone.name), "NS", absolute(server.name)});
    records.insert(records.end(), own.begin(), own.end());
    for (const auto& server : zone.name_servers) {
        if (!stands_in(server.name, zone.name)) continue;
        add_addresses(records, server.name, server.addresses);
        const auto is_address = [&](const ZoneRecord& record) {
            return record.name == absolute(server.name) && (record.type == "A" || record.type == "AAAA");
        };
        if (std::none_of(records.begin(), records.end(), is_address))
            return Error{Fault::config, "the name server " + server.name +
                                            " stands in the zone, so its address must be there; write --ns " + server.name +
                                            "=192.0.2.53"};
    }
    return records;
}

std::string format_zone(const std::vector<ZoneRecord>& records, std::uint32_t ttl)
{
    std::size_t width = 0;
    for (const auto& record : records) width = std::max(width, record.name.size() > 40 ? 0 : record.name.size());
    std::string text = "$TTL " + std::to_string(ttl) + '\n';
    for (const auto& record : records) {
        std::string name = record.name;
        name.resize(std::max(width, name.size()), ' ');
        std::string type = record.type;
        type.resize(4, ' ');
        text += name + " IN " + type + ' ' + record.data + '\n';
    }
    return text;
}

}  // namespace sealpost::spfadvice
