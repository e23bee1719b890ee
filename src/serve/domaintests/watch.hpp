#pragma once

#include "serve/alerts/alerts.hpp"
#include "serve/domaintests/tests.hpp"

namespace sealpost::domaintests {

// A chore of the node: tests domains with TLS replies again when they are due, and tells their contacts what needs
// them (doc/spec/domains.md, "Tested again" and "Alerts"). What others tested meanwhile is told, too.
class Watch {
public:
    struct Parts {
        Tester test;
        std::shared_ptr<domains::Domains> domains;
        std::shared_ptr<alerts::Alerts> alerts;
        const Clock* clock = nullptr;    // outlives it
        bool tests_any_address = false;  // for whomever the domain is
        log::Log log = log::Log::silent();
        std::size_t at_a_time = 4;
        // Whether no other node that shares the store does it.
        std::function<bool()> is_ours = [] { return true; };
    };
    static constexpr std::chrono::seconds look_every{10};  // for due tests
    static constexpr std::chrono::minutes tell_every{60};  // what the last tests say, whoever made them

    explicit Watch(Parts parts) : parts_(std::move(parts)) {}

    Task<void> run();  // until cancelled

    // One round each, as run() makes them.
    Task<Result<>> test_due();
    Task<Result<>> tell_all();
    // What the domain's last test says.
    Task<Result<>> tell(domains::Domain domain);

private:
    Task<void> test_or_tell(domains::DueTest due);
    Task<Result<>> test_one(domains::DueTest due);
    Task<Result<>> tell_about_hosts(const domains::Domain& domain);
    Task<Result<>> tell_about_expiry(const domains::Domain& domain);

    Parts parts_;
};

}  // namespace sealpost::domaintests
