// reader: the recipient's side of the service (doc/spec/key-api.md): takes ciphertext in at /ingest,
// says what it is, proves addresses by code, password and session, releases keys, takes replies and messages
// that begin, and serves the reader's pages. It never decrypts. Mail leaves through Outbox. Runs on any worker.
// Everything but /ingest that changes something needs our own Origin, and the session's CSRF token
// when there is a session.
#pragma once

#include "core/domains/domains.hpp"
#include "core/keys/key_store.hpp"
#include "core/people/people.hpp"
#include "serve/reader/outbox.hpp"
#include "sys/async/blocking_pool.hpp"
#include "sys/http/router.hpp"
#include "sys/log/log.hpp"

namespace sealpost::reader {

struct Parts {
    std::shared_ptr<people::People> people;
    std::shared_ptr<keys::KeyStore> keys;
    std::shared_ptr<domains::Domains> domains;
    std::shared_ptr<Outbox> outbox;
    const Clock* clock = nullptr;                  // outlives the routes
    std::string origin;                            // "https://keys.test", without a final slash
    std::string name = {};                         // "keys.test": who sealed what people write here
    std::vector<http::Guard> storage_guards = {};  // of what puts mail into the queue: is there room?
    std::vector<http::Guard> upload_guards = {};   // of what strangers hand in to be opened
    log::Log log = log::Log::silent();
    // An answer about an address takes at least this long, so that time does not tell a known
    // address from an unknown one.
    std::chrono::milliseconds least_time{400};
    std::uint64_t max_message_bytes = 64 * 1024 * 1024;
    // Mails that are handed in stand whole in memory until they are searched, and decoded parts of them then: all of them
    // together (UploadMemory). The largest mail fits in alone, and into half of it while it comes.
    std::size_t max_held_bytes = 256 * 1024 * 1024;
    // Where large ones are searched, which is done on the worker without it. Outlives the routes.
    async::BlockingPool* pool = nullptr;
};

// Adds the calls, the pages /, /open, /open/{ref}, /security, /compose, and /assets/ to the service's router.
void add_routes(http::Router& router, Parts parts);

}  // namespace sealpost::reader
