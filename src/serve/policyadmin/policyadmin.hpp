// policyadmin: the gateway's administration API (doc/spec/policy-api.md): what is live and what is staged,
// changes to it, commit, and questions about what would happen. It translates between HTTP and
// core/revisions and decides nothing itself. Administrators sign in at serve/admin and need the duty of
// the node. Nothing here blocks a worker. Runs on any worker.
#pragma once

#include "core/revisions/policy_editor.hpp"
#include "serve/admin/desk.hpp"
#include "sys/async/blocking_pool.hpp"
#include "sys/http/router.hpp"
#include "sys/log/log.hpp"

#include <functional>

namespace sealpost::policyadmin {

// What the gateway knows beside its policy; the node wires it. Each answers a whole body of the API.
struct Questions {
    using Answer = Task<http::Checked<boost::json::object>>;
    // What a mail would meet (POST trace); `question` is the body as it came.
    std::function<Answer(revisions::CompiledPolicy policy, boost::json::object question)> trace;
    // What the last connections and messages would have met (GET preview).
    std::function<Answer(revisions::CompiledPolicy live, revisions::CompiledPolicy staged, std::vector<std::string> changed_keys,
                         std::size_t last)>
        preview;
    // Warnings that need DNS, with lines of that policy; those of the policy itself come with it.
    std::function<Task<std::vector<config::Problem>>(revisions::CompiledPolicy policy)> warn;
};

struct Parts {
    std::shared_ptr<const admin::Desk> admin;
    std::shared_ptr<revisions::PolicyEditor> editor;
    Questions questions;  // a call without its question is not there; `warn` may be missing
    log::Log log = log::Log::silent();
    async::BlockingPool* pool = nullptr;  // for large bodies, which are read on the worker without it; outlives the routes
};

// Adds the calls below /api/v1/policy/, and /api/v1/openapi.json, which describes them.
void add_routes(http::Router& router, Parts parts);

}  // namespace sealpost::policyadmin
