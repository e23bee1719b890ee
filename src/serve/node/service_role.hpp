#pragma once

#include "core/domains/domains.hpp"
#include "core/keys/key_store.hpp"
#include "core/people/people.hpp"
#include "core/queue/dispatcher.hpp"
#include "serve/domaintests/postmaster_codes.hpp"
#include "serve/domaintests/watch.hpp"
#include "serve/identity/judge.hpp"
#include "serve/node/gateway_role.hpp"
#include "serve/node/kek_watch.hpp"
#include "serve/replies/service_outbox.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace sealpost::node {

// The registered envelope service as a part of a node: people, keys, domains, pages, replies.
class ServiceRole {
public:
    // `gateway` is the one of the same node, whose mail policies the portal then has, too; null: there is none.
    static Result<std::unique_ptr<ServiceRole>> make(Machinery& machinery, std::shared_ptr<courier::Courier> courier,
                                                     GatewayRole* gateway);

    Result<> open_pages();  // HTTPS from here on
    void spawn_chores(async::TaskGroup& group);
    void begin_stop(Deadline drain) { servers_.begin_stop(drain); }
    void await_stop() { servers_.await_stop(); }  // blocks

    [[nodiscard]] queue::Deliverer& deliverer() { return *deliverer_; }
    // Before all that this node delivers: a bounce may be the gateway's to deliver, where the node is both.
    [[nodiscard]] std::unique_ptr<queue::Deliverer> put_notes_before(std::unique_ptr<queue::Deliverer> next) const;
    [[nodiscard]] people::People& people() { return *people_; }
    [[nodiscard]] std::shared_ptr<people::People> share_people() const { return people_; }
    [[nodiscard]] domains::Domains& domains() { return *domains_; }
    [[nodiscard]] keys::KeyStore& keys() { return *keys_; }
    [[nodiscard]] std::vector<NamedEndpoint> endpoints() const { return servers_.endpoints(); }

private:
    explicit ServiceRole(Machinery& machinery) : machinery_(machinery), servers_(machinery, "service") {}
    Result<> open_stores();
    Result<> make_judge();
    void make_deliverer(std::shared_ptr<courier::Courier> courier);
    void make_domain_tests();
    void make_router(GatewayRole* gateway);
    void add_tls_desk(http::Router& router);
    void add_portal(http::Router& router, GatewayRole* gateway);
    Task<void> sweep();
    Task<void> send_receipts();

    Machinery& machinery_;
    std::optional<KekWatch> kek_watch_;  // absent: no key is in a token
    std::shared_ptr<people::People> people_;
    std::shared_ptr<keys::KeyStore> keys_;
    std::shared_ptr<domains::Domains> domains_;
    std::shared_ptr<identity::SendingIdentityJudge> judge_;
    std::unique_ptr<queue::Deliverer> deliverer_;
    std::shared_ptr<replies::ServiceOutbox> outbox_;
    std::shared_ptr<domaintests::DomainTests> domain_tests_;
    std::shared_ptr<const domaintests::PostmasterCodes> postmaster_codes_;
    std::unique_ptr<domaintests::Watch> domain_watch_;
    std::shared_ptr<const http::Router> router_;
    PageServers servers_;
};

}  // namespace sealpost::node
