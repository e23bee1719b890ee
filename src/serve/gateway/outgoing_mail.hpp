#pragma once

#include "core/queue/dispatcher.hpp"
#include "core/revisions/policy_store.hpp"
#include "serve/courier/by_domain.hpp"
#include "serve/gateway/bounce_verification.hpp"
#include "serve/gateway/smtp_logins.hpp"
#include "serve/sealer/envelope_sealer.hpp"

#include <memory>

namespace sealpost::gateway {

// Delivers what the gateway's queue hands out, each lane in its way (lanes.hpp).
class OutgoingMail final : public queue::Deliverer {
public:
    struct Parts {
        std::shared_ptr<revisions::PolicyStore> policy;
        std::shared_ptr<queue::Queue> queue;
        std::shared_ptr<courier::Courier> courier;
        std::shared_ptr<sealer::EnvelopeSealer> sealer;  // null: this gateway has no service
        courier::Sending sending;
        std::shared_ptr<const courier::ContentSealer> chain_sealer;  // null: no ARC set is added
        std::optional<IpAddress> from;
        std::shared_ptr<const SmtpLogins> logins = nullptr;             // null: none
        std::shared_ptr<const mail::BounceKeys> bounce_keys = nullptr;  // null: nothing is tagged
        log::Log log = log::Log::silent();
    };
    explicit OutgoingMail(Parts parts) : parts_(std::move(parts)) {}

    Task<queue::Report> deliver(queue::DueMessage message) override;

private:
    Task<queue::Report> carry(queue::DueMessage message);
    Task<queue::Report> seal(queue::DueMessage message);
    Task<queue::Report> carry_or_seal(queue::DueMessage message);
    [[nodiscard]] courier::Sending sending_of(const queue::DueMessage& message) const;
    [[nodiscard]] queue::Report take_apart(const policy::Snapshot& policy, queue::DueMessage& message) const;
    [[nodiscard]] std::function<courier::DomainPlan(const std::string&)> make_planner(
        std::shared_ptr<const policy::Snapshot> policy, const queue::DueMessage& message) const;
    [[nodiscard]] std::shared_ptr<const courier::Login> find_login(const std::string& name) const;
    [[nodiscard]] courier::DomainPlan plan(const policy::Snapshot& policy, const std::string& domain) const;

    Parts parts_;
};

}  // namespace sealpost::gateway
