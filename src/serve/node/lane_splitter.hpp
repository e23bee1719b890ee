#pragma once

#include "core/queue/answering.hpp"
#include "core/queue/dispatcher.hpp"

namespace sealpost::node {

// One queue serves both roles: the lanes of the service go to it, all others to the gateway but reports about TLS. The service
// knows no policy, and on a node with one it keeps to what that suspends.
class LaneSplitter final : public queue::Deliverer {
public:
    // Null: this node does not have the role. An empty `is_suspended`: no policy.
    LaneSplitter(queue::Deliverer* gateway, queue::Deliverer* service, queue::Deliverer& tls_reports,
                 queue::IsSuspended is_suspended)
        : gateway_(gateway), service_(service), tls_reports_(tls_reports), is_suspended_(std::move(is_suspended))
    {
    }

    Task<queue::Report> deliver(queue::DueMessage message) override;

private:
    queue::Deliverer* gateway_;
    queue::Deliverer* service_;
    queue::Deliverer& tls_reports_;
    queue::IsSuspended is_suspended_;
};

}  // namespace sealpost::node
