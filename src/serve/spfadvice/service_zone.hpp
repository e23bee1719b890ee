#pragma once

#include "base/ip_address.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::spfadvice {

// One record of a master file (RFC 1035 §5.1): names absolute with their final dot.
struct ZoneRecord {
    std::string name;
    std::string type;
    std::string data;
};

struct NameServer {
    std::string name;
    std::vector<IpAddress> addresses;  // needed when the name stands in the zone itself
};

// What the service publishes about itself, so that others can include it.
struct ServiceZone {
    std::string name;                       // the service's mail domain: "keys.example"
    std::string mail_host;                  // its MX
    std::vector<IpAddress> mail_addresses;  // of mail_host, written when it stands in the zone
    std::string web_host;                   // of the service's pages; empty: none
    std::vector<IpAddress> web_addresses;
    std::vector<IpAddress> senders;  // what its mail comes from
    std::string helo_host;           // what its mail says HELO as; empty: nothing is said of it
    struct DkimKey {
        std::string name;  // s1._domainkey.keys.example
        std::string record;
    };
    std::vector<DkimKey> dkim;
    std::string report_address;  // for DMARC aggregate reports; empty: none wanted
    std::vector<NameServer> name_servers;
    std::uint32_t serial = 1;
    std::uint32_t ttl = 3600;
};

// The name that `exists:%{i}.spf.NAME` asks for: IPv4 as written, IPv6 as dotted nibbles (RFC 7208 §7.3).
[[nodiscard]] std::string sender_name(const IpAddress& sender, std::string_view zone);

// Records of the service: MX, addresses, SPF, senders, DKIM, DMARC. No SOA, no NS.
[[nodiscard]] std::vector<ZoneRecord> make_records(const ServiceZone& zone);
// SOA and NS before them. Fault::config when a name server in the zone has no address.
[[nodiscard]] Result<std::vector<ZoneRecord>> make_whole_zone(const ServiceZone& zone);

[[nodiscard]] std::string format_zone(const std::vector<ZoneRecord>& records, std::uint32_t ttl);

}  // namespace sealpost::spfadvice
