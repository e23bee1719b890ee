// portal: an account's side of the service (doc/spec/key-api.md, "Administration"): TLS-reply domains with
// their proof, test and switch, who may begin a message to the account, envelopes (their state, never their content) and what
// became of replies; and advice about SPF. Tests and DNS questions run through what is passed in. Administrators sign in at
// serve/admin and see their own account only. Runs on any worker.
#pragma once

#include "core/domains/domains.hpp"
#include "core/keys/key_store.hpp"
#include "core/queue/queue.hpp"
#include "serve/admin/desk.hpp"
#include "serve/domaintests/postmaster_codes.hpp"
#include "serve/domaintests/tests.hpp"
#include "serve/identity/judge.hpp"
#include "sys/dns/resolver.hpp"
#include "sys/http/router.hpp"
#include "sys/log/log.hpp"

namespace sealpost::portal {

struct Parts {
    std::shared_ptr<const admin::Desk> admin;
    std::shared_ptr<keys::KeyStore> keys;
    std::shared_ptr<domains::Domains> domains;
    std::shared_ptr<queue::Queue> queue;  // of the service; its "reply" lane and what came of it
    std::shared_ptr<dns::Resolver> resolver;
    std::shared_ptr<identity::SendingIdentityJudge> judge;  // under whose name people of a domain send
    std::shared_ptr<domaintests::DomainTests> tests;
    std::shared_ptr<const domaintests::PostmasterCodes> codes;
    const Clock* clock = nullptr;  // outlives the routes
    std::string mail_domain;       // what customers include in their SPF records
    std::vector<IpAddress> send_addresses;
    log::Log log = log::Log::silent();
};

// Adds the calls to the service's router.
void add_routes(http::Router& router, Parts parts);

}  // namespace sealpost::portal
