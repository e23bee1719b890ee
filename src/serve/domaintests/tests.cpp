#include "serve/domaintests/tests.hpp"

#include "base/encoding.hpp"
#include "core/people/address.hpp"
#include "serve/domaintests/public_address.hpp"
#include "sys/crypto/random.hpp"
#include "wire/mail/mailbox.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace sealpost::domaintests {

namespace json = boost::json;

struct DomainTests::Test {
    Progress progress;
    bool for_stranger = false;
    bool something_withheld = false;  // an address that strangers may not have tested
    std::optional<WallTime> ended;
    std::size_t bytes = 0;
};

namespace {

// The chain and the names in it are the host's to fill.
std::size_t bound(json::object& host, std::size_t most)
{
    const std::size_t bytes = json::serialize(host).size();
    if (bytes <= most) return bytes;
    host["chain"] = json::array();
    host["notes"] = json::array({"the chain is too large to be kept"});
    return json::serialize(host).size();
}

// What is kept of a test, for as long as a hundred others come.
json::object bound_report(const tlstest::DomainTestResult& result)
{
    constexpr std::size_t most_of_a_host = 16 * 1024;
    std::size_t left = 512 * 1024;
    json::object report = tlstest::to_json(result);
    for (auto& host : report["hosts"].as_array()) {
        const std::size_t bytes = bound(host.as_object(), std::min(most_of_a_host, left));
        left -= std::min(left, bytes);
    }
    return report;
}

// Without the hosts, which are told one by one.
Report summarise(const tlstest::DomainTestResult& result)
{
    json::object whole = tlstest::to_json(result);
    whole.erase("hosts");
    return std::make_shared<const json::object>(std::move(whole));
}

}  // namespace

domains::TestRecord make_record(const tlstest::DomainTestResult& result, WallTime at, domains::TestCause cause)
{
    domains::TestRecord record;
    record.at = at;
    record.ready = result.ready();
    if (result.problem != tlstest::DomainProblem::none) record.problem = tlstest::format_problem(result.problem);
    record.report = json::serialize(bound_report(result));
    record.cause = cause;
    return record;
}

std::optional<domains::TestRecord> find_record(const tlstest::DomainTestResult& result, WallTime at, domains::TestCause cause)
{
    if (result.could_not_tell()) return std::nullopt;
    return make_record(result, at, cause);
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
    if (const Test* running = find_running(*name, !asker.is_administrator)) return running->progress;
    if (const auto wait = find_wait(*name, asker, now)) return TooMany{*wait};
    return add(*name, asker, now).progress;
}

// With the guard. What strangers may see of a domain is less than what its administrator may.
DomainTests::Test* DomainTests::find_running(const std::string& domain, bool for_stranger)
{
    for (const auto& [id, test] : tests_)
        if (!test->ended && test->progress.domain == domain && test->for_stranger == for_stranger) return test.get();
    return nullptr;
}

std::optional<std::chrono::seconds> DomainTests::find_wait(const std::string& domain, const Asker& asker, WallTime now)
{
    if (waiting_.size() >= parts_.limits.waiting) return std::chrono::seconds(10);
    if (const auto wait = of_askers_.find_wait(asker.name, now)) return wait;
    const Quota& of_domains = asker.is_administrator ? of_domains_for_administrators_ : of_domains_for_strangers_;
    return of_domains.find_wait(domain, now);
}

DomainTests::Test& DomainTests::add(const std::string& domain, const Asker& asker, WallTime now)
{
    of_askers_.count(asker.name, now);
    (asker.is_administrator ? of_domains_for_administrators_ : of_domains_for_strangers_).count(domain, now);
    auto test = std::make_shared<Test>();
    test->progress.id = format_base64url(crypto::random_bytes(24));
    test->progress.domain = domain;
    test->progress.started = now;
    test->for_stranger = !asker.is_administrator;
    tests_[test->progress.id] = test;
    order_.push_back(test);
    waiting_.push_back(test);
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

// With a signal, nothing at hand leaves the signal among those that the next test notifies.
std::shared_ptr<DomainTests::Test> DomainTests::take_next(async::Signal* wake)
{
    const Lock lock(guard_);
    if (waiting_.empty()) {
        if (wake) idle_.push_back(wake);
        return nullptr;
    }
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
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

void DomainTests::add_host(Test& test, const tlstest::HostResult& host)
{
    json::object report = tlstest::to_json(host);
    const std::size_t bytes = bound(report, parts_.limits.host_bytes);
    const Lock lock(guard_);
    test.progress.hosts.push_back(std::make_shared<const json::object>(std::move(report)));
    test.bytes += bytes;
    bytes_ += bytes;
}

TestOrder DomainTests::make_order(const std::shared_ptr<Test>& test)
{
    TestOrder order;
    order.domain = test->progress.domain;
    order.max_addresses = test->for_stranger ? parts_.limits.addresses_for_strangers : parts_.limits.addresses;
    order.on_expected = [this, test](std::size_t count) {
        const Lock lock(guard_);
        test->progress.expected = count;
    };
    order.on_result = [this, test](const tlstest::HostResult& host) { add_host(*test, host); };
    if (!test->for_stranger || parts_.tests_any_address) return order;
    order.may_test = [test](const IpAddress& address) {  // on the test's own task
        const bool is_public = is_public_address(address);
        if (!is_public) test->something_withheld = true;
        return is_public;
    };
    return order;
}

Task<void> DomainTests::run_one(std::shared_ptr<Test> test)
{
    auto order = make_order(test);
    const auto result = co_await parts_.test(std::move(order));
    auto record = find_record(result, parts_.clock->now(), domains::TestCause::asked);
    // Kept first: who sees that it is done finds it in the history.
    if (record && !test->something_withheld) {
        auto kept = co_await parts_.domains->record_test(test->progress.domain, std::move(*record));
        if (kept.has_error()) parts_.log.warning("domain_test_not_kept", {{"problem", kept.error().text}});
    }
    parts_.log.info("domain_tested", {{"domain", test->progress.domain}, {"ready", result.ready()}});
    const Lock lock(guard_);
    test->progress.result = summarise(result);
    test->ended = parts_.clock->now();
}

}  // namespace sealpost::domaintests
