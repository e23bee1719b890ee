// keyserver: what gateways say to the service (doc/spec/key-api.md, "Gateway calls"): store an
// envelope's key and its hosted copy, follow it, lock it, recall it. Bearer tokens, no browser.
// It translates between HTTP and core/keys and decides nothing itself. Runs on any worker.
#pragma once

#include "core/keys/key_store.hpp"
#include "core/people/people.hpp"
#include "sys/http/router.hpp"
#include "sys/log/log.hpp"

namespace sealpost::keyserver {

struct Parts {
    std::shared_ptr<people::People> people;
    std::shared_ptr<keys::KeyStore> keys;
    std::string origin;  // "https://keys.test", without a final slash
    log::Log log = log::Log::silent();
};

// Answers with the OpenAPI document of all calls of the service, those of other rooms too.
Task<http::Response> describe_service(http::Request& request);

// Adds the calls to the service's router, and /api/v1/openapi/service.json, which describes all of the service.
void add_routes(http::Router& router, Parts parts);

}  // namespace sealpost::keyserver
