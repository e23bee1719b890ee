// domaintests: tests of domains that run on while their askers look how far they are, the daily retest of those
// with TLS replies (watch.hpp), and both as JSON (json.hpp). Everything here is bounded, since strangers may ask
// (doc/spec/domains.md, "Who may ask for a test"; doc/decisions/0040). The portal and the public page call it from
// any worker; run() is a chore of the node. The tests themselves run through what is passed in.
#pragma once

#include "core/domains/domains.hpp"
#include "serve/domaintests/quota.hpp"
#include "serve/domaintests/records.hpp"
#include "sys/async/task_group.hpp"
#include "sys/log/log.hpp"

#include <boost/json/object.hpp>

#include <deque>
#include <map>
#include <memory>
#include <mutex>

namespace sealpost::domaintests {

struct TestOrder {
    std::string domain;
    std::size_t max_addresses = 64;
    std::function<bool(const IpAddress&)> may_test;  // absent: every address
    std::function<void(std::size_t)> on_expected;
    std::function<void(const tlstest::HostResult&)> on_result;
};
// Runs the TLS test; the node wires it to serve/tlstest.
using Tester = std::function<Task<tlstest::DomainTestResult>(TestOrder order)>;

using Report = std::shared_ptr<const boost::json::object>;

// How far a test is.
struct Progress {
    std::string id;
    std::string domain;
    WallTime started;
    std::optional<std::size_t> expected;
    std::vector<Report> hosts;  // as tlstest::to_json
    Report result;              // null while it runs
};

// What an asker has shown of the domain. Anybody may own some domain, so a proof raises quotas and no more: addresses
// that are not public are tested for those only for whom the operator of the node vouches.
enum class Standing {
    claimant,       // of an account that has proven nothing: a stranger, and its tests are its own
    stranger,       // of the public page
    administrator,  // has proven the domain, by a record or by a code
    vouched,        // by the operator
};
[[nodiscard]] Standing standing_of(const domains::Domain& claim);

struct Asker {
    std::string name;  // "administrator:2", a network
    Standing standing = Standing::stranger;
};

struct TooMany {
    std::chrono::seconds retry_after{1};
};
struct NoDomain {
    std::string why;
};
using StartVerdict = std::variant<Progress, TooMany, NoDomain>;

class DomainTests {
public:
    struct Limits {
        std::size_t at_a_time = 8;
        std::size_t at_a_time_for_strangers = 5;  // the rest is for administrators
        std::size_t waiting = 64;                 // of strangers, and as many of administrators
        std::size_t kept = 1000;
        std::size_t kept_bytes = 32 * 1024 * 1024;
        std::size_t host_bytes = 64 * 1024;  // the report of one host; a larger one is cut
        std::size_t addresses = 64;
        std::size_t addresses_for_strangers = 16;
        std::chrono::minutes kept_for{10};
    };
    struct Parts {
        Tester test;
        std::shared_ptr<domains::Domains> domains;
        const Clock* clock = nullptr;    // outlives it
        bool tests_any_address = false;  // for strangers, too
        log::Log log = log::Log::silent();
        Limits limits = {};
    };
    explicit DomainTests(Parts parts);

    // Begins a test, or answers with the one of this domain that runs for somebody of the same standing.
    [[nodiscard]] StartVerdict start(std::string_view domain, const Asker& asker);
    [[nodiscard]] std::optional<Progress> find(std::string_view id);
    // The last one that a claimant began and that has ended; known as long as find() knows it.
    [[nodiscard]] std::optional<Progress> find_last(std::string_view domain, std::string_view claimant);
    // Absent: it is not known, or has not ended in time.
    Task<std::optional<Progress>> wait_for_end(std::string id, Deadline deadline);

    Task<void> run();          // until cancelled
    Task<void> run_waiting();  // until nothing waits

private:
    struct Test;
    class Wake;
    class Watcher;
    using Waiting = std::deque<std::shared_ptr<Test>>;
    using Lock = std::lock_guard<std::mutex>;

    [[nodiscard]] Test* find_running(const std::string& domain, Standing standing);
    [[nodiscard]] std::optional<std::chrono::seconds> find_wait(const std::string& domain, const Asker& asker, WallTime now);
    Test& add(const std::string& domain, const Asker& asker, WallTime now);
    void forget_old(WallTime now);
    [[nodiscard]] bool admit(Test& test, const IpAddress& address);
    [[nodiscard]] bool may_keep(const Test& test, const tlstest::DomainTestResult& result) const;
    [[nodiscard]] Waiting& waiting_of(Standing standing);
    [[nodiscard]] std::shared_ptr<Test> take_next(async::Signal* wake);
    [[nodiscard]] TestOrder make_order(const std::shared_ptr<Test>& test);
    void add_host(Test& test, const tlstest::HostResult& host);
    Task<void> work_until_cancelled();
    Task<void> work_off();
    Task<void> run_one(std::shared_ptr<Test> test);

    const Parts parts_;
    std::mutex guard_;                                                 // of everything below
    std::map<std::string, std::shared_ptr<Test>, std::less<>> tests_;  // by id
    std::deque<std::shared_ptr<Test>> order_;                          // as they began
    Waiting waiting_strangers_;
    Waiting waiting_administrators_;
    std::size_t strangers_running_ = 0;
    std::size_t bytes_ = 0;
    Quota of_askers_{5, std::chrono::minutes(1)};
    Quota of_domains_for_strangers_{6, std::chrono::hours(1)};
    Quota of_domains_for_administrators_{20, std::chrono::hours(1)};
    Quota of_addresses_for_strangers_{6, std::chrono::hours(1), 50'000};
    std::vector<async::Signal*> idle_;  // of workers in run() that wait for a test
};

// What an administrator's test asks before it connects; absent: every address will do.
[[nodiscard]] std::function<bool(const IpAddress&)> make_address_rule(Standing standing, bool tests_any_address);

// A test that has ended, as its asker sees it.
[[nodiscard]] domains::TestRecord make_record(const Progress& progress);

}  // namespace sealpost::domaintests
