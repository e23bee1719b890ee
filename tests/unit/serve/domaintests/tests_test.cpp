#include "serve/domaintests/tests.hpp"

#include "serve/domaintests/json.hpp"
#include "serve/service_world.hpp"

#include <future>

namespace sealpost::test {
namespace {

using namespace std::chrono_literals;
using domaintests::Progress;
using domaintests::Standing;
using domaintests::TooMany;

class DomainTestsTest : public ServiceWorld {
protected:
    DomainTestsTest() { tests_ = make({}, true); }

    std::shared_ptr<domaintests::DomainTests> make(domaintests::DomainTests::Limits limits, bool any_address)
    {
        domaintests::DomainTests::Parts parts;
        parts.test = [this](domaintests::TestOrder order) { return play(std::move(order)); };
        parts.domains = domains_;
        parts.clock = &clock_;
        parts.tests_any_address = any_address;
        parts.limits = limits;
        return std::make_shared<domaintests::DomainTests>(std::move(parts));
    }

    Task<tlstest::DomainTestResult> play(domaintests::TestOrder order)
    {
        ++played_;
        if (before_each_) before_each_();
        const bool for_stranger = order.max_addresses == 16;
        if (holds_strangers_ && for_stranger) co_await stand_still();
        holds_strangers_ = holds_strangers_ && for_stranger;
        for (auto& gate : gates_)
            if (!holds_strangers_) gate->notify();
        tlstest::DomainTestResult result;
        result.domain = order.domain;
        result.problem = problem_;
        result.problem_detail = problem_detail_;
        order.on_expected(addresses_.size());
        for (const auto& address : addresses_) {
            tlstest::HostResult host;
            host.mx = "mx." + order.domain;
            host.address = address;
            host.verdict = verdict_;
            if (order.may_test && !order.may_test(*parse_ip(address))) host.verdict = route::TlsVerdict::unreachable;
            host.notes.assign(1, note_);
            host.detail = detail_;
            if (!missing_.empty()) host.missing = tlstest::MissingIssuer{missing_, missing_, tlstest::Fetched::failed, missing_};
            order.on_result(host);
            result.hosts.push_back(host);
            if (after_each_) after_each_();
        }
        co_return result;
    }

    Task<void> stand_still()
    {
        Executor executor = co_await async::this_executor();
        gates_.push_back(std::make_unique<async::Signal>(executor));
        async::Signal& gate = *gates_.back();
        most_standing_ = std::max(most_standing_, ++standing_);
        // Long enough for the other workers to take what they may.
        [[maybe_unused]] const bool told = co_await gate.wait(Deadline::after(50ms));
        --standing_;
    }

    std::string start(const std::string& domain, const std::string& asker = "192.0.2.0/24",
                      Standing standing = Standing::stranger)
    {
        const auto verdict = tests_->start(domain, {asker, standing});
        const auto* progress = std::get_if<Progress>(&verdict);
        return progress ? progress->id : "";
    }
    void run()
    {
        async::run_here([&] { return tests_->run_waiting(); });
    }
    void add(const std::string& name)
    {
        EXPECT_TRUE(std::holds_alternative<domains::Domain>(value_of(domains_->add(name, account_, "", "w"))));
    }

    int played_ = 0;
    std::string note_ = "n";
    std::string detail_, missing_, problem_detail_;
    std::vector<std::string> addresses_{"192.0.2.1", "192.0.2.2"};
    route::TlsVerdict verdict_ = route::TlsVerdict::ok;
    tlstest::DomainProblem problem_ = tlstest::DomainProblem::none;
    std::function<void()> before_each_, after_each_;
    bool holds_strangers_ = false;  // until an administrator's test runs
    std::vector<std::unique_ptr<async::Signal>> gates_;
    int standing_ = 0, most_standing_ = 0;
    std::shared_ptr<domaintests::DomainTests> tests_;
};

TEST_F(DomainTestsTest, TellHowFarTheyAre)
{
    const auto id = start("Acme.test");
    auto waiting = json::object(domaintests::format_progress(*tests_->find(id), Language::en));
    EXPECT_EQ(waiting.at("domain"), "acme.test");
    EXPECT_EQ(waiting.at("state"), "running");
    EXPECT_TRUE(waiting.at("expected").is_null());
    EXPECT_TRUE(waiting.at("ready").is_null());
    std::vector<std::size_t> seen;
    after_each_ = [&] {
        const auto progress = *tests_->find(id);
        EXPECT_EQ(progress.expected, 2U);
        EXPECT_FALSE(progress.result);
        seen.push_back(progress.hosts.size());
    };
    run();
    EXPECT_EQ(seen, (std::vector<std::size_t>{1, 2}));
    const auto done = domaintests::format_progress(*tests_->find(id), Language::en);
    EXPECT_EQ(done.at("state"), "done");
    EXPECT_TRUE(done.at("ready").as_bool());
    EXPECT_EQ(done.at("hosts").as_array().size(), 2U);
}

TEST_F(DomainTestsTest, AreKeptWithDomainsThatAreKnown)
{
    add("acme.test");
    start("acme.test");
    start("stranger.test");
    run();
    const auto tests = value_of(domains_->list_tests("acme.test", 10));
    ASSERT_EQ(tests.size(), 1U);
    EXPECT_TRUE(tests.front().ready);
    EXPECT_EQ(tests.front().cause, domains::TestCause::asked);
    EXPECT_EQ(domaintests::read_hosts(tests.front().report).size(), 2U);
    EXPECT_TRUE(value_of(domains_->list_tests("stranger.test", 10)).empty());
}

TEST_F(DomainTestsTest, AreKeptInNoMoreThanTheirSpace)
{
    add("acme.test");
    for (std::string* text : {&note_, &detail_, &missing_, &problem_detail_}) {
        const std::string before = std::exchange(*text, std::string(20'000, '\x01'));
        for (const std::size_t count : {1U, 60U, 300U}) {
            addresses_.assign(count, "1.1.1.1");
            start("acme.test", "administrator:1", Standing::administrator);
            run();
            clock_.advance(1h);
            const auto report = value_of(domains_->list_tests("acme.test", 1)).at(0).report;
            EXPECT_LE(report.size(), 512U * 1024);
            const auto hosts = domaintests::read_hosts(report);
            EXPECT_EQ(hosts.size(), std::min<std::size_t>(count, 256));
            for (const auto& host : hosts) {
                EXPECT_LE(json::serialize(host).size(), 16U * 1024);
                EXPECT_EQ(host.at("address"), "1.1.1.1");
                EXPECT_EQ(host.at("verdict"), "ok");
            }
        }
        *text = before;
    }
}

TEST_F(DomainTestsTest, AreCutBetweenCharactersAndLoseTheirChainLast)
{
    json::array names(3000, json::value("name.acme.test"));
    const json::object whole{{"verdict", "missing_intermediate"},
                             {"detail", ""},
                             {"notes", json::array()},
                             {"chain", {{{"subject", "CN=mx"}, {"names", names}}, {{"subject", "CN=i"}}}}};
    auto host = whole;
    EXPECT_LE(domaintests::bound_host(host, 16 * 1024), 16U * 1024);
    EXPECT_EQ(host.at("chain").as_array().size(), 2U);
    host["detail"] = "";
    for (int i = 0; i < 10'000; ++i) host.at("detail").as_string() += "\xc3\xa9";
    host["detail"] = "x" + std::string(host.at("detail").as_string());
    EXPECT_LE(domaintests::bound_host(host, 700), 700U);
    EXPECT_TRUE(host.at("chain").as_array().empty());
    const std::string detail(host.at("detail").as_string());
    EXPECT_TRUE(detail.ends_with("\xc3\xa9...")) << detail;
    EXPECT_EQ(host.at("verdict"), "missing_intermediate");
}

TEST_F(DomainTestsTest, ThatCouldNotTellAreNotKept)
{
    add("acme.test");
    problem_ = tlstest::DomainProblem::dns_failure;
    addresses_.clear();
    const auto id = start("acme.test");
    run();
    EXPECT_EQ(domaintests::format_progress(*tests_->find(id), Language::en).at("problem"), "dns_failure");
    EXPECT_TRUE(value_of(domains_->list_tests("acme.test", 10)).empty());
}

TEST_F(DomainTestsTest, OfOneDomainRunOnceAtATime)
{
    const auto id = start("acme.test");
    EXPECT_EQ(start("acme.test", "198.51.100.0/24"), id);
    EXPECT_NE(start("acme.test", "administrator:1", Standing::administrator), id) << "who may see more has a test of his own";
    run();
    EXPECT_EQ(played_, 2);
    EXPECT_NE(start("acme.test"), id);
}

TEST_F(DomainTestsTest, AreLimitedForOneAsker)
{
    for (int i = 0; i < 5; ++i) EXPECT_NE(start("d" + std::to_string(i) + ".test"), "");
    const auto verdict = tests_->start("d6.test", {"192.0.2.0/24", Standing::stranger});
    ASSERT_TRUE(std::holds_alternative<TooMany>(verdict));
    EXPECT_EQ(std::get<TooMany>(verdict).retry_after, 60s);
    EXPECT_NE(start("d6.test", "198.51.100.0/24"), "");
    clock_.advance(1min);
    EXPECT_NE(start("d7.test"), "");
}

TEST_F(DomainTestsTest, AreLimitedForOneDomainButNotForItsAdministrator)
{
    for (int i = 0; i < 6; ++i) {
        EXPECT_NE(start("acme.test", "asker" + std::to_string(i)), "");
        run();
    }
    EXPECT_EQ(start("acme.test", "another"), "");
    EXPECT_NE(start("acme.test", "administrator:1", Standing::administrator), "");
    clock_.advance(1h);
    EXPECT_NE(start("acme.test", "another"), "");
}

TEST_F(DomainTestsTest, DoNotWaitWithoutEnd)
{
    domaintests::DomainTests::Limits limits;
    limits.waiting = 3;
    tests_ = make(limits, true);
    for (int i = 0; i < 3; ++i) EXPECT_NE(start("d.test" + std::to_string(i) + ".test", std::to_string(i)), "");
    EXPECT_EQ(start("e.test", "4"), "");
    run();
    EXPECT_NE(start("e.test", "4"), "");
}

TEST_F(DomainTestsTest, AreForgottenAfterTenMinutes)
{
    const auto id = start("acme.test");
    clock_.advance(11min);
    EXPECT_TRUE(tests_->find(id)) << "it has not ended";
    run();
    clock_.advance(9min);
    EXPECT_TRUE(tests_->find(id));
    clock_.advance(1min);
    EXPECT_FALSE(tests_->find(id));
    EXPECT_FALSE(tests_->find(""));
}

TEST_F(DomainTestsTest, TakeNoMoreMemoryThanTheyMay)
{
    domaintests::DomainTests::Limits limits;
    limits.kept = 10;
    tests_ = make(limits, true);
    std::vector<std::string> ids;
    const auto begin_thirty = [&] {
        ids.clear();
        for (int i = 0; i < 30; ++i) {
            ids.push_back(start("d" + std::to_string(i) + ".test", std::to_string(i)));
            run();
        }
    };
    const auto count_known = [&] {
        return std::ranges::count_if(ids, [&](const auto& id) { return tests_->find(id).has_value(); });
    };
    begin_thirty();
    EXPECT_FALSE(tests_->find(ids.front()));
    EXPECT_TRUE(tests_->find(ids.back()));
    EXPECT_LE(count_known(), 10);
    EXPECT_GE(count_known(), 9);

    limits = {};
    limits.host_bytes = 2000;
    limits.kept_bytes = 20'000;
    note_.assign(100'000, 'x');
    addresses_.assign(1, "192.0.2.1");
    tests_ = make(limits, true);
    begin_thirty();
    EXPECT_FALSE(tests_->find(ids.front()));
    const auto last = tests_->find(ids.back());
    ASSERT_TRUE(last);
    const auto bytes = json::serialize(*last->hosts.front()).size();
    EXPECT_LE(bytes, limits.host_bytes);
    EXPECT_LE(count_known() * static_cast<std::ptrdiff_t>(bytes), 20'000);
    EXPECT_GT(count_known(), 5);
}

TEST_F(DomainTestsTest, OfStrangersReachPublicAddressesOnlyAndAreNotKeptThen)
{
    tests_ = make({}, false);
    add("acme.test");
    addresses_ = {"1.1.1.1", "10.0.0.1"};
    const auto id = start("acme.test");
    run();
    const auto hosts = tests_->find(id)->hosts;
    EXPECT_EQ(hosts.at(0)->at("verdict"), "ok");
    EXPECT_EQ(hosts.at(1)->at("verdict"), "unreachable");
    EXPECT_TRUE(value_of(domains_->list_tests("acme.test", 10)).empty());
    start("acme.test", "administrator:1", Standing::administrator);
    run();
    EXPECT_EQ(value_of(domains_->list_tests("acme.test", 10)).size(), 1U);
}

TEST_F(DomainTestsTest, ReachOtherAddressesOnlyForWhomTheOperatorVouches)
{
    tests_ = make({}, false);
    addresses_ = {"10.0.0.1"};
    const auto verdict_for = [&](Standing standing) {
        const auto id = start("acme.test", "asker" + std::to_string(static_cast<int>(standing)), standing);
        run();
        return std::string(tests_->find(id)->hosts.at(0)->at("verdict").as_string());
    };
    EXPECT_EQ(verdict_for(Standing::claimant), "unreachable");
    EXPECT_EQ(verdict_for(Standing::stranger), "unreachable");
    EXPECT_EQ(verdict_for(Standing::administrator), "unreachable");
    EXPECT_EQ(verdict_for(Standing::vouched), "ok");
    tests_ = make({}, true);
    EXPECT_EQ(verdict_for(Standing::claimant), "ok");
}

TEST_F(DomainTestsTest, MayReachOtherAddressesByNoProofOfTheDomain)
{
    domains::Domain claim;
    EXPECT_EQ(domaintests::standing_of(claim), Standing::claimant);
    claim.proven_by = domains::ProvenBy::txt;
    EXPECT_EQ(domaintests::standing_of(claim), Standing::administrator);
    claim.proven_by = domains::ProvenBy::code;
    EXPECT_EQ(domaintests::standing_of(claim), Standing::administrator);
    claim.proven_by = domains::ProvenBy::operator_of_node;
    EXPECT_EQ(domaintests::standing_of(claim), Standing::vouched);
}

TEST_F(DomainTestsTest, OfStrangersSpeakAgainstNoDomainWithMoreAddressesThanTheyMayTest)
{
    add("acme.test");
    verdict_ = route::TlsVerdict::unreachable;
    addresses_.clear();
    for (int i = 1; i <= 17; ++i) addresses_.push_back("192.0.2." + std::to_string(i));
    start("acme.test");
    run();
    EXPECT_TRUE(value_of(domains_->list_tests("acme.test", 10)).empty());
    addresses_.pop_back();
    start("acme.test");
    run();
    EXPECT_EQ(value_of(domains_->list_tests("acme.test", 10)).size(), 1U);
}

TEST_F(DomainTestsTest, OfAClaimantAreHisAlone)
{
    add("acme.test");
    start("acme.test", "administrator:7", Standing::claimant);
    run();
    EXPECT_TRUE(value_of(domains_->list_tests("acme.test", 10)).empty());
    const auto last = tests_->find_last("acme.test", "administrator:7");
    ASSERT_TRUE(last);
    const auto record = domaintests::make_record(*last);
    EXPECT_TRUE(record.ready);
    EXPECT_EQ(domaintests::read_hosts(record.report).size(), 2U);
    EXPECT_FALSE(tests_->find_last("acme.test", "administrator:8"));
    EXPECT_FALSE(tests_->find_last("other.test", "administrator:7"));
}

TEST_F(DomainTestsTest, OfStrangersCountEachAddressHoweverManyNamesItHas)
{
    tests_ = make({}, false);
    addresses_ = {"1.1.1.1"};
    const auto look_at = [&](int i) {
        const auto id = start("d" + std::to_string(i) + ".evil.test", "asker" + std::to_string(i));
        run();
        return *tests_->find(id)->hosts.at(0);
    };
    for (int i = 0; i < 6; ++i) EXPECT_EQ(look_at(i).at("verdict"), "ok");
    add("d6.evil.test");
    const auto refused = look_at(6);
    EXPECT_EQ(refused.at("verdict"), "unreachable");
    EXPECT_NE(refused.at("detail"), "not tested: the address is not public");
    EXPECT_TRUE(value_of(domains_->list_tests("d6.evil.test", 10)).empty());
    addresses_ = {"1.1.1.2"};
    EXPECT_EQ(look_at(7).at("verdict"), "ok");
    addresses_ = {"1.1.1.1"};
    clock_.advance(1h);
    EXPECT_EQ(look_at(8).at("verdict"), "ok");
}

TEST_F(DomainTestsTest, OfOneStrangerReachNoMoreAddressesThanHeMayTest)
{
    tests_ = make({}, false);
    addresses_.clear();
    for (int i = 1; i <= 30; ++i) addresses_.push_back("1.1.1." + std::to_string(i));
    start("acme.test");
    run();
    addresses_ = {"1.1.1.30"};
    for (int i = 0; i < 6; ++i) {
        const auto id = start("d" + std::to_string(i) + ".test", "asker" + std::to_string(i));
        run();
        EXPECT_EQ(tests_->find(id)->hosts.at(0)->at("verdict"), "ok") << "what was not tested is not counted";
    }
}

TEST_F(DomainTestsTest, OfAdministratorsHavePlacesOfTheirOwn)
{
    domaintests::DomainTests::Limits limits;
    limits.waiting = 3;
    limits.at_a_time = 2;
    limits.at_a_time_for_strangers = 1;
    tests_ = make(limits, true);
    std::vector<std::string> strangers;
    for (int i = 0; i < 3; ++i) strangers.push_back(start("d" + std::to_string(i) + ".test", std::to_string(i)));
    EXPECT_EQ(start("e.test", "4"), "") << "their list is full";
    holds_strangers_ = true;
    std::string administrators;
    before_each_ = [&] {
        if (played_ == 3) administrators = start("acme.test", "administrator:1", Standing::administrator);
    };
    run();
    EXPECT_EQ(most_standing_, 1) << "the other place was left for the administrator";
    EXPECT_FALSE(holds_strangers_);
    EXPECT_EQ(played_, 4);
    EXPECT_TRUE(tests_->find(administrators)->result);
    for (const auto& id : strangers) EXPECT_TRUE(tests_->find(id)->result);
}

TEST_F(DomainTestsTest, AreWaitedForUntilTheyEnd)
{
    const auto id = start("acme.test");
    EXPECT_FALSE(async::wait_here(tests_->wait_for_end(id, Deadline::after(1ms))));
    EXPECT_FALSE(async::wait_here(tests_->wait_for_end("guess", Deadline::never())));
    std::optional<Progress> ended;
    const auto keep_end = [](Task<std::optional<Progress>> end, std::optional<Progress>& place) -> Task<void> {
        auto answer = co_await std::move(end);
        place = std::move(answer);
    };
    const auto both = [](Task<void> first, Task<void> second) -> Task<void> {
        Executor executor = co_await async::this_executor();
        async::TaskGroup group(executor);
        group.spawn(std::move(first));
        group.spawn(std::move(second));
        co_await group.join();
    };
    async::run_here([&] { return both(keep_end(tests_->wait_for_end(id, Deadline::after(30s)), ended), tests_->run_waiting()); });
    ASSERT_TRUE(ended);
    EXPECT_TRUE(ended->result);
    EXPECT_TRUE(async::wait_here(tests_->wait_for_end(id, Deadline::never()))) << "it has ended already";
}

TEST_F(DomainTestsTest, RunAsAChoreUntilItIsCancelled)
{
    std::promise<void> tested;
    after_each_ = [&, told = false]() mutable {
        if (!std::exchange(told, true)) tested.set_value();
    };
    std::promise<async::Signal*> begun;
    std::promise<void> ended;
    const auto chore = [](domaintests::DomainTests& tests, std::promise<async::Signal*>& first,
                          std::promise<void>& last) -> Task<void> {
        Executor executor = co_await async::this_executor();
        async::TaskGroup group(executor);
        group.spawn(tests.run());
        async::Signal stop(executor);
        first.set_value(&stop);
        [[maybe_unused]] const bool told = co_await stop.wait(Deadline::never());
        group.cancel();
        co_await group.join();
        last.set_value();
    };
    async::Workers workers(1);  // ends before the promises that its thread keeps
    workers.spawn(0, chore(*tests_, begun, ended));
    async::Signal* stop = begun.get_future().get();
    EXPECT_NE(start("acme.test"), "");
    EXPECT_EQ(tested.get_future().wait_for(30s), std::future_status::ready);
    stop->notify_from_outside();
    EXPECT_EQ(ended.get_future().wait_for(30s), std::future_status::ready);
    EXPECT_NE(start("later.test"), "") << "nobody is woken, and nothing breaks";
    database_->close();  // before the workers go, whom it answers
}

}  // namespace
}  // namespace sealpost::test
