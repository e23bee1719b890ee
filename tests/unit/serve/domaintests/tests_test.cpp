#include "serve/domaintests/tests.hpp"

#include "serve/domaintests/json.hpp"
#include "serve/service_world.hpp"

#include <future>

namespace sealpost::test {
namespace {

using namespace std::chrono_literals;
using domaintests::Progress;
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
        tlstest::DomainTestResult result;
        result.domain = order.domain;
        result.problem = problem_;
        order.on_expected(addresses_.size());
        for (const auto& address : addresses_) {
            tlstest::HostResult host;
            host.mx = "mx." + order.domain;
            host.address = address;
            host.verdict = verdict_;
            if (order.may_test && !order.may_test(*parse_ip(address))) host.verdict = route::TlsVerdict::unreachable;
            host.notes.assign(1, note_);
            order.on_result(host);
            result.hosts.push_back(host);
            if (after_each_) after_each_();
        }
        co_return result;
    }

    std::string start(const std::string& domain, const std::string& asker = "192.0.2.0/24", bool administrator = false)
    {
        const auto verdict = tests_->start(domain, {asker, administrator});
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
    std::vector<std::string> addresses_{"192.0.2.1", "192.0.2.2"};
    route::TlsVerdict verdict_ = route::TlsVerdict::ok;
    tlstest::DomainProblem problem_ = tlstest::DomainProblem::none;
    std::function<void()> after_each_;
    std::shared_ptr<domaintests::DomainTests> tests_;
};

TEST_F(DomainTestsTest, TellHowFarTheyAre)
{
    const auto id = start("Acme.test");
    auto waiting = json::object(domaintests::format_progress(*tests_->find(id), route::Language::en));
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
    const auto done = domaintests::format_progress(*tests_->find(id), route::Language::en);
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

TEST_F(DomainTestsTest, AreKeptWithoutChainsThatAreTooLarge)
{
    add("acme.test");
    note_.assign(100'000, 'x');
    addresses_.assign(60, "192.0.2.1");
    start("acme.test");
    run();
    const auto tests = value_of(domains_->list_tests("acme.test", 10));
    EXPECT_EQ(domaintests::read_hosts(tests.at(0).report).size(), 60U);
    EXPECT_LT(tests.at(0).report.size(), 100'000U);
}

TEST_F(DomainTestsTest, ThatCouldNotTellAreNotKept)
{
    add("acme.test");
    problem_ = tlstest::DomainProblem::dns_failure;
    addresses_.clear();
    const auto id = start("acme.test");
    run();
    EXPECT_EQ(domaintests::format_progress(*tests_->find(id), route::Language::en).at("problem"), "dns_failure");
    EXPECT_TRUE(value_of(domains_->list_tests("acme.test", 10)).empty());
}

TEST_F(DomainTestsTest, OfOneDomainRunOnceAtATime)
{
    const auto id = start("acme.test");
    EXPECT_EQ(start("acme.test", "198.51.100.0/24"), id);
    EXPECT_NE(start("acme.test", "administrator:1", true), id) << "who may see more has a test of his own";
    run();
    EXPECT_EQ(played_, 2);
    EXPECT_NE(start("acme.test"), id);
}

TEST_F(DomainTestsTest, AreLimitedForOneAsker)
{
    for (int i = 0; i < 5; ++i) EXPECT_NE(start("d" + std::to_string(i) + ".test"), "");
    const auto verdict = tests_->start("d6.test", {"192.0.2.0/24", false});
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
    EXPECT_NE(start("acme.test", "administrator:1", true), "");
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
    limits.host_bytes = 1000;
    tests_ = make(limits, true);
    note_.assign(100'000, 'x');
    std::string id;
    for (int i = 0; i < 30; ++i) {
        id = start("d" + std::to_string(i) + ".test", std::to_string(i));
        run();
    }
    const auto last = tests_->find(id);
    ASSERT_TRUE(last);
    EXPECT_LT(json::serialize(*last->hosts.front()).size(), 1000U);
    int known = 0;
    for (int i = 0; i < 30; ++i)
        if (start("d" + std::to_string(i) + ".test", std::to_string(i)) == id) ++known;
    EXPECT_EQ(known, 0) << "ended tests are not joined";
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
    start("acme.test", "administrator:1", true);
    run();
    EXPECT_EQ(value_of(domains_->list_tests("acme.test", 10)).size(), 1U);
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

TEST(DomainTestJson, MarksTheCertificateAtFault)
{
    const auto faulty = [](const std::string& verdict, json::array chain) {
        json::object host{{"verdict", verdict}, {"chain", std::move(chain)}};
        return domaintests::explain_host(host, route::Language::en, "2026-11-26T08:00:00.000Z").at("faulty");
    };
    const json::array chain{{{"not_after", "2027-01-01T00:00:00.000Z"}, {"key", "RSA 2048"}, {"signature_hash", "SHA256"}},
                            {{"not_after", "2026-01-01T00:00:00.000Z"}, {"key", "RSA 1024"}, {"signature_hash", "SHA1"}}};
    EXPECT_EQ(faulty("missing_intermediate", chain), 2);
    EXPECT_EQ(faulty("name_mismatch", chain), 0);
    EXPECT_EQ(faulty("expired", chain), 1);
    EXPECT_EQ(faulty("weak_key", chain), 1);
    EXPECT_EQ(faulty("weak_signature", chain), 1);
    EXPECT_EQ(faulty("untrusted_root", chain), 1);
    EXPECT_TRUE(faulty("no_starttls", chain).is_null());
    EXPECT_TRUE(faulty("expired", {}).is_null());
    EXPECT_FALSE(domaintests::explain_host({{"verdict", "expired"}}, route::Language::fr, "").at("fix").as_string().empty());
}

}  // namespace
}  // namespace sealpost::test
