#include "base/text.hpp"
#include "core/config/node_config.hpp"

#include <algorithm>

namespace sealpost::config {
namespace {

bool is_at_or_below(std::string_view domain, std::string_view upper)
{
    return domain == upper || (domain.ends_with(upper) && domain[domain.size() - upper.size() - 1] == '.');
}

bool is_signed(const NodeConfig& config, std::string_view domain)
{
    return std::ranges::any_of(config.dkim, [&](const auto& key) { return is_at_or_below(domain, key.domain); });
}

}  // namespace

std::vector<Problem> find_weaknesses(const NodeConfig& config)
{
    std::vector<Problem> weaknesses;
    if (!config.node.is_service) return weaknesses;
    const auto& service = config.service;
    const std::string domain = ascii_lower(service.sender.substr(service.sender.rfind('@') + 1));
    if (!is_signed(config, domain))
        weaknesses.push_back(
            {config.file.string(), 0, "dkim.domain",
             "codes, notifications and replies leave unsigned: there is no DKIM key for " + domain,
             "sealpost dkim new --domain " + domain + " --selector s1 --key-out dkim-s1.key, then add [[dkim]]"});
    if (service.send_addresses.empty())
        weaknesses.push_back({config.file.string(), 0, "service.send_addresses",
                              "no sending address is named, so no reply can leave under a person's own address",
                              "send_addresses = [\"192.0.2.10\"]"});
    return weaknesses;
}

}  // namespace sealpost::config
