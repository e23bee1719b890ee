#include "base/text.hpp"
#include "cli/answering.hpp"
#include "cli/service_store.hpp"
#include "cli/spf_commands.hpp"
#include "core/config/helo.hpp"
#include "serve/spfadvice/service_zone.hpp"
#include "wire/dkim/signer.hpp"
#include "wire/mail/mailbox.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>

namespace sealpost::cli {
namespace {

namespace json = boost::json;

struct ZoneFlags {
    bool fragment = false;
    std::vector<std::string> name_servers;
    std::vector<std::string> mail_addresses;
    std::string report_address;
    std::uint32_t serial = 0;
    std::uint32_t ttl = 3600;
};

// What a socket listens on, when that says which address others reach it at.
std::vector<IpAddress> known_addresses(const std::vector<Endpoint>& endpoints)
{
    std::vector<IpAddress> known;
    for (const auto& endpoint : endpoints) {
        const bool is_any = endpoint.address == IpAddress() || endpoint.address == IpAddress::v6({});
        if (!is_any) known.push_back(endpoint.address);
    }
    return known;
}

std::vector<IpAddress> mail_addresses_of(const config::NodeConfig& config)
{
    std::vector<IpAddress> known;
    for (const auto& listener : config.listeners) {
        if (listener.kind != config::ListenerKind::public_mail) continue;
        const auto here = known_addresses(listener.addresses);
        known.insert(known.end(), here.begin(), here.end());
    }
    return known.empty() ? config.service.send_addresses : known;
}

std::string host_of(std::string_view url)
{
    const auto scheme = url.find("://");
    if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
    return ascii_lower(url.substr(0, url.find_first_of(":/")));
}

Result<IpAddress> parse_address(std::string_view option, std::string_view text)
{
    if (const auto ip = parse_ip(text)) return *ip;
    return Error{Fault::config, std::string(option) + ": \"" + std::string(text) + "\" is not an IP address"};
}

// "ns1.keys.example", "ns1.keys.example=192.0.2.53,2001:db8::53"
Result<spfadvice::NameServer> parse_name_server(std::string_view text)
{
    const auto equals = text.find('=');
    auto name = text.substr(0, equals);
    if (name.ends_with('.')) name.remove_suffix(1);
    auto domain = mail::parse_domain(name);
    if (!domain) return domain.error().in("--ns");
    spfadvice::NameServer server{std::move(*domain), {}};
    if (equals == std::string_view::npos) return server;
    for (const auto part : split(text.substr(equals + 1), ',')) {
        SEALPOST_TRY(const auto address, parse_address("--ns", part));
        server.addresses.push_back(address);
    }
    return server;
}

Result<std::vector<spfadvice::ServiceZone::DkimKey>> load_dkim(const config::NodeConfig& config)
{
    std::vector<spfadvice::ServiceZone::DkimKey> keys;
    for (const auto& entry : config.dkim) {
        if (entry.domain != config.service.mail_domain) continue;
        SEALPOST_TRY(const auto pem, config::load_secret(entry.key));
        auto key = crypto::PrivateKey::parse_pem(pem.reveal_text());
        if (!key) return key.error().in(entry.key.string());
        keys.push_back({dkim::record_name(entry.domain, entry.selector), dkim::format_record(*key)});
    }
    return keys;
}

Result<spfadvice::ServiceZone> zone_from(const config::NodeConfig& config, const ZoneFlags& flags)
{
    spfadvice::ServiceZone zone;
    zone.name = config.service.mail_domain;
    zone.mail_host = ascii_lower(config.node.hostname);
    zone.mail_addresses = mail_addresses_of(config);
    if (!flags.mail_addresses.empty()) zone.mail_addresses.clear();
    for (const auto& text : flags.mail_addresses) {
        SEALPOST_TRY(const auto address, parse_address("--mx-address", text));
        zone.mail_addresses.push_back(address);
    }
    zone.web_host = host_of(config.service.url);
    zone.web_addresses = known_addresses(config.service.listen);
    if (zone.web_addresses.empty()) zone.web_addresses = zone.mail_addresses;
    zone.senders = config.service.send_addresses;
    zone.helo_host = ascii_lower(config::find_helo(config));
    SEALPOST_TRY(zone.dkim, load_dkim(config));
    zone.report_address = flags.report_address;
    for (const auto& text : flags.name_servers) {
        SEALPOST_TRY(auto server, parse_name_server(text));
        zone.name_servers.push_back(std::move(server));
    }
    if (zone.name_servers.empty()) zone.name_servers.push_back({zone.mail_host, zone.mail_addresses});
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(system_clock().now().time_since_epoch()).count();
    zone.serial = flags.serial != 0 ? flags.serial : static_cast<std::uint32_t>(now);
    zone.ttl = flags.ttl;
    return zone;
}

json::object to_json(const std::string& name, const std::vector<spfadvice::ZoneRecord>& records, const std::string& text)
{
    json::array list;
    for (const auto& record : records)
        list.push_back(json::object{{"name", record.name}, {"type", record.type}, {"data", record.data}});
    return {{"domain", name}, {"zone", text}, {"records", std::move(list)}};
}

Result<> print_zone(Context& context, const ZoneFlags& flags)
{
    SEALPOST_TRY(const auto config, config::load_config(context.config_path));
    if (config.service.mail_domain.empty())
        return Error{Fault::config, context.config_path + " has no [service] mail_domain, so there is no zone of a service"};
    if (config.service.send_addresses.empty())
        return Error{Fault::config, "service.send_addresses is empty: say which addresses the service sends from"};
    SEALPOST_TRY(const auto zone, zone_from(config, flags));
    std::vector<spfadvice::ZoneRecord> records = make_records(zone);
    if (!flags.fragment) {
        SEALPOST_TRY(records, make_whole_zone(zone));
    }
    const auto text = format_zone(records, zone.ttl);
    context.answer(to_json(zone.name, records, text), text);
    return {};
}

}  // namespace

void add_spf_zone(CLI::App& group, Context& context)
{
    auto flags = std::make_shared<ZoneFlags>();
    auto* command = group.add_subcommand("zone", "The DNS zone of the service itself, for the addresses that it sends from");
    command->add_flag("--fragment", flags->fragment, "only the records, to be put into a zone that exists");
    command
        ->add_option(
            "--ns", flags->name_servers,
            "a name server of the zone, with its address when it stands in the zone; may be repeated. Default: this node")
        ->type_name("NAME[=IP]")
        ->allow_extra_args(false);
    command
        ->add_option("--mx-address", flags->mail_addresses,
                     "an address of this node, when the configuration listens on all; may be repeated")
        ->type_name("IP")
        ->allow_extra_args(false);
    command->add_option("--rua", flags->report_address, "where DMARC reports go")->type_name("ADDRESS");
    command->add_option("--serial", flags->serial, "of the zone; default: the time in seconds")->type_name("N");
    command->add_option("--ttl", flags->ttl, "of every record")
        ->type_name("S")
        ->capture_default_str()
        ->check(CLI::Range(60, 604800));
    command->footer(
        "Reads [service] mail_domain and send_addresses, [node] hostname, [delivery] helo (or the hostname) and the [[dkim]] "
        "keys of that\n"
        "domain. What it prints loads in NSD, Knot and BIND: MX, addresses, SPF records, one name a sending address,\n"
        "DKIM keys and a DMARC policy. Customers then add include:NAME to their own record (sealpost spf advise).\n\n"
        "Examples:\n"
        "  sealpost spf zone > keys.example.zone\n"
        "  sealpost spf zone --ns ns1.keys.example=192.0.2.53 --ns ns2.example.net\n"
        "  sealpost spf zone --fragment --rua reports@keys.example");
    command->callback(answering(context, print_zone, flags));
}

}  // namespace sealpost::cli
