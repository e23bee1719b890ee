#pragma once

#include "core/tlsreports/reports.hpp"
#include "serve/courier/tls_event.hpp"

#include <memory>

namespace sealpost::tlsreports {

// What a courier saw, as it is counted.
[[nodiscard]] Session describe(const courier::TlsEvent& event, WallTime at);

// Counts what a courier tells (CourierOptions::on_tls). Any thread.
class Counter {
public:
    Counter(std::shared_ptr<Reports> reports, const Clock& clock) : reports_(std::move(reports)), clock_(clock) {}
    void count(const courier::TlsEvent& event) { reports_->record(describe(event, clock_.now())); }

private:
    std::shared_ptr<Reports> reports_;
    const Clock& clock_;
};

}  // namespace sealpost::tlsreports
