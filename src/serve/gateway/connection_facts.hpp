#pragma once

#include "core/policy/snapshot.hpp"
#include "serve/gateway/intake_parts.hpp"
#include "serve/smtpd/mail_handler.hpp"

namespace sealpost::gateway {

// What is known of a connecting host: its verified name, and what the policy asks others about it. With
// null `parts->host_asker` no file and no zone of a source is asked.
Task<policy::ConnectionFacts> find_connection_facts(std::shared_ptr<const IntakeParts> parts,
                                                    std::shared_ptr<const policy::Snapshot> snapshot, smtpd::PeerFacts peer);

// One event a connection, and a count of those whose verdict is left open.
void tell_connection(const log::Log& log, const std::string& connection_id, const policy::ConnectionFacts& facts,
                     const policy::ConnectionVerdict& verdict);

}  // namespace sealpost::gateway
