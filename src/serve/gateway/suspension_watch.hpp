#pragma once

#include "core/queue/queue.hpp"
#include "core/revisions/policy_store.hpp"
#include "sys/log/log.hpp"

#include <memory>

namespace sealpost::gateway {

// Mail of which a part waits for a suspended destination goes on when a commit may have ended that, here or on another node:
// it is asked about rarely otherwise. The first look asks, too: a suspension may have ended while no node of ours ran.
class SuspensionWatch {
public:
    SuspensionWatch(std::shared_ptr<const revisions::PolicyStore> policy, std::shared_ptr<queue::Queue> queue, log::Log log);

    Task<void> look();
    Task<void> run();  // until it is cancelled

private:
    std::shared_ptr<const revisions::PolicyStore> policy_;
    std::shared_ptr<queue::Queue> queue_;
    log::Log log_;
    std::shared_ptr<const policy::Snapshot> seen_;  // for which the queue was asked; null: it was not yet
    bool is_failing_ = false;
};

}  // namespace sealpost::gateway
