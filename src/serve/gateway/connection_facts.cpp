#include "serve/gateway/connection_facts.hpp"

#include "base/text.hpp"
#include "core/policy/host_facts.hpp"

namespace sealpost::gateway {

Task<policy::ConnectionFacts> find_connection_facts(std::shared_ptr<const IntakeParts> parts,
                                                    std::shared_ptr<const policy::Snapshot> snapshot, smtpd::PeerFacts peer)
{
    auto asker = parts->host_asker;
    if (!asker) {
        hostfacts::Options options;
        options.name_timeout = parts->dns_timeout;
        options.log = parts->log;
        asker = std::make_shared<const hostfacts::Asker>(parts->resolver, std::move(options));
    }
    auto facts = co_await asker->ask(std::move(snapshot), peer.listener, peer.peer.address);
    co_return facts;
}

void tell_connection(const log::Log& log, const std::string& connection_id, const policy::ConnectionFacts& facts,
                     const policy::ConnectionVerdict& verdict)
{
    log.info("gateway.connection",
             {{"connection", connection_id},
              {"ip", format_ip(facts.ip)},
              {"host", facts.host},
              {"host_state", policy::format_host_state(facts.host_state)},
              {"other_hosts", join(facts.other_hosts, " ")},
              {"open_hosts", join(facts.open_hosts, " ")},
              {"dns_lists", join(facts.dns_lists, " ")},
              {"country", facts.country},
              {"reputation", facts.reputation ? policy::format_score(policy::round_score(*facts.reputation)) : "none"},
              {"sender_group", verdict.sender_group},
              {"matched", verdict.matched},
              {"policy", verdict.policy},
              {"behavior", policy::format_behavior(verdict.behavior)},
              {"undecided", verdict.undecided}});
    if (!verdict.undecided) return;
    log.metrics().add(log::Metric::undecided_connections, {facts.listener});
    log.warning("gateway.undecided", {{"connection", connection_id},
                                      {"ip", format_ip(facts.ip)},
                                      {"could_match", verdict.undecided_group},
                                      {"otherwise", verdict.sender_group}});
}

}  // namespace sealpost::gateway
