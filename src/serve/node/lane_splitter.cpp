#include "serve/node/lane_splitter.hpp"

#include "core/queue/answering.hpp"
#include "core/queue/lanes.hpp"

namespace sealpost::node {

Task<queue::Report> LaneSplitter::deliver(queue::DueMessage message)
{
    queue::Deliverer* chosen = queue::is_service_lane(message.lane) || !gateway_ ? service_ : gateway_;
    if (message.lane == queue::tls_report_lane) chosen = &tls_reports_;
    if (!chosen) co_return queue::Report{};  // a role that this node no longer has: it waits
    queue::Report report;
    if (chosen == service_ && is_suspended_) report = queue::take_suspended(message, is_suspended_);
    if (message.recipients.empty()) co_return report;
    auto rest = co_await chosen->deliver(std::move(message));
    queue::append(report, std::move(rest));
    co_return report;
}

}  // namespace sealpost::node
