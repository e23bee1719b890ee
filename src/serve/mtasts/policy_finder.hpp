// mtasts (serve): finds the MTA-STS policy of a domain that a message goes to: record, kept policy, fetch over HTTPS
// (RFC 8461 §3.3, doc/spec/delivery-tls.md). Called by the courier for each delivery that asks for policies, and by
// the domain TLS test, which looks anew each time. From any worker. Nothing is a Fault: a finding says all of it.
#pragma once

#include "core/mtasts/cache.hpp"
#include "sys/http/client.hpp"
#include "sys/log/log.hpp"

#include <mutex>
#include <unordered_map>

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
        unsigned max_fetches = 16;                    // at the same time; beyond them the mail waits
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

    // One of the fetches that may be under way, however it ends.
    class Place {
    public:
        Place(PolicyFinder& finder, const std::string& domain);
        ~Place();
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        [[nodiscard]] bool is_taken() const { return is_taken_; }

    private:
        PolicyFinder& finder_;
        std::string organisation_;
        bool is_taken_ = false;
    };

    [[nodiscard]] bool is_stale(const KeptPolicy& kept) const;
    Task<route::StsFinding> renew(std::string domain, std::string id, std::optional<KeptPolicy> kept, Deadline deadline);
    Task<route::StsFinding> fetch(std::string domain, std::string id, Deadline deadline);
    [[nodiscard]] std::optional<route::StsFinding> find_failure(const std::string& domain, const std::string& id);
    void note_failure(const std::string& domain, const std::string& id, const route::StsFinding& finding);

    Parts parts_;
    std::mutex lock_;
    std::unordered_map<std::string, Failure> failures_;     // under lock_
    unsigned fetches_ = 0;                                  // under lock_
    std::unordered_map<std::string, unsigned> fetches_of_;  // by organisational domain; under lock_
};

}  // namespace sealpost::mtasts
