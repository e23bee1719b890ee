#include "serve/gateway/client.hpp"

namespace sealpost::gateway {

smtp::Reply Client::refuse(unsigned code, std::string_view detail, std::string_view text, std::string_view fallback) const
{
    const std::string said = policy::expand_variables(text, verdict, facts);
    const std::string enhanced = std::string(code >= 500 ? "5." : "4.").append(detail);
    return {static_cast<int>(code), enhanced, said.empty() ? fallback : std::string_view(said)};
}

void Client::tell_limit(std::string_view limit, std::string_view about) const
{
    parts->log.metrics().add(log::Metric::smtp_limits, {peer.listener, limit});
    parts->log.info("gateway.limit", {{"connection", peer.connection_id},
                                      {"ip", format_ip(facts.ip)},
                                      {"sender_group", verdict.sender_group},
                                      {"policy", verdict.policy},
                                      {"limit", limit},
                                      {"about", about}});
}

}  // namespace sealpost::gateway
