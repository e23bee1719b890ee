#include "serve/policyadmin/host_question.hpp"

#include "base/text.hpp"
#include "core/config/schema.hpp"
#include "core/policy/host_facts.hpp"

namespace sealpost::policyadmin {
namespace {

constexpr std::size_t max_name_bytes = 255;
constexpr std::size_t max_names = 10;  // as many as are looked at of a PTR
constexpr std::size_t max_lists = 100;
constexpr std::string_view none = "none";  // said, rather than left open
constexpr double best_reputation = 10.0;   // and -10 is the worst

std::optional<policy::HostState> parse_host_state(std::string_view text)
{
    using policy::HostState;
    for (const auto state : {HostState::verified, HostState::none, HostState::temporary, HostState::mismatch})
        if (policy::format_host_state(state) == text) return state;
    return std::nullopt;
}

void read_name(http::Fields& fields, policy::ConnectionFacts& facts)
{
    facts.host = fields.text_or("host", max_name_bytes, "");
    const auto state = parse_host_state(fields.text_or("host_state", 20, facts.host.empty() ? "none" : "verified"));
    if (!state) fields.complain("host_state", "is none of verified, none, temporary, mismatch");
    facts.host_state = state.value_or(policy::HostState::none);
    if (facts.host_state == policy::HostState::verified && facts.host.empty())
        fields.complain("host", "is missing: a verified name is asked for");
    if (fields.has("other_hosts")) facts.other_hosts = fields.texts("other_hosts", max_names, max_name_bytes);
    if (fields.has("open_hosts")) facts.open_hosts = fields.texts("open_hosts", max_names, max_name_bytes);
}

void read_country(http::Fields& fields, policy::ConnectionFacts& facts)
{
    const std::string text = fields.text_or("country", max_name_bytes, "");
    if (text.empty() || text == none) return;
    const auto code = policy::parse_country(text);
    if (!code) fields.complain("country", "is neither a code of two letters (ISO 3166-1) nor none");
    facts.country = code.value_or("");
}

void read_reputation(http::Fields& fields, const boost::json::object& body, policy::ConnectionFacts& facts)
{
    if (!fields.has("reputation")) return;
    const auto& value = body.at("reputation");
    if (value.is_string() && value.get_string() == none) return;
    const double score = value.is_number() ? value.to_number<double>() : 2 * best_reputation;
    if (score < -best_reputation || score > best_reputation)
        fields.complain("reputation", "is neither a number from -10 to 10 nor none");
    else
        facts.reputation = score;
}

}  // namespace

std::vector<std::string> read_zones(http::Fields& fields, std::string_view field)
{
    std::vector<std::string> zones;
    if (!fields.has(field)) return zones;
    for (const auto& zone : fields.texts(field, max_lists, max_name_bytes)) {
        if (!config::is_domain(zone)) fields.complain(field, "names a list that is no zone of DNS");
        zones.push_back(ascii_lower(zone));
    }
    return zones;
}

policy::ConnectionFacts read_host(http::Fields& fields, const boost::json::object& body)
{
    policy::ConnectionFacts facts;
    facts.listener = fields.text("listener", max_name_bytes);
    const auto ip = parse_ip(fields.text("ip", 60));
    if (!ip) fields.complain("ip", "is not an IP address");
    facts.ip = ip.value_or(IpAddress());
    read_name(fields, facts);
    facts.dns_lists = read_zones(fields, "listed");
    read_country(fields, facts);
    read_reputation(fields, body, facts);
    return facts;
}

}  // namespace sealpost::policyadmin
