#pragma once

#include "core/keys/key_store.hpp"
#include "sys/http/respond.hpp"
#include "sys/http/router.hpp"

#include <functional>
#include <memory>
#include <string>

namespace sealpost::keyserver {

// Who decides about an envelope: its account's gateway or administrator, or its sender.
struct Custodian {
    keys::Holder holder;
    keys::Actor actor;
};

struct CustodyParts {
    std::shared_ptr<keys::KeyStore> keys;
    std::function<Task<http::Checked<Custodian>>(http::Request&)> require;  // he, or what the caller is answered with
};

// Adds POST ROOT/{id}/lock {"reason"}, /unlock, /expiry {"expires_at"} and /recall (doc/spec/key-api.md). An envelope of somebody
// else is not found.
void add_custody_routes(http::Router& router, const std::string& root, CustodyParts parts,
                        const http::RouteOptions& options = {});

// An envelope's id in the path.
[[nodiscard]] http::Checked<keys::EnvelopeId> read_envelope_id(const http::Request& request);

}  // namespace sealpost::keyserver
