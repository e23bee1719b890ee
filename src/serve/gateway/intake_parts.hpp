#pragma once

#include "core/dmarcreports/reports.hpp"
#include "core/load/load.hpp"
#include "core/people/password_checker.hpp"
#include "core/queue/queue.hpp"
#include "core/revisions/policy_store.hpp"
#include "serve/authcheck/auth_checker.hpp"
#include "serve/gateway/host_limits.hpp"
#include "serve/gateway/sender_limits.hpp"
#include "serve/gateway/submission_users.hpp"
#include "serve/hostfacts/asker.hpp"
#include "sys/dns/resolver.hpp"
#include "sys/log/log.hpp"
#include "wire/mail/bounce_tag.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace sealpost::gateway {

// What every connection of a listener shares. All of it outlives the connections.
struct IntakeParts {
    std::shared_ptr<revisions::PolicyStore> policy;
    std::shared_ptr<queue::Queue> queue;
    std::shared_ptr<dns::Resolver> resolver;
    const Clock* clock = nullptr;
    std::string hostname;
    std::chrono::seconds dns_timeout{10};
    std::shared_ptr<const hostfacts::Asker> host_asker;     // null: no source of countries or scores
    std::shared_ptr<const SubmissionUsers> users;           // of this listener; null: no AUTH
    std::shared_ptr<const authcheck::AuthChecker> checker;  // null: senders are not authenticated
    std::string authserv_id;                                // our name in Authentication-Results
    std::shared_ptr<dmarcreports::Reports> reports;         // null: DMARC results are not counted
    std::string report_inbox;                               // mail to it is read as DMARC reports; empty: none is
    std::string tls_report_inbox;                           // mail to it is read as TLS reports; empty: none is
    std::shared_ptr<people::PasswordChecker> passwords;     // of the node, as long as there are users
    // Of the node, shared by its listeners. Null: not limited.
    std::shared_ptr<HostLimits> hosts;
    std::shared_ptr<SenderLimits> senders;
    std::shared_ptr<Places> connections;
    std::shared_ptr<Places> tls_connections;
    std::shared_ptr<load::Load> load;
    queue::RetryPlan retry;                                         // of [delivery], for the profile "default"
    std::shared_ptr<const sealpost::mail::BounceKeys> bounce_keys;  // null: no bounce is verified
    bool is_public = false;                                         // this listener
    log::Log log = log::Log::silent();
};

}  // namespace sealpost::gateway
