#include "sys/log/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <cassert>
#include <map>
#include <mutex>
#include <unordered_map>

namespace sealpost::log {
namespace {

using enum MetricKind;

std::vector<MetricFacts> facts_of_mail()
{
    return {
        {Metric::smtp_connections,
         counter,
         "sealpost_smtp_connections_total",
         "SMTP connections by listener and result: accepted, rejected (by policy) or turned_away (too many)",
         {"listener", "result"}},
        {Metric::smtp_open_connections,
         gauge,
         "sealpost_smtp_open_connections",
         "SMTP connections that are open now",
         {"listener"}},
        {Metric::smtp_messages,
         counter,
         "sealpost_smtp_messages_total",
         "Messages accepted, that is answered with 250",
         {"listener"}},
        {Metric::smtp_received_bytes,
         counter,
         "sealpost_smtp_received_bytes_total",
         "Octets of the messages accepted",
         {"listener"}},
        {Metric::smtp_refusals,
         counter,
         "sealpost_smtp_refusals_total",
         "Replies of 4xx and 5xx to HELO, AUTH, MAIL, RCPT and content, by the stage of the dialogue",
         {"listener", "stage"}},
        {Metric::smtp_limits,
         counter,
         "sealpost_smtp_limits_total",
         "Limits and checks of the mail flow policy that a client did not pass, by their name",
         {"listener", "limit"}},
        {Metric::smtp_tls,
         counter,
         "sealpost_smtp_tls_total",
         "TLS handshakes of clients: the protocol agreed, or failed",
         {"listener", "result"}},
        {Metric::undecided_connections,
         counter,
         "sealpost_undecided_connections_total",
         "Connections answered with 421 because the name of the host is not known for the moment and could decide",
         {"listener"}},
        {Metric::host_questions,
         counter,
         "sealpost_host_questions_total",
         "What was asked about connecting hosts, and what came back",
         {"question", "result"}},
        {Metric::authentication,
         counter,
         "sealpost_authentication_total",
         "Messages from outside by what SPF, DKIM, ARC and DMARC found",
         {"method", "result"}},
        {Metric::delivery_attempts,
         counter,
         "sealpost_delivery_attempts_total",
         "Tries with one address of a mail host, by outcome and by TLS: none, unverified or verified",
         {"outcome", "tls"}},
        {Metric::delivery_recipients,
         counter,
         "sealpost_delivery_recipients_total",
         "What became of recipients: delivered, deferred, refused or postponed (by a destination control)",
         {"result"}},
        {Metric::delivery_seconds, histogram, "sealpost_delivery_seconds", "Time to carry one message to one domain", {}},
        {Metric::messages_sealed,
         counter,
         "sealpost_messages_sealed_total",
         "Messages sealed for their recipients, or failed to be",
         {"result"}},
        {Metric::keys_asked,
         counter,
         "sealpost_keys_asked_total",
         "Envelope keys asked for: released, or the reason why not",
         {"result"}},
    };
}

std::vector<MetricFacts> facts_of_the_node()
{
    return {
        {Metric::queue_messages, gauge, "sealpost_queue_messages", "Messages in the queue", {}},
        {Metric::queue_held,
         gauge,
         "sealpost_queue_held_messages",
         "Messages in the queue that an operator or a domain's state holds",
         {}},
        {Metric::queue_oldest,
         gauge,
         "sealpost_queue_oldest_seconds",
         "Age of the oldest message that waits and is not held",
         {}},
        {Metric::load_value,
         gauge,
         "sealpost_load",
         "What the node bears: sessions, memory of messages on their way in, the queue, the room left on disk",
         {"resource"}},
        {Metric::load_limit, gauge, "sealpost_load_limit", "What it may bear, or must keep free; 0: no limit", {"resource"}},
        {Metric::load_short, gauge, "sealpost_load_short", "1 while the node is short of it and takes less in", {"resource"}},
        {Metric::certificate_days,
         gauge,
         "sealpost_certificate_days_left",
         "Whole days until a certificate of this node expires, less than 0 once it did",
         {"certificate"}},
        {Metric::http_requests,
         counter,
         "sealpost_http_requests_total",
         "HTTP requests by method, pattern of the route and status",
         {"method", "route", "status"}},
        {Metric::http_request_seconds,
         histogram,
         "sealpost_http_request_seconds",
         "Time from a request's head to the end of its answer",
         {}},
        {Metric::proxy_headers,
         counter,
         "sealpost_proxy_headers_total",
         "Connections from balancers by what came of the PROXY header: told, own, or why they were closed",
         {"listener", "result"}},
    };
}

// In the order of Metric.
const std::vector<MetricFacts>& facts()
{
    static const std::vector<MetricFacts> all = [] {
        auto joined = facts_of_mail();
        for (auto& fact : facts_of_the_node()) joined.push_back(fact);
        return joined;
    }();
    return all;
}

const prometheus::Histogram::BucketBoundaries buckets = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300};

prometheus::Labels name_labels(const MetricFacts& metric, std::span<const std::string_view> values)
{
    assert(values.size() == metric.labels.size());
    prometheus::Labels labels;
    for (std::size_t i = 0; i < std::min(values.size(), metric.labels.size()); ++i) labels.emplace(metric.labels[i], values[i]);
    return labels;
}

// Of the registry, with the series that were counted before.
template <class Kind>
struct Family {
    prometheus::Family<Kind>* exported = nullptr;
    std::unordered_map<std::string, Kind*> series;
};

}  // namespace

std::span<const MetricFacts> list_metrics() { return facts(); }

struct Metrics::State {
    State()
    {
        for (const MetricFacts& metric : facts()) {
            const std::string name(metric.name);
            const std::string help(metric.help);
            if (metric.kind == counter)
                counters[metric.metric].exported = &prometheus::BuildCounter().Name(name).Help(help).Register(registry);
            if (metric.kind == gauge)
                gauges[metric.metric].exported = &prometheus::BuildGauge().Name(name).Help(help).Register(registry);
            if (metric.kind == histogram) {
                auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
                histograms[metric.metric] = &family.Add({}, buckets);
            }
            if (metric.kind == gauge && metric.labels.empty()) gauges[metric.metric].exported->Add({});
        }
    }

    // The series of these label values, or that of "other" when the metric has too many already. Found by the values
    // one behind the other, since the library's own way makes a map of strings each time something is counted.
    template <class Kind>
    Kind& find(Family<Kind>& family, const MetricFacts& metric, Labels values)
    {
        thread_local std::string key;
        key.clear();
        for (const std::string_view value : values) key.append(value).push_back('\0');
        const std::lock_guard guard(lock);
        if (const auto known = family.series.find(key); known != family.series.end()) return *known->second;
        auto labels = name_labels(metric, std::span(values.begin(), values.size()));
        const bool is_one_too_many = family.series.size() >= max_series;
        if (is_one_too_many)
            for (auto& [name, value] : labels) value = "other";
        Kind& made = family.exported->Add(labels);
        if (!is_one_too_many) family.series.emplace(key, &made);
        return made;
    }

    prometheus::Registry registry;
    std::map<Metric, Family<prometheus::Counter>> counters;  // made once; their series under lock
    std::map<Metric, Family<prometheus::Gauge>> gauges;
    std::map<Metric, prometheus::Histogram*> histograms;
    std::mutex lock;
};

Metrics Metrics::make()
{
    Metrics metrics;
    metrics.state_ = std::make_shared<State>();
    return metrics;
}

void Metrics::add(Metric metric, Labels labels, double amount) const
{
    if (!state_) return;
    const MetricFacts& known = facts().at(static_cast<std::size_t>(metric));
    if (known.kind == counter) state_->find(state_->counters.at(metric), known, labels).Increment(amount);
    if (known.kind == gauge) state_->find(state_->gauges.at(metric), known, labels).Increment(amount);
}

void Metrics::set(Metric metric, double value, Labels labels) const
{
    if (!state_) return;
    const MetricFacts& known = facts().at(static_cast<std::size_t>(metric));
    state_->find(state_->gauges.at(metric), known, labels).Set(value);
}

void Metrics::observe(Metric metric, double value) const
{
    if (state_) state_->histograms.at(metric)->Observe(value);
}

std::string Metrics::format_text() const
{
    if (!state_) return {};
    return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace sealpost::log
