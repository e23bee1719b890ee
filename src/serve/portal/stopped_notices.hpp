#pragma once

#include "core/queue/queue.hpp"

namespace sealpost::portal {

// What a fault of a domain's mail hosts stops beside replies: notifications, codes and receipts of the service.
struct StoppedNotices {
    int waiting = 0;     // recipients at the domain
    bool is_all = true;  // false: there is more mail of the service than is looked through, so there may be more
    std::string said;    // what the newest of them met with; empty: none waits
};

// Looks through a bounded number of the service's own mails that wait, of all domains, newest first.
Task<Result<StoppedNotices>> find_stopped_notices(std::shared_ptr<queue::Queue> queue, std::string domain);

}  // namespace sealpost::portal
