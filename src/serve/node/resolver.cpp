#include "serve/node/resolver.hpp"

#include "sys/dns/cached_resolver.hpp"
#include "sys/dns/unbound_resolver.hpp"

namespace sealpost::node {
namespace {

struct Resolving {
    explicit Resolving(std::shared_ptr<dns::UnboundResolver> asked) : source(std::move(asked)), cached(*source) {}
    std::shared_ptr<dns::UnboundResolver> source;
    dns::CachedResolver cached;
};

}  // namespace

Result<std::shared_ptr<dns::Resolver>> make_resolver(const config::NodeConfig::Dns& dns, const log::Log& log)
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
    SEALPOST_TRY(auto source, dns::UnboundResolver::make(std::move(options)));
    auto resolving = std::make_shared<Resolving>(std::move(source));
    return std::shared_ptr<dns::Resolver>(resolving, &resolving->cached);
}

}  // namespace sealpost::node
