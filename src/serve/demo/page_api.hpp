#pragma once

#include "serve/demo/world.hpp"
#include "sys/http/server.hpp"

#include <atomic>
#include <memory>

namespace sealpost::demo {

// The demo's own pages and calls (doc/spec/demo-api.md), over plain HTTP on loopback. It shows and
// drives a World, which outlives it.
class PageApi {
public:
    explicit PageApi(World& world) : world_(world) {}

    Result<> start();  // serves from here on
    void stop();       // blocks

private:
    void add_routes(http::Router& router);
    void add_pages(http::Router& router);
    void add_mailboxes(http::Router& router);
    void add_actions(http::Router& router);

    Task<http::Response> show_state();
    Task<http::Response> show_authority();
    Task<http::Response> list_mails(const http::Request& request);
    Task<http::Response> show_mail(const http::Request& request);
    Task<http::Response> show_raw_mail(const http::Request& request);
    Task<http::Response> show_message_page(const http::Request& request);
    Task<http::Response> send(http::Request& request);
    Task<http::Response> turn_switch(http::Request& request);
    Task<Result<>> switch_replies(bool on);
    Task<Result<>> choose_failure(domains::OnFailure choice);

    World& world_;
    std::unique_ptr<http::HttpServer> server_;
    std::atomic<bool> was_sent_{false};
    std::atomic<bool> was_swapped_{false};
    std::atomic<bool> was_switched_on_{false};
};

}  // namespace sealpost::demo
