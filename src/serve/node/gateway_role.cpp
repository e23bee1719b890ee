#include "serve/node/gateway_role.hpp"
#include "serve/node/ownership.hpp"

#include "core/queue/lanes.hpp"
#include "serve/dmarcreports/chores.hpp"
#include "serve/dmarcreports/inbox.hpp"
#include "serve/gateway/destination_shares.hpp"
#include "serve/gateway/http_key_service.hpp"
#include "serve/gateway/intake.hpp"
#include "serve/gateway/lanes.hpp"
#include "serve/gateway/outgoing_mail.hpp"
#include "serve/gateway/traffic_recorder.hpp"
#include "serve/tlsreports/inbox.hpp"

namespace sealpost::node {
namespace {

constexpr std::chrono::seconds policy_interval{1};

// Null without a token: this gateway has no service.
Result<std::shared_ptr<sealer::EnvelopeSealer>> make_sealer(Machinery& machinery, std::shared_ptr<gateway::ServiceToken> token,
                                                            std::shared_ptr<SealFailures> failures)
{
    const auto& gateway = machinery.config.gateway;
    if (!token) return std::shared_ptr<sealer::EnvelopeSealer>();
    SEALPOST_TRY(auto client, machinery.make_http_client());
    sealer::EnvelopeSealer::Parts parts{
        machinery.queue,
        std::make_shared<gateway::HttpKeyService>(std::move(client), gateway.service_url, std::move(token)),
        machinery.pool.get(),
        &machinery.clock,
        machinery.config.node.data_dir.string(),
        machinery.config.node.hostname,
        machinery.log,
        [failures = std::move(failures)](const sealer::SealOutcome& outcome) { failures->note(outcome); },
    };
    return std::make_shared<sealer::EnvelopeSealer>(std::move(parts));
}

// Mail with reports of others is read here; all else leaves.
class ByLane final : public queue::Deliverer {
public:
    ByLane(queue::Deliverer& outgoing, queue::Deliverer& report_inbox) : outgoing_(outgoing), report_inbox_(report_inbox) {}

    Task<queue::Report> deliver(queue::DueMessage message) override
    {
        queue::Deliverer& chosen = message.lane == queue::dmarc_report_lane ? report_inbox_ : outgoing_;
        auto report = co_await chosen.deliver(std::move(message));
        co_return report;
    }

private:
    queue::Deliverer& outgoing_;
    queue::Deliverer& report_inbox_;
};

Result<std::shared_ptr<const mail::BounceKeys>> load_bounce_keys(const config::NodeConfig& config)
{
    std::vector<mail::BounceKey> keys;
    for (const auto& file : config.bounce_verification.key_files) {
        SEALPOST_TRY(const auto text, config::load_secret(file));
        auto key = mail::BounceKey::parse(text.reveal_text());
        if (key.has_error()) return key.error().in(file.string());
        keys.push_back(std::move(*key));
    }
    return std::make_shared<const mail::BounceKeys>(std::move(keys));
}

// Null when this node sends none.
std::shared_ptr<dmarcreports::Sender> make_report_sender(const Machinery& machinery,
                                                         std::shared_ptr<dmarcreports::Reports> reports)
{
    const auto& dmarc = machinery.config.dmarc;
    if (!dmarc.send_reports) return nullptr;
    if (!has_dkim_key(machinery.config, dmarc.report_from))
        machinery.log.warning("dmarc.reports_unsigned", {{"from", dmarc.report_from}});
    dmarcreports::Sender::Parts parts;
    parts.reports = std::move(reports);
    parts.queue = machinery.queue;
    parts.resolver = machinery.resolver;
    parts.pool = machinery.pool.get();
    parts.clock = &machinery.clock;
    parts.organisation = dmarc.organisation;
    parts.contact = dmarc.contact;
    parts.from = dmarc.report_from;
    parts.submitter = machinery.config.node.hostname;
    parts.lane = queue::relay_lane;
    parts.facts = gateway::format_facts({"dmarc-report", true}, {}, machinery.clock.now());
    parts.dns_timeout = machinery.config.dns.timeout;
    parts.log = machinery.log;
    return std::make_shared<dmarcreports::Sender>(std::move(parts));
}

}  // namespace

Result<std::unique_ptr<GatewayRole>> GatewayRole::make(Machinery& machinery, std::shared_ptr<courier::Courier> courier)
{
    std::unique_ptr<GatewayRole> role(new GatewayRole(machinery));
    SEALPOST_TRY(role->policy_,
                 revisions::PolicyStore::open(machinery.database, machinery.clock, policy::list_listeners(machinery.config),
                                              policy::describe_node(machinery.config)));
    role->editor_ = std::make_shared<revisions::PolicyEditor>(role->policy_);
    authcheck::Options checks;
    checks.hostname = machinery.config.node.hostname;
    checks.query_limit = machinery.config.dns.timeout;
    checks.time_limit = machinery.config.limits.authentication_timeout;
    role->checker_ = std::make_shared<authcheck::AuthChecker>(machinery.resolver, machinery.clock, std::move(checks));
    SEALPOST_CHECK(role->make_host_asker());
    SEALPOST_CHECK(role->load_users());
    role->hosts_ = std::make_shared<gateway::HostLimits>(machinery.clock);
    role->senders_ = std::make_shared<gateway::SenderLimits>(machinery.clock);
    role->connections_ = std::make_shared<gateway::Places>(
        machinery.config.limits.max_connections, [load = machinery.load](unsigned taken) { load->note_sessions(taken); });
    role->tls_connections_ = std::make_shared<gateway::Places>(machinery.config.limits.max_tls_connections);
    if (!machinery.config.gateway.service_url.empty()) {
        SEALPOST_TRY(role->token_, gateway::ServiceToken::load(machinery.config.gateway.token_file));
        role->seal_failures_ = std::make_shared<SealFailures>(machinery.clock);
    }
    SEALPOST_TRY(auto sealer, make_sealer(machinery, role->token_, role->seal_failures_));
    gateway::OutgoingMail::Parts parts;
    parts.policy = role->policy_;
    parts.queue = machinery.queue;
    parts.courier = std::move(courier);
    parts.sealer = std::move(sealer);
    parts.sending = machinery.sending();
    parts.sending.own_name = machinery.config.node.hostname;
    parts.chain_sealer = machinery.chain_sealer;
    parts.from = machinery.config.delivery.source_address;
    SEALPOST_TRY(role->logins_, gateway::SmtpLogins::load(machinery.config.smtp_logins));
    parts.logins = role->logins_;
    SEALPOST_TRY(role->bounce_keys_, load_bounce_keys(machinery.config));
    parts.bounce_keys = role->bounce_keys_;
    parts.log = machinery.log;
    role->outgoing_ = std::make_unique<gateway::OutgoingMail>(std::move(parts));
    SEALPOST_TRY(role->reports_, dmarcreports::Reports::open(machinery.database, machinery.clock, machinery.log));
    role->make_report_inbox();
    traffic::Settings kept;
    kept.keep = machinery.config.traffic.keep;
    SEALPOST_TRY(role->traffic_, traffic::Traffic::open(machinery.database, machinery.log, kept));
    return role;
}

Result<> GatewayRole::make_host_asker()
{
    auto options = hostfacts::make_options(machinery_.config);
    options.log = machinery_.log;
    host_asker_ = std::make_shared<hostfacts::Asker>(machinery_.resolver, std::move(options));
    return host_asker_->load();
}

Result<> GatewayRole::load_users()
{
    for (const auto& listener : machinery_.config.listeners) {
        if (listener.users_file.empty() || users_.contains(listener.users_file)) continue;
        SEALPOST_TRY(users_[listener.users_file], gateway::SubmissionUsers::load(listener.users_file));
    }
    return {};
}

std::vector<std::string> GatewayRole::reload()
{
    std::vector<std::string> kept;
    if (const auto facts = host_asker_->load(); facts.has_error())
        kept.push_back("the files of [country] and [reputation] stay as they were: " + facts.error().text);
    if (const auto token = token_ ? token_->reload() : Result<>(); token.has_error())
        kept.push_back("gateway.token_file stays as it was: " + token.error().text);
    for (const auto& [file, users] : users_)
        if (const auto read = users->reload(); read.has_error())
            kept.push_back("listener.users_file stays as it was: " + read.error().text);
    for (const auto& problem : logins_->reload()) kept.push_back("smtp_login.password_file stays as it was: " + problem.text);
    return kept;
}

void GatewayRole::make_report_inbox()
{
    dmarcreports::Inbox::Parts parts;
    parts.reports = reports_;
    parts.queue = machinery_.queue;
    parts.pool = machinery_.pool.get();
    // One address may take the reports of both kinds.
    const bool is_shared =
        dmarcreports::is_report_inbox(machinery_.config.tls_reports.inbox, machinery_.config.dmarc.report_inbox);
    parts.find_author = [](std::string_view facts) { return gateway::read_facts(facts).author; };
    parts.next_lane = is_shared ? queue::tls_report_lane : queue::relay_lane;
    parts.log = machinery_.log;
    report_inbox_ = std::make_unique<dmarcreports::Inbox>(std::move(parts));
    deliverer_ = std::make_unique<ByLane>(*outgoing_, *report_inbox_);
}

Result<smtpd::MailServerOptions> GatewayRole::describe(const config::NodeConfig::Listener& listener) const
{
    const auto& config = machinery_.config;
    auto parts = std::make_shared<gateway::IntakeParts>();
    parts->policy = policy_;
    parts->queue = machinery_.queue;
    parts->resolver = machinery_.resolver;
    parts->passwords = passwords_;
    parts->clock = &machinery_.clock;
    parts->hostname = config.node.hostname;
    parts->dns_timeout = config.dns.timeout;
    parts->host_asker = host_asker_;
    parts->hosts = hosts_;
    parts->senders = senders_;
    parts->connections = connections_;
    parts->tls_connections = tls_connections_;
    parts->load = machinery_.load;
    parts->checker = checker_;
    parts->authserv_id = config.node.authserv_id;
    parts->reports = reports_;
    parts->report_inbox = config.dmarc.report_inbox;
    parts->tls_report_inbox = config.tls_reports.inbox;
    parts->retry = machinery_.retry_plan();
    parts->bounce_keys = bounce_keys_;
    parts->is_public = listener.kind == config::ListenerKind::public_mail;
    parts->log = machinery_.log;
    if (!listener.users_file.empty()) parts->users = users_.at(listener.users_file);
    smtpd::MailServerOptions options;
    options.listener = listener.name;
    options.endpoints = listener.addresses;
    options.identity = machinery_.certificates->find(ShownCertificates::Purpose::mail, listener.certificates);
    options.asking_identity = machinery_.certificates->find(ShownCertificates::Purpose::asking_mail, listener.certificates);
    options.implicit_tls = listener.implicit_tls;
    options.profile.hostname = config.node.hostname;
    options.profile.offer_starttls = options.identity && !listener.implicit_tls;
    options.profile.limits.max_message_bytes = config.limits.max_message_bytes;
    options.times.command = config.limits.command_timeout;
    options.times.connection = config.limits.session_timeout;
    options.times.content_read = config.limits.content_timeout;
    options.times.least_content_rate = config.limits.min_content_rate;
    options.is_crowded = [places = connections_] { return places->is_crowded(); };
    if (listener.max_connections > 0) options.max_connections = listener.max_connections;
    options.proxy_from = listener.proxy_from;
    options.make_handler = [parts, traffic = traffic_]() -> std::unique_ptr<smtpd::MailHandler> {
        auto intake = std::make_unique<gateway::Intake>(parts);
        if (!traffic->is_recording()) return intake;
        return std::make_unique<gateway::RecordedIntake>(std::move(intake), traffic, *parts->clock);
    };
    options.log = machinery_.log;
    return options;
}

Result<> GatewayRole::open_listeners()
{
    for (const auto& listener : machinery_.config.listeners) {
        SEALPOST_TRY(auto options, describe(listener));
        auto server = smtpd::MailServer::start(*machinery_.workers, std::move(options));
        if (server.has_error()) return server.error().in("listener \"" + listener.name + "\"");
        servers_.emplace_back(listener.name, std::move(*server));
    }
    return {};
}

queue::MostToDomain GatewayRole::most_to_domain() const { return gateway::make_destination_shares(policy_); }

queue::IsSuspended GatewayRole::suspension() const { return gateway::make_suspension(policy_); }

void GatewayRole::spawn_chores(async::TaskGroup& group)
{
    const auto tell_of_policy = [this] {
        for (const auto& misfit : policy_->misfits())
            machinery_.log.warning("policy.misfit",
                                   {{"key", misfit.key}, {"line", misfit.line}, {"problem", misfit.what}, {"hint", misfit.hint}});
        for (const auto& warning : policy::find_source_warnings(policy_->current()->document(), machinery_.config))
            machinery_.log.warning("policy.source_missing", {{"key", warning.key}, {"problem", warning.what}});
    };
    const auto tell = [log = machinery_.log, tell_of_policy](const Result<std::int64_t>& version) {
        if (version.has_error()) return log.error("policy.not_followed", {{"problem", version.error().text}});
        log.info("policy.active", {{"version", *version}});
        tell_of_policy();
    };
    tell_of_policy();
    group.spawn(policy_->follow(policy_interval, tell));
    suspensions_ = std::make_unique<gateway::SuspensionWatch>(policy_, machinery_.queue, machinery_.log);
    group.spawn(suspensions_->run());
    spawn_seal_watch(group);
    if (traffic_->is_recording()) group.spawn(traffic_->run_chores());
    dmarcreports::ChoreParts chores;
    chores.reports = reports_;
    chores.log = machinery_.log;
    group.spawn(dmarcreports::run_chores(std::move(chores)));
    auto sender = make_report_sender(machinery_, reports_);
    if (!sender) return;
    dmarcreports::SendingParts sending{std::move(sender), machinery_.log};
    sending.is_ours = [queue = machinery_.queue] { return queue->is_first_for(send_dmarc_reports); };
    group.spawn(dmarcreports::send_reports(std::move(sending)));
}

void GatewayRole::spawn_seal_watch(async::TaskGroup& group)
{
    if (!seal_failures_) return;
    SealWatch::Parts parts;
    parts.failures = seal_failures_;
    parts.queue = machinery_.queue;
    parts.alerts = machinery_.alerts;
    parts.clock = &machinery_.clock;
    parts.over_after = 2 * machinery_.config.delivery.longest_retry + std::chrono::hours(2);
    parts.log = machinery_.log;
    seal_watch_ = std::make_unique<SealWatch>(std::move(parts));
    group.spawn(seal_watch_->run());
}

void GatewayRole::begin_stop(Deadline drain)
{
    for (auto& [name, server] : servers_) server->begin_stop(drain);
}

void GatewayRole::await_stop()
{
    for (auto& [name, server] : servers_) server->await_stop();
    servers_.clear();
    auto flushed = reports_->flush_now();
    if (flushed.has_error()) machinery_.log.warning("dmarc.not_written", {{"problem", flushed.error().text}});
    auto kept = traffic_->flush_now();
    if (kept.has_error()) machinery_.log.warning("traffic.not_written", {{"problem", kept.error().text}});
}

std::vector<NamedEndpoint> GatewayRole::endpoints() const
{
    std::vector<NamedEndpoint> all;
    for (const auto& [name, server] : servers_)
        for (const auto& endpoint : server->local()) all.push_back({name, endpoint});
    return all;
}

}  // namespace sealpost::node
