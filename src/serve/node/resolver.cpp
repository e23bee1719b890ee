#include "serve/node/resolver.hpp"

namespace sealpost::node {

Result<std::shared_ptr<dns::UnboundResolver>> make_resolver(const config::NodeConfig::Dns& dns, const log::Log& log)
{
    using Validation = dns::UnboundOptions::Validation;
    dns::UnboundOptions options;
    options.forwarder = dns.resolver;
    options.log = log;
    if (!dns.no_validation) options.validation = Validation::when_possible;
    if (!dns.trust_anchor.empty()) {
        options.validation = Validation::strict;
        options.trust_anchor_file = dns.trust_anchor;
    }
    return dns::UnboundResolver::make(std::move(options));
}

}  // namespace sealpost::node
