#include "serve/node/mail_policies.hpp"

#include "base/special_networks.hpp"

namespace sealpost::node {

std::function<bool(const IpAddress&)> make_stranger_rule(const config::NodeConfig& config)
{
    if (config.delivery.reach_private_addresses_for_strangers) return {};
    return is_public_address;
}

Result<std::shared_ptr<mtasts::PolicyFinder>> make_policy_finder(PolicyFinding parts)
{
    SEALPOST_TRY(auto cache, mtasts::Cache::open(parts.database, parts.clock));
    auto fetching =
        mtasts::make_fetching(parts.trust, parts.resolver, parts.config.delivery.mta_sts_port, make_stranger_rule(parts.config));
    return std::make_shared<mtasts::PolicyFinder>(
        mtasts::PolicyFinder::Parts{parts.resolver, std::move(fetching), std::move(cache), parts.clock, parts.log});
}

route::StsFinder make_sts_finder(std::shared_ptr<mtasts::PolicyFinder> finder)
{
    return
        [finder = std::move(finder)](std::string domain, Deadline deadline) { return finder->find(std::move(domain), deadline); };
}

}  // namespace sealpost::node
