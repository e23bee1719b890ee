#pragma once

#include "core/queue/dispatcher.hpp"
#include "serve/node/machinery.hpp"
#include "serve/tlsreports/counter.hpp"
#include "serve/tlsreports/sender.hpp"
#include "sys/async/task_group.hpp"

#include <functional>
#include <memory>

namespace sealpost::node {

// Reports about TLS (RFC 8460) as a part of a node: what its courier sees is counted for both roles, sent when
// [tls_reports] says so, and mail to its inbox is read.
class TlsReports {
public:
    static Result<std::unique_ptr<TlsReports>> make(Machinery& machinery);

    // For the courier; null: nobody counts, since this node sends no reports.
    [[nodiscard]] std::function<void(const courier::TlsEvent&)> counter() const;
    [[nodiscard]] queue::Deliverer& inbox() { return *inbox_; }  // of the lane queue::tls_report_lane
    void spawn_chores(async::TaskGroup& group);
    void flush();  // blocks

private:
    explicit TlsReports(Machinery& machinery) : machinery_(machinery) {}
    Result<> make_sender();
    void make_inbox();

    Machinery& machinery_;
    std::shared_ptr<tlsreports::Reports> reports_;
    std::shared_ptr<tlsreports::Sender> sender_;  // null: this node sends no reports
    std::unique_ptr<queue::Deliverer> inbox_;
};

}  // namespace sealpost::node
