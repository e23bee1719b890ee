#include "serve/node/tls_reports.hpp"
#include "serve/node/ownership.hpp"

#include "core/queue/lanes.hpp"
#include "serve/gateway/lanes.hpp"
#include "serve/node/mail_policies.hpp"
#include "serve/tlsreports/chores.hpp"
#include "serve/tlsreports/inbox.hpp"

namespace sealpost::node {

Result<std::unique_ptr<TlsReports>> TlsReports::make(Machinery& machinery)
{
    std::unique_ptr<TlsReports> made(new TlsReports(machinery));
    SEALPOST_TRY(made->reports_, tlsreports::Reports::open(machinery.database, machinery.clock, machinery.log));
    made->make_inbox();
    if (machinery.config.tls_reports.send) SEALPOST_CHECK(made->make_sender());
    return made;
}

std::function<void(const courier::TlsEvent&)> TlsReports::counter() const
{
    if (!machinery_.config.tls_reports.send) return nullptr;
    const auto counter = std::make_shared<tlsreports::Counter>(reports_, machinery_.clock);
    return [counter](const courier::TlsEvent& event) { counter->count(event); };
}

void TlsReports::make_inbox()
{
    tlsreports::Inbox::Parts parts;
    parts.reports = reports_;
    parts.queue = machinery_.queue;
    parts.resolver = machinery_.resolver;
    parts.pool = machinery_.pool.get();
    parts.clock = &machinery_.clock;
    parts.next_lane = queue::relay_lane;
    parts.dns_timeout = machinery_.config.dns.timeout;
    parts.log = machinery_.log;
    inbox_ = std::make_unique<tlsreports::Inbox>(std::move(parts));
}

// RFC 8460 §3 wants reports by mail signed with DKIM: both lanes sign.
Result<> TlsReports::make_sender()
{
    const auto& config = machinery_.config;
    if (!has_dkim_key(config, config.tls_reports.from))
        machinery_.log.warning("tlsrpt.reports_unsigned", {{"from", config.tls_reports.from}});
    http::ClientOptions posting;
    posting.may_connect = make_stranger_rule(config);
    posting.max_idle_per_origin = 0;  // each report goes to another place, and comes a day later
    SEALPOST_TRY(auto client, machinery_.make_http_client(std::move(posting)));
    tlsreports::Sender::Parts parts;
    parts.reports = reports_;
    parts.queue = machinery_.queue;
    parts.resolver = machinery_.resolver;
    parts.client = std::move(client);
    parts.pool = machinery_.pool.get();
    parts.clock = &machinery_.clock;
    parts.reporter = {config.tls_reports.organisation, config.tls_reports.contact, config.node.hostname};
    parts.from = config.tls_reports.from;
    parts.lane = config.node.is_gateway ? queue::relay_lane : queue::service_report_lane;
    gateway::IntakeFacts facts{"tls-report", true};
    facts.tls_report = true;
    parts.facts = gateway::format_facts(facts, {}, machinery_.clock.now());
    parts.dns_timeout = config.dns.timeout;
    parts.log = machinery_.log;
    sender_ = std::make_shared<tlsreports::Sender>(std::move(parts));
    return {};
}

void TlsReports::spawn_chores(async::TaskGroup& group)
{
    tlsreports::ChoreParts chores;
    chores.reports = reports_;
    chores.log = machinery_.log;
    group.spawn(tlsreports::run_chores(std::move(chores)));
    if (!sender_) return;
    tlsreports::SendingParts sending{sender_, machinery_.log};
    sending.is_ours = [queue = machinery_.queue] { return queue->is_first_for(send_tls_reports); };
    group.spawn(tlsreports::send_reports(std::move(sending)));
}

void TlsReports::flush()
{
    auto flushed = reports_->flush_now();
    if (flushed.has_error()) machinery_.log.warning("tlsrpt.not_written", {{"problem", flushed.error().text}});
}

}  // namespace sealpost::node
