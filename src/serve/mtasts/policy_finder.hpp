// mtasts (serve): finds the MTA-STS policy of a domain that a message goes to: record, kept policy, fetch over HTTPS
// (RFC 8461 §3.3, doc/spec/delivery-tls.md). Called by the courier for each delivery that asks for policies, and by
// the domain TLS test, which looks anew each time. From any worker. Nothing is a Fault: a finding says all of it.
#pragma once

#include "core/mtasts/cache.hpp"
#include "sys/async/task_group.hpp"
#include "sys/http/client.hpp"
#include "sys/log/log.hpp"

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace sealpost::mtasts {

// Where and how policies are fetched.
struct Fetching {
    std::shared_ptr<http::HttpClient> client;  // trusts what [tls] trust says
    std::uint16_t port = 443;
    std::chrono::seconds time_limit{60};  // RFC 8461 §3.3 suggests one minute
};
[[nodiscard]] Fetching make_fetching(std::shared_ptr<const tls::ClientContext> trust, std::shared_ptr<dns::Resolver> resolver,
                                     std::uint16_t port, std::function<bool(const IpAddress&)> may_connect = {});

// As it is published now, whatever is kept.
Task<route::StsFinding> look_up_policy(dns::Resolver& resolver, Fetching fetching, std::string domain, Deadline deadline);

class PolicyFinder {
public:
    struct Parts {
        std::shared_ptr<dns::Resolver> resolver;
        Fetching fetching;
        std::shared_ptr<Cache> cache;
        const Clock& clock;
        log::Log log;
        unsigned max_fetches = 16;                    // of as many domains, at the same time; beyond them the mail waits
        unsigned max_fetches_of_one = 4;              // of domains of one organisation: slow hosts of one hold up themselves
        std::chrono::minutes pause_after_failure{5};  // §3.3
    };
    explicit PolicyFinder(Parts parts) : parts_(std::move(parts)) {}
    PolicyFinder(const PolicyFinder&) = delete;
    PolicyFinder& operator=(const PolicyFinder&) = delete;

    Task<route::StsFinding> find(std::string domain, Deadline deadline);

private:
    static constexpr std::size_t max_failures = 10'000;
    struct Failure {
        std::string id;
        WallTime at;
        route::StsFinding finding;
    };

    // A fetch that is under way: one of a domain at a time, which counts for all who want its policy meanwhile.
    struct Fetch {
        std::string id;
        std::string organisation;
        bool is_over = false;                      // under lock_
        std::optional<route::StsFinding> outcome;  // under lock_; absent at the end: it was broken off
        std::vector<async::Signal*> waiting;       // under lock_
    };
    struct Share {
        std::shared_ptr<Fetch> fetch;  // null: there is no place for one more
        bool is_ours = false;          // it begins with us, and is ours to make
    };
    class Lead;
    class Waiting;

    [[nodiscard]] bool is_stale(const KeptPolicy& kept) const;
    Task<route::StsFinding> renew(std::string domain, std::string id, std::optional<KeptPolicy> kept, Deadline deadline);
    Task<route::StsFinding> fetch_for_all(std::string domain, std::string id, Deadline deadline);
    [[nodiscard]] Share take_part(const std::string& domain, const std::string& id, const std::string& organisation);
    Task<std::optional<route::StsFinding>> wait_for(std::shared_ptr<Fetch> fetch, Deadline deadline);
    Task<route::StsFinding> fetch(std::string domain, std::string id, Deadline deadline);
    [[nodiscard]] std::optional<route::StsFinding> find_failure(const std::string& domain, const std::string& id);
    void note_failure(const std::string& domain, const std::string& id, const route::StsFinding& finding);

    Parts parts_;
    std::mutex lock_;
    std::unordered_map<std::string, Failure> failures_;                  // under lock_
    std::unordered_map<std::string, std::shared_ptr<Fetch>> under_way_;  // by domain; under lock_
};

}  // namespace sealpost::mtasts
