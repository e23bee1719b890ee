#include "serve/policyadmin/host_question.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace sealpost::policyadmin {
namespace {

constexpr std::size_t max_name_bytes = 255;
constexpr std::size_t max_names = 10;  // as many as are looked at of a PTR
constexpr std::size_t max_lists = 100;
constexpr double best_reputation = 10.0;  // and -10 is the worst

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
    facts.country = fields.text_or("country", max_name_bytes, "");
    for (char& c : facts.country) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 0x20) : c;
    const bool is_code = facts.country.size() == 2 &&
                         std::all_of(facts.country.begin(), facts.country.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!facts.country.empty() && !is_code) fields.complain("country", "is no code of two letters (ISO 3166-1)");
}

void read_reputation(http::Fields& fields, const boost::json::object& body, policy::ConnectionFacts& facts)
{
    if (!fields.has("reputation")) return;
    const auto& value = body.at("reputation");
    const double score = value.is_number() ? value.to_number<double>() : 2 * best_reputation;
    if (score < -best_reputation || score > best_reputation)
        fields.complain("reputation", "is no number from -10 to 10");
    else
        facts.reputation = score;
}

}  // namespace

policy::ConnectionFacts read_host(http::Fields& fields, const boost::json::object& body)
{
    policy::ConnectionFacts facts;
    facts.listener = fields.text("listener", max_name_bytes);
    const auto ip = parse_ip(fields.text("ip", 60));
    if (!ip) fields.complain("ip", "is not an IP address");
    facts.ip = ip.value_or(IpAddress());
    read_name(fields, facts);
    if (fields.has("listed"))
        for (const auto& zone : fields.texts("listed", max_lists, max_name_bytes)) facts.dns_lists.push_back(ascii_lower(zone));
    read_country(fields, facts);
    read_reputation(fields, body, facts);
    return facts;
}

}  // namespace sealpost::policyadmin
