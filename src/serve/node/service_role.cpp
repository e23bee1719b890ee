#include "serve/node/service_role.hpp"

#include "core/keys/kek_vault.hpp"
#include "core/queue/lanes.hpp"
#include "serve/doctor/calls.hpp"
#include "serve/keyserver/keyserver.hpp"
#include "serve/node/admin_role.hpp"
#include "serve/node/doctor_parts.hpp"
#include "serve/node/domain_chores.hpp"
#include "serve/node/domain_test.hpp"
#include "serve/node/kek.hpp"
#include "serve/node/load_watch.hpp"
#include "serve/portal/portal.hpp"
#include "serve/reader/reader.hpp"
#include "serve/replies/local_key_service.hpp"
#include "serve/replies/receipts.hpp"
#include "serve/replies/service_mail.hpp"
#include "serve/replies/service_outbox.hpp"
#include "serve/replies/undelivered_notes.hpp"
#include "serve/tlsdesk/tlsdesk.hpp"

#include <algorithm>

namespace sealpost::node {
namespace {

constexpr std::chrono::minutes sweep_interval{1};
constexpr std::chrono::seconds receipt_interval{10};
constexpr std::chrono::seconds look_interval{5};  // at whether it is us who do what one of many does

// Asked for each piece that is written: a look before an upload would say nothing of the others that are under way.
keys::RoomCheck ask_for_room(std::shared_ptr<load::Load> load)
{
    return [load = std::move(load)](keys::SlotKind kind, std::uint64_t bytes) {
        return load->take_room(kind == keys::SlotKind::ticket ? load::Claim::upload : load::Claim::hosted_copy, bytes);
    };
}

}  // namespace

Result<std::unique_ptr<ServiceRole>> ServiceRole::make(Machinery& machinery, std::shared_ptr<courier::Courier> courier,
                                                       GatewayRole* gateway)
{
    std::unique_ptr<ServiceRole> role(new ServiceRole(machinery));
    SEALPOST_CHECK(role->open_stores());
    SEALPOST_CHECK(role->make_judge());
    role->make_deliverer(std::move(courier));
    role->make_domain_tests();
    role->make_router(gateway);
    return role;
}

Result<> ServiceRole::open_stores()
{
    const auto& config = machinery_.config;
    SEALPOST_TRY(const auto kek, open_kek(config));
    keys::KeyStore::Parts parts{machinery_.database, &machinery_.clock, kek.wrapper, machinery_.log, {}, true};
    parts.has_room = ask_for_room(machinery_.load);
    parts.keep_ended = config.retention.envelopes;
    SEALPOST_TRY(keys_, keys::KeyStore::open(std::move(parts)));
    people::People::Options options;
    options.pepper = kek.wrapper->derive("people codes");
    options.vault = std::make_shared<keys::KekVault>(kek.wrapper);
    options.keep_audit = config.retention.audit;
    SEALPOST_TRY(people_, people::People::open(machinery_.database, machinery_.clock, std::move(options)));
    SEALPOST_TRY(domains_, domains::Domains::open(machinery_.database, machinery_.clock, kek.wrapper->derive(domain_codes)));
    const auto keks = list_keks(config);
    if (std::any_of(keks.begin(), keks.end(), [](const KekName& each) { return !each.is_file; }))
        kek_watch_.emplace(KekWatch::Parts{keys_, machinery_.alerts, machinery_.is_kek_away, machinery_.log});
    return {};
}

Result<> ServiceRole::make_judge()
{
    const auto& config = machinery_.config;
    identity::SendingIdentityJudge::Parts parts;
    SEALPOST_TRY(parts.sender, mail::parse_mailbox(config.service.sender));
    parts.resolver = machinery_.resolver;
    parts.clock = &machinery_.clock;
    parts.send_addresses = config.service.send_addresses;
    parts.helo = machinery_.sending().helo_name;
    for (const auto& key : config.dkim) parts.signing_domains.push_back(key.domain);
    parts.service_name = config.service.mail_domain;
    parts.log = machinery_.log;
    judge_ = std::make_shared<identity::SendingIdentityJudge>(std::move(parts));
    for (const auto& weakness : config::find_weaknesses(config))
        machinery_.log.warning("config.weakness", {{"key", weakness.key}, {"problem", weakness.what}, {"hint", weakness.hint}});
    return {};
}

void ServiceRole::make_deliverer(std::shared_ptr<courier::Courier> courier)
{
    const auto& service = machinery_.config.service;
    sealer::EnvelopeSealer::Parts sealing{
        machinery_.queue,
        std::make_shared<replies::LocalKeyService>(keys_, people_, machinery_.clock, service.url, service.mail_domain),
        machinery_.pool.get(),
        &machinery_.clock,
        machinery_.config.node.data_dir.string(),
        service.mail_domain,
        machinery_.log,
    };
    replies::ServiceMail::Parts parts;
    parts.queue = machinery_.queue;
    parts.domains = domains_;
    parts.keys = keys_;
    parts.courier = std::move(courier);
    parts.sealer = std::make_shared<sealer::EnvelopeSealer>(std::move(sealing));
    parts.judge = judge_;
    parts.sending = machinery_.sending();
    parts.from = make_sources(machinery_.config);
    parts.sender = service.sender;
    parts.log = machinery_.log;
    deliverer_ = std::make_unique<replies::ServiceMail>(std::move(parts));
}

std::unique_ptr<queue::Deliverer> ServiceRole::put_notes_before(std::unique_ptr<queue::Deliverer> next) const
{
    const auto& service = machinery_.config.service;
    replies::UndeliveredNotes::Parts parts;
    parts.next = std::move(next);
    parts.queue = machinery_.queue;
    parts.people = people_;
    parts.keys = keys_;
    parts.clock = &machinery_.clock;
    parts.sender = service.sender;
    parts.service_name = service.mail_domain;
    parts.service_url = service.url;
    parts.log = machinery_.log;
    return std::make_unique<replies::UndeliveredNotes>(std::move(parts));
}

void ServiceRole::make_domain_tests()
{
    const auto& service = machinery_.config.service;
    outbox_ = std::make_shared<replies::ServiceOutbox>(replies::ServiceOutbox::Parts{
        machinery_.queue, domains_, &machinery_.clock, judge_, service.sender, service.mail_domain, service.url});
    domain_tests_ = make_tests(machinery_, domains_);
    postmaster_codes_ = make_postmaster_codes(people_, domains_, outbox_);
    domain_watch_ = make_watch(machinery_, domains_);
}

void ServiceRole::make_router(GatewayRole* gateway)
{
    const auto& service = machinery_.config.service;
    auto router = std::make_shared<http::Router>();
    keyserver::add_routes(*router, {people_, keys_, service.url, machinery_.log});
    reader::Parts reader;
    reader.people = people_;
    reader.keys = keys_;
    reader.domains = domains_;
    reader.outbox = outbox_;
    reader.clock = &machinery_.clock;
    reader.origin = service.url;
    reader.name = service.mail_domain;
    reader.storage_guards.push_back(make_storage_guard(machinery_.load, needs_of_mail()));
    reader.upload_guards.push_back(make_storage_guard(machinery_.load, {load::Resource::store}));
    reader.upload_guards.push_back(make_upload_guard(machinery_.load));
    reader.log = machinery_.log;
    reader.pool = machinery_.pool.get();
    reader::add_routes(*router, std::move(reader));
    add_portal(*router, gateway);
    add_tls_desk(*router);
    router_ = std::move(router);
}

// An account's pages, those about this node and, where it is a gateway, too, those about its mail policies.
void ServiceRole::add_portal(http::Router& router, GatewayRole* gateway)
{
    const auto& service = machinery_.config.service;
    admin::Parts signing_in{people_, service.url, {admin::Area::account}};
    if (gateway) signing_in.areas.push_back(admin::Area::mail_policies);
    signing_in.areas.push_back(admin::Area::node);
    signing_in.log = machinery_.log;
    signing_in.requires_second_factor = machinery_.config.administrators.must_have_second_factor;
    const auto desk = std::make_shared<const admin::Desk>(std::move(signing_in));
    admin::add_routes(router, desk);
    portal::Parts portal;
    portal.admin = desk;
    portal.keys = keys_;
    portal.domains = domains_;
    portal.queue = machinery_.queue;
    portal.resolver = machinery_.resolver;
    portal.judge = judge_;
    portal.tests = domain_tests_;
    portal.codes = postmaster_codes_;
    portal.clock = &machinery_.clock;
    portal.mail_domain = service.mail_domain;
    portal.send_addresses = service.send_addresses;
    portal.log = machinery_.log;
    portal::add_routes(router, std::move(portal));
    doctor::add_routes(router, desk, [&machinery = machinery_, gateway](const std::vector<admin::Area>& areas) {
        return find_doctor_parts(machinery, gateway ? gateway->policy().current() : nullptr, areas);
    });
    certadmin::add_routes(router, make_certificate_parts(machinery_, desk));
    if (!gateway) {
        router.add(http::Method::get, "/api/v1/openapi.json", keyserver::describe_service);
        return;
    }
    auto policies = make_policy_parts(machinery_, *gateway);
    policies.admin = desk;
    policyadmin::add_routes(router, std::move(policies));
}

// For who has no account.
void ServiceRole::add_tls_desk(http::Router& router)
{
    tlsdesk::Parts desk;
    desk.people = people_;
    desk.domains = domains_;
    desk.tests = domain_tests_;
    desk.codes = postmaster_codes_;
    desk.resolver = machinery_.resolver;
    desk.origin = machinery_.config.service.url;
    desk.log = machinery_.log;
    tlsdesk::add_routes(router, std::move(desk));
}

Result<> ServiceRole::open_pages()
{
    const auto& service = machinery_.config.service;
    return servers_.open({service.listen, service.certificates, service.proxy_from}, router_);
}

void ServiceRole::spawn_chores(async::TaskGroup& group)
{
    group.spawn(sweep());
    group.spawn(send_receipts());
    if (kek_watch_) group.spawn(kek_watch_->run());
    group.spawn(domain_tests_->run());
    group.spawn(domain_watch_->run());
}

// Senders hear that their messages were opened.
Task<void> ServiceRole::send_receipts()
{
    const auto& service = machinery_.config.service;
    replies::Receipts receipts(
        {keys_, people_, machinery_.queue, &machinery_.clock, service.sender, service.mail_domain, service.url, machinery_.log});
    while (true) {
        auto sent = co_await receipts.send_due();
        if (sent.has_error()) machinery_.log.warning("service.receipts_failed", {{"problem", sent.error().text}});
        auto slept = co_await async::sleep_until(Deadline::after(receipt_interval));
        if (slept.has_error()) co_return;
    }
}

// What has expired is destroyed, what is over is forgotten: by one of the services that share a store, since clocks differ, and
// each would take the other's for a step of its own.
Task<void> ServiceRole::sweep()
{
    while (true) {
        if (!machinery_.queue->is_first_for(queue::reply_lane)) {
            auto waited = co_await async::sleep_until(Deadline::after(look_interval));
            if (waited.has_error()) co_return;
            continue;
        }
        auto swept = co_await keys_->sweep();
        auto forgotten = co_await people_->sweep();
        auto ended = co_await domains_->sweep();
        if (ended.has_error()) machinery_.log.warning("service.sweep_failed", {{"problem", ended.error().text}});
        if (swept.has_error()) machinery_.log.warning("service.sweep_failed", {{"problem", swept.error().text}});
        if (forgotten.has_error()) machinery_.log.warning("service.sweep_failed", {{"problem", forgotten.error().text}});
        auto slept = co_await async::sleep_until(Deadline::after(sweep_interval));
        if (slept.has_error()) co_return;
    }
}

}  // namespace sealpost::node
