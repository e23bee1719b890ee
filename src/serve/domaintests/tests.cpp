#include "serve/domaintests/tests.hpp"

#include "base/encoding.hpp"
#include "base/special_networks.hpp"
#include "core/people/address.hpp"
#include "sys/crypto/random.hpp"
#include "wire/mail/mailbox.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <set>

namespace sealpost::domaintests {

namespace json = boost::json;

namespace {

constexpr std::string_view not_public = "not tested: the address is not public";
constexpr std::string_view tested_too_often = "not tested: this address has been tested too often; try again in an hour";
constexpr std::string_view too_many_addresses = "not tested: the domain has too many addresses";
constexpr std::size_t most_policy_addresses = 4;  // of the host that tells the MTA-STS policy

bool is_stranger(Standing standing) { return standing == Standing::claimant || standing == Standing::stranger; }

}  // namespace

struct DomainTests::Test {
    Progress progress;
    std::string asker;  // who began it
    Standing standing = Standing::stranger;
    // On the test's own task: addresses that a stranger may not have tested, and why, and those that he may.
    std::map<std::string, std::string_view> refused;
    std::set<IpAddress> admitted;
    std::optional<WallTime> ended;
    std::size_t bytes = 0;
    std::vector<async::Signal*> watchers;
};

Standing standing_of(const domains::Domain& claim)
{
    switch (claim.proven_by) {
        case domains::ProvenBy::nothing: return Standing::claimant;
        case domains::ProvenBy::txt:
        case domains::ProvenBy::code: return Standing::administrator;
        case domains::ProvenBy::operator_of_node: return Standing::vouched;
    }
    return Standing::claimant;
}

std::function<bool(const IpAddress&)> make_address_rule(Standing standing, bool tests_any_address)
{
    if (tests_any_address || standing == Standing::vouched) return {};
    return is_public_address;
}

domains::TestRecord make_record(const Progress& progress)
{
    json::object report = progress.result ? *progress.result : json::object();
    domains::TestRecord record;
    record.at = progress.started;
    const auto* ready = report.if_contains("ready");
    record.ready = ready && ready->is_bool() && ready->get_bool();
    const auto* problem = report.if_contains("problem");
    if (problem && problem->is_string()) record.problem = std::string(problem->get_string());
    json::array hosts;
    for (const auto& host : progress.hosts) hosts.emplace_back(*host);
    report["hosts"] = std::move(hosts);
    record.report = json::serialize(report);
    return record;
}

DomainTests::DomainTests(Parts parts) : parts_(std::move(parts)) {}

StartVerdict DomainTests::start(std::string_view domain, const Asker& asker)
{
    // People write their domain as they see it; DNS wants A-labels.
    const auto ascii = mail::parse_domain(domain);
    const auto name = people::normalise_domain(ascii ? *ascii : domain);
    if (name.has_error()) return NoDomain{name.error().text};
    const WallTime now = parts_.clock->now();
    const Lock lock(guard_);
    forget_old(now);
    if (const Test* running = find_running(*name, asker.standing)) return running->progress;
    if (const auto wait = find_wait(*name, asker, now)) return TooMany{*wait};
    return add(*name, asker, now).progress;
}

// With the guard. What strangers may see of a domain is less than what its administrator may.
DomainTests::Test* DomainTests::find_running(const std::string& domain, Standing standing)
{
    for (const auto& [id, test] : tests_)
        if (!test->ended && test->progress.domain == domain && test->standing == standing) return test.get();
    return nullptr;
}

DomainTests::Waiting& DomainTests::waiting_of(Standing standing)
{
    return is_stranger(standing) ? waiting_strangers_ : waiting_administrators_;
}

std::optional<std::chrono::seconds> DomainTests::find_wait(const std::string& domain, const Asker& asker, WallTime now)
{
    if (waiting_of(asker.standing).size() >= parts_.limits.waiting) return std::chrono::seconds(10);
    if (const auto wait = of_askers_.find_wait(asker.name, now)) return wait;
    const Quota& of_domains = is_stranger(asker.standing) ? of_domains_for_strangers_ : of_domains_for_administrators_;
    return of_domains.find_wait(domain, now);
}

DomainTests::Test& DomainTests::add(const std::string& domain, const Asker& asker, WallTime now)
{
    of_askers_.count(asker.name, now);
    (is_stranger(asker.standing) ? of_domains_for_strangers_ : of_domains_for_administrators_).count(domain, now);
    auto test = std::make_shared<Test>();
    test->progress.id = format_base64url(crypto::random_bytes(24));
    test->progress.domain = domain;
    test->progress.started = now;
    test->asker = asker.name;
    test->standing = asker.standing;
    tests_[test->progress.id] = test;
    order_.push_back(test);
    waiting_of(asker.standing).push_back(test);
    if (!idle_.empty()) {
        idle_.back()->notify_from_outside();
        idle_.pop_back();
    }
    return *test;
}

// Ended ones whose time is over, and the oldest ended ones while there are too many.
void DomainTests::forget_old(WallTime now)
{
    const auto is_over = [&](const std::shared_ptr<Test>& test) {
        if (!test->ended) return false;
        const bool too_much = tests_.size() >= parts_.limits.kept || bytes_ > parts_.limits.kept_bytes;
        if (!too_much && *test->ended + parts_.limits.kept_for > now) return false;
        bytes_ -= test->bytes;
        tests_.erase(test->progress.id);
        return true;
    };
    std::erase_if(order_, is_over);
}

std::optional<Progress> DomainTests::find(std::string_view id)
{
    const Lock lock(guard_);
    forget_old(parts_.clock->now());
    const auto found = tests_.find(id);
    return found == tests_.end() ? std::nullopt : std::optional(found->second->progress);
}

std::optional<Progress> DomainTests::find_last(std::string_view domain, std::string_view claimant)
{
    const Lock lock(guard_);
    forget_old(parts_.clock->now());
    const auto is_it = [&](const std::shared_ptr<Test>& test) {
        return test->ended && test->standing == Standing::claimant && test->asker == claimant && test->progress.domain == domain;
    };
    const auto found = std::find_if(order_.rbegin(), order_.rend(), is_it);
    return found == order_.rend() ? std::nullopt : std::optional((*found)->progress);
}

// With a signal, nothing at hand leaves the signal among those that the next test notifies. Strangers that wait for a
// place are taken by the worker that makes it free.
std::shared_ptr<DomainTests::Test> DomainTests::take_next(async::Signal* wake)
{
    const Lock lock(guard_);
    const bool may_take_stranger = !waiting_strangers_.empty() && strangers_running_ < parts_.limits.at_a_time_for_strangers;
    if (waiting_administrators_.empty() && !may_take_stranger) {
        if (wake) idle_.push_back(wake);
        return nullptr;
    }
    auto& waiting = waiting_administrators_.empty() ? waiting_strangers_ : waiting_administrators_;
    auto next = std::move(waiting.front());
    waiting.pop_front();
    if (is_stranger(next->standing)) ++strangers_running_;
    return next;
}

// A worker's signal, which leaves the idle ones with its worker, also when that ends by cancellation.
class DomainTests::Wake {
public:
    Wake(DomainTests& tests, Executor executor) : tests_(tests), signal_(executor) {}
    ~Wake()
    {
        const Lock lock(tests_.guard_);
        std::erase(tests_.idle_, &signal_);
    }
    Wake(const Wake&) = delete;
    Wake& operator=(const Wake&) = delete;
    [[nodiscard]] async::Signal& signal() { return signal_; }

private:
    DomainTests& tests_;
    async::Signal signal_;
};

Task<void> DomainTests::work_until_cancelled()
{
    Executor executor = co_await async::this_executor();
    Wake wake(*this, executor);
    while (true) {
        if (auto test = take_next(&wake.signal())) {
            co_await run_one(std::move(test));
            continue;
        }
        const bool woken = co_await wake.signal().wait(Deadline::never());
        if (!woken) co_return;
    }
}

Task<void> DomainTests::work_off()
{
    while (auto test = take_next(nullptr)) co_await run_one(std::move(test));
}

Task<void> DomainTests::run()
{
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    for (std::size_t i = 0; i < parts_.limits.at_a_time; ++i) group.spawn(work_until_cancelled());
    co_await group.join();
}

Task<void> DomainTests::run_waiting()
{
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    for (std::size_t i = 0; i < parts_.limits.at_a_time; ++i) group.spawn(work_off());
    co_await group.join();
}

// Tells one task that a test has ended.
class DomainTests::Watcher {
public:
    Watcher(DomainTests& tests, std::shared_ptr<Test> test, Executor executor)
        : tests_(tests), test_(std::move(test)), signal_(executor)
    {
        const Lock lock(tests_.guard_);
        test_->watchers.push_back(&signal_);
        if (test_->ended) signal_.notify_from_outside();
    }
    ~Watcher()
    {
        const Lock lock(tests_.guard_);
        std::erase(test_->watchers, &signal_);
    }
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;
    [[nodiscard]] async::Signal& signal() { return signal_; }
    [[nodiscard]] Progress look() const
    {
        const Lock lock(tests_.guard_);
        return test_->progress;
    }

private:
    DomainTests& tests_;
    std::shared_ptr<Test> test_;
    async::Signal signal_;
};

Task<std::optional<Progress>> DomainTests::wait_for_end(std::string id, Deadline deadline)
{
    Executor executor = co_await async::this_executor();
    std::shared_ptr<Test> test;
    {
        const Lock lock(guard_);
        const auto found = tests_.find(id);
        if (found == tests_.end()) co_return std::nullopt;
        test = found->second;
    }
    Watcher watcher(*this, std::move(test), executor);
    const bool has_ended = co_await watcher.signal().wait(deadline);
    if (!has_ended) co_return std::nullopt;
    co_return watcher.look();
}

void DomainTests::add_host(Test& test, const tlstest::HostResult& host)
{
    json::object report = tlstest::to_json(host);
    if (const auto refused = test.refused.find(host.address); refused != test.refused.end()) report["detail"] = refused->second;
    const std::size_t bytes = bound_host(report, parts_.limits.host_bytes);
    const Lock lock(guard_);
    if (test.progress.hosts.size() >= most_hosts_told) return;
    test.progress.hosts.push_back(std::make_shared<const json::object>(std::move(report)));
    test.bytes += bytes;
    bytes_ += bytes;
}

// A stranger's domain may name anybody's addresses, under as many names as he likes: each is counted by itself. A test
// asks for those of mail hosts and of the host that tells the policy, some of them twice.
bool DomainTests::admit(Test& test, const IpAddress& address)
{
    const std::string name = format_ip(address);
    const auto refuse = [&](std::string_view why) {
        test.refused[name] = why;
        return false;
    };
    if (test.admitted.contains(address)) return true;
    if (!is_public_address(address)) return refuse(not_public);
    if (test.admitted.size() >= parts_.limits.addresses_for_strangers + most_policy_addresses) return refuse(too_many_addresses);
    const WallTime now = parts_.clock->now();
    const Lock lock(guard_);
    if (of_addresses_for_strangers_.find_wait(name, now)) return refuse(tested_too_often);
    of_addresses_for_strangers_.count(name, now);
    test.admitted.insert(address);
    return true;
}

TestOrder DomainTests::make_order(const std::shared_ptr<Test>& test)
{
    const bool for_stranger = is_stranger(test->standing);
    TestOrder order;
    order.domain = test->progress.domain;
    order.max_addresses = for_stranger ? parts_.limits.addresses_for_strangers : parts_.limits.addresses;
    order.on_expected = [this, test](std::size_t count) {
        const Lock lock(guard_);
        test->progress.expected = count;
    };
    order.on_result = [this, test](const tlstest::HostResult& host) { add_host(*test, host); };
    order.may_test = make_address_rule(test->standing, parts_.tests_any_address);
    if (for_stranger && order.may_test) order.may_test = [this, test](const IpAddress& address) { return admit(*test, address); };
    return order;
}

// What a stranger's test left out would speak against the domain, and he may have seen to it.
bool DomainTests::may_keep(const Test& test, const tlstest::DomainTestResult& result) const
{
    if (test.standing == Standing::claimant) return false;
    if (test.standing != Standing::stranger) return true;
    const auto has_address = [](const tlstest::HostResult& host) { return !host.address.empty(); };
    const auto addresses = std::count_if(result.hosts.begin(), result.hosts.end(), has_address);
    return test.refused.empty() && static_cast<std::size_t>(addresses) <= parts_.limits.addresses_for_strangers;
}

Task<void> DomainTests::run_one(std::shared_ptr<Test> test)
{
    auto order = make_order(test);
    const auto result = co_await parts_.test(std::move(order));
    auto record = find_record(result, parts_.clock->now(), domains::TestCause::asked);
    // Kept first: who sees that it is done finds it in the history.
    if (record && may_keep(*test, result)) {
        auto kept = co_await parts_.domains->record_test(test->progress.domain, std::move(*record));
        if (kept.has_error()) parts_.log.warning("domain.test_not_kept", {{"problem", kept.error().text}});
    }
    parts_.log.info("domain.tested", {{"domain", test->progress.domain}, {"ready", result.ready()}});
    const Lock lock(guard_);
    test->progress.result = std::make_shared<const json::object>(summarise(result));
    test->ended = parts_.clock->now();
    if (is_stranger(test->standing)) --strangers_running_;
    for (auto* watcher : test->watchers) watcher->notify_from_outside();
}

}  // namespace sealpost::domaintests
