#pragma once

#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::log {

// What a node counts; names, meanings and labels stand in list_metrics(), and for operators in
// doc/ops/monitoring.md.
enum class Metric {
    smtp_connections,
    smtp_open_connections,
    smtp_messages,
    smtp_received_bytes,
    smtp_refusals,
    smtp_limits,
    smtp_tls,
    undecided_connections,
    host_questions,
    authentication,
    delivery_attempts,
    delivery_recipients,
    delivery_seconds,
    messages_sealed,
    keys_asked,
    queue_messages,
    queue_held,
    queue_oldest,
    load_value,
    load_limit,
    load_short,
    certificate_days,
    http_requests,
    http_request_seconds,
    proxy_headers,
};

enum class MetricKind { counter, gauge, histogram };

struct MetricFacts {
    Metric metric;
    MetricKind kind;
    std::string_view name;  // as exported
    std::string_view help;
    std::vector<std::string_view> labels;
};
[[nodiscard]] std::span<const MetricFacts> list_metrics();

// Counters of one node: a cheap handle that a Log carries along (Log::metrics()). Any thread may
// count. Label values come from small sets (names of listeners, words, patterns of routes), one for
// each label of the metric; a metric that has max_series of them counts new ones as "other".
class Metrics {
public:
    static constexpr std::size_t max_series = 500;
    using Labels = std::initializer_list<std::string_view>;

    Metrics() = default;  // counts nothing
    static Metrics make();

    void add(Metric metric, Labels labels = {}, double amount = 1) const;  // a counter, or a gauge by ±
    void set(Metric metric, double value, Labels labels = {}) const;       // a gauge
    void observe(Metric metric, double value) const;                       // a histogram without labels
    [[nodiscard]] std::string format_text() const;                         // Prometheus text, version 0.0.4

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace sealpost::log
