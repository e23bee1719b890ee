#include "serve/mtasts/policy_finder.hpp"

#include "sys/async/task_group.hpp"
#include "sys/async/within.hpp"
#include "sys/async/workers.hpp"
#include "sys/crypto/x509.hpp"
#include "sys/dns/canned_resolver.hpp"
#include "sys/http/respond.hpp"
#include "sys/http/server.hpp"
#include "sys/net/stream.hpp"
#include "sys/tls/context.hpp"
#include "temporary_folder.hpp"
#include "test_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <future>
#include <mutex>

namespace sealpost::mtasts {
namespace {

using Status = route::StsFinding::Status;
using Kind = route::StsFinding::Fault;
using Mode = route::StsPolicy::Mode;

const std::string policy_text = "version: STSv1\r\nmode: enforce\r\nmx: mx.acme.test\r\nmax_age: 86400\r\n";

crypto::CertificateOrder order_for(const std::string& name, bool is_ca)
{
    const WallTime now = SystemClock().now();
    crypto::CertificateOrder order;
    order.subject = name;
    order.is_ca = is_ca;
    if (!is_ca) order.dns_names = {name};
    order.not_before = now - std::chrono::hours(1);
    order.not_after = now + std::chrono::hours(1);
    return order;
}

// What the policy host says, and how often it was asked.
struct PolicyHost {
    int status = 200;
    std::string type = "text/plain; charset=utf-8";
    std::string body = policy_text;
    std::function<bool()> may_answer = [] { return true; };
    std::atomic<int> asked{0};
};

Task<http::Response> answer_with(PolicyHost& host)
{
    ++host.asked;
    while (!host.may_answer()) {
        [[maybe_unused]] auto slept = co_await async::sleep_until(Deadline::after(std::chrono::milliseconds(1)));
    }
    http::Response response;
    response.status = host.status;
    response.headers.set("Content-Type", host.type);
    if (host.status == 301) response.headers.set("Location", "https://elsewhere.test/");
    response.body = host.body;
    co_return response;
}

// What orders on many workers have found.
struct Findings {
    std::mutex lock;
    std::vector<route::StsFinding> list;  // under lock
    std::size_t wanted = 0;
    std::promise<void> all_there;
};

Task<void> find_into(PolicyFinder& finder, Findings& findings)
{
    auto found = co_await finder.find("acme.test", Deadline::after(std::chrono::seconds(20)));
    const std::lock_guard hold(findings.lock);
    findings.list.push_back(std::move(found));
    if (findings.list.size() == findings.wanted) findings.all_there.set_value();
}

class PolicyFinderTest : public testing::Test {
protected:
    explicit PolicyFinderTest() { start("mta-sts.acme.test"); }
    ~PolicyFinderTest() override
    {
        stop();
        finder_.reset();
    }

    void start(const std::string& certificate_name)
    {
        auto key = crypto::PrivateKey::make_ecdsa_p256().value();
        std::vector<tls::KeyPair> pairs{
            {{crypto::make_certificate(order_for(certificate_name, false), key, issuer_).value()}, key}};
        http::ServerOptions options;
        options.name = "test";
        options.at = {IpAddress::loopback_v4(), 0};
        options.identity = std::make_shared<tls::ServerIdentity>(tls::ServerContext::make(std::move(pairs)).value());
        http::Router router;
        router.add(http::Method::get, "/.well-known/mta-sts.txt",
                   [this](http::Request&) -> Task<http::Response> { return answer_with(host_); });
        server_ = http::HttpServer::start(workers_, options, std::make_shared<const http::Router>(std::move(router)),
                                          log::Log::silent())
                      .value();
        port_ = server_->local().port;
        restart_finder();
    }

    void stop()
    {
        if (server_) async::run_here([this] { return server_->stop(Deadline::after(std::chrono::milliseconds(200))); });
        server_.reset();
    }

    // As after a restart: what is kept is kept in the store.
    void restart_finder()
    {
        tls::ClientOptions trusting;
        trusting.trust = {.system = false, .pem_texts = {issuer_.certificate.to_pem()}};
        auto trust = tls::ClientContext::make(trusting).value();
        publish(zone_);
        PolicyFinder::Parts parts{resolver_, make_fetching(trust, resolver_, port_), Cache::open(database_, clock_).value(),
                                  clock_, log::Log::silent()};
        finder_ = std::make_unique<PolicyFinder>(std::move(parts));
    }

    void publish(std::string zone)
    {
        zone_ = std::move(zone);
        resolver_ = std::make_shared<dns::CannedResolver>(zone_ + "mta-sts.acme.test A 127.0.0.1\n");
    }

    void republish(std::string zone)
    {
        publish(std::move(zone));
        restart_finder();
    }

    route::StsFinding find()
    {
        route::StsFinding finding;
        async::run_here([&]() -> Task<void> {
            auto found = co_await finder_->find("acme.test", Deadline::after(std::chrono::seconds(20)));
            finding = std::move(found);
        });
        return finding;
    }

    // The policy host answers once all have begun.
    std::vector<route::StsFinding> find_on_many_workers(std::ptrdiff_t orders)
    {
        host_.may_answer = [this, orders] { return std::ranges::count(resolver_->asked(), "_mta-sts.acme.test TXT") >= orders; };
        Findings findings;
        findings.wanted = static_cast<std::size_t>(orders);
        async::Workers many(3);
        for (std::size_t i = 0; i < findings.wanted; ++i) many.spawn(i, find_into(*finder_, findings));
        const auto in_time = findings.all_there.get_future().wait_for(std::chrono::seconds(30));
        EXPECT_EQ(in_time, std::future_status::ready);
        many.stop();
        return std::move(findings.list);
    }

    crypto::PrivateKey root_key_ = crypto::PrivateKey::make_ecdsa_p256().value();
    crypto::Issuer issuer_{crypto::make_certificate(order_for("Root", true), root_key_).value(), root_key_};
    PolicyHost host_;
    async::Workers workers_{1};
    std::unique_ptr<http::HttpServer> server_;
    std::uint16_t port_ = 0;
    std::string zone_ = "_mta-sts.acme.test TXT v=STSv1; id=1;\n";
    ManualClock clock_{SystemClock().now()};
    test::TemporaryFolder temporary_;
    const std::filesystem::path folder_ = temporary_.path();
    std::shared_ptr<db::Database> database_ = test::open_store(folder_.string() + "/store.db").value();
    std::shared_ptr<dns::CannedResolver> resolver_;
    std::unique_ptr<PolicyFinder> finder_;
};

TEST_F(PolicyFinderTest, FetchesOnceAndKeeps)
{
    const auto first = find();
    EXPECT_EQ(first.status, Status::found) << first.problem;
    EXPECT_EQ(first.policy.mode, Mode::enforce);
    EXPECT_EQ(first.id, "1");
    EXPECT_EQ(find().policy, first.policy);
    EXPECT_EQ(host_.asked, 1);
}

TEST_F(PolicyFinderTest, AsksNobodyWithoutARecord)
{
    republish("acme.test TXT v=spf1 -all\n");
    EXPECT_EQ(find().status, Status::none);
    EXPECT_EQ(host_.asked, 0);
}

TEST_F(PolicyFinderTest, FetchesAnewWhenTheIdChangesOrTheDayIsOver)
{
    find();
    host_.body = "version: STSv1\nmode: testing\nmx: mx.acme.test\nmax_age: 604800\n";
    republish("_mta-sts.acme.test TXT v=STSv1; id=2;\n");
    EXPECT_EQ(find().policy.mode, Mode::testing);
    clock_.advance(std::chrono::hours(23));
    find();
    EXPECT_EQ(host_.asked, 2);
    clock_.advance(std::chrono::hours(1));
    find();
    EXPECT_EQ(host_.asked, 3);
}

TEST_F(PolicyFinderTest, KeepsToAPolicyWhoseHostAndRecordAreGone)
{
    find();
    stop();
    republish("_mta-sts.acme.test TXT v=STSv1; id=2;\n");
    const auto without_host = find();
    EXPECT_EQ(without_host.status, Status::found);
    EXPECT_EQ(without_host.policy.mode, Mode::enforce);
    EXPECT_EQ(without_host.fault, Kind::fetch);
    republish("_mta-sts.acme.test TXT TEMPORARY\n");
    EXPECT_EQ(find().status, Status::found);
    republish("acme.test A 127.0.0.1\n");
    EXPECT_EQ(find().status, Status::found);
    clock_.advance(std::chrono::hours(24));
    EXPECT_EQ(find().status, Status::none);
}

TEST_F(PolicyFinderTest, TellsWhyAPolicyCannotBeHad)
{
    host_.status = 301;
    EXPECT_EQ(find().fault, Kind::fetch);
    host_.status = 200;
    EXPECT_EQ(find().fault, Kind::fetch);  // not tried again at once
    EXPECT_EQ(host_.asked, 1);
    clock_.advance(std::chrono::minutes(5));
    host_.type = "text/html";
    EXPECT_EQ(find().fault, Kind::invalid);
    clock_.advance(std::chrono::minutes(5));
    host_.type = "text/plain";
    host_.body = std::string(route::StsPolicy::max_bytes + 1, '\n');
    EXPECT_EQ(find().fault, Kind::invalid);
    clock_.advance(std::chrono::minutes(5));
    host_.body = policy_text;
    EXPECT_EQ(find().status, Status::found);
}

TEST_F(PolicyFinderTest, DoesNotDoWithoutAPolicyForLongerWhenTheClockIsSetBack)
{
    host_.status = 500;
    EXPECT_EQ(find().status, Status::problem);
    clock_.advance(-std::chrono::hours(24));
    host_.status = 200;
    EXPECT_EQ(find().status, Status::found);
}

TEST_F(PolicyFinderTest, FetchesAnewWhatAClockFarAheadHasKept)
{
    clock_.advance(std::chrono::hours(24 * 1000));
    find();
    clock_.advance(-std::chrono::hours(24 * 1000));
    host_.body = "version: STSv1\nmode: testing\nmx: mx.acme.test\nmax_age: 604800\n";
    EXPECT_EQ(find().policy.mode, Mode::testing);
    find();
    EXPECT_EQ(host_.asked, 2);
}

TEST_F(PolicyFinderTest, TakesNoPolicyFromAHostThatDoesNotProveItsName)
{
    stop();
    start("www.acme.test");
    const auto finding = find();
    EXPECT_EQ(finding.status, Status::problem);
    EXPECT_EQ(finding.fault, Kind::certificate);
    EXPECT_EQ(host_.asked, 0);
}

TEST_F(PolicyFinderTest, CannotTellWhenDnsDoesNotAnswerAndNothingIsKept)
{
    republish("_mta-sts.acme.test TXT TEMPORARY\n");
    EXPECT_EQ(find().status, Status::unknown);
}

TEST_F(PolicyFinderTest, FetchesOnceForAllWhoComeMeanwhileOnWhateverWorker)
{
    for (const auto& found : find_on_many_workers(20)) {
        EXPECT_EQ(found.status, Status::found) << found.problem;
        EXPECT_EQ(found.policy.mode, Mode::enforce);
        EXPECT_EQ(found.id, "1");
    }
    EXPECT_EQ(host_.asked, 1);
}

TEST_F(PolicyFinderTest, TellsAllWhoWaitThatThePolicyCannotBeHad)
{
    host_.status = 503;
    const auto all = find_on_many_workers(20);
    for (const auto& found : all) {
        EXPECT_EQ(found.status, Status::problem);
        EXPECT_EQ(found.fault, Kind::fetch);
    }
    EXPECT_EQ(host_.asked, 1);
    EXPECT_EQ(std::ranges::count(all, true, &route::StsFinding::fault_is_new), 1);
}

// What a report counts: a fetch, and not each order that hears of it.
TEST_F(PolicyFinderTest, SaysOfAFaultOnceThatItIsNew)
{
    EXPECT_FALSE(find().fault_is_new);
    host_.status = 503;
    clock_.advance(std::chrono::hours(12));
    const auto not_renewed = find();
    EXPECT_EQ(not_renewed.status, Status::found);
    EXPECT_TRUE(not_renewed.fault_is_new);
    const auto remembered = find();
    EXPECT_EQ(remembered.fault, Kind::fetch);
    EXPECT_FALSE(remembered.fault_is_new);
    clock_.advance(std::chrono::minutes(5));
    EXPECT_TRUE(find().fault_is_new);
    EXPECT_EQ(host_.asked, 3);
}

// One waits for a host that never answers. Who waits with it does so in a time of its own, and makes the fetch when the first
// is gone.
TEST_F(PolicyFinderTest, WaitsForAnothersFetchInItsOwnTimeAndGoesOnWithoutIt)
{
    republish("_mta-sts.slow.test TXT v=STSv1; id=1;\nmta-sts.slow.test A 127.0.0.2\n");
    std::vector<route::StsFinding> hurried;
    bool is_made_again = false;
    async::run_here([&]() -> Task<void> {
        const Deadline late = Deadline::after(std::chrono::seconds(20));
        auto executor = co_await async::this_executor();
        auto silent = net::Listener::bind(executor, {IpAddress::v4({127, 0, 0, 2}), port_}, false).value();
        const auto look = [&](Deadline deadline) -> Task<void> {
            auto found = co_await finder_->find("slow.test", deadline);
            hurried.push_back(std::move(found));
        };
        async::TaskGroup first(executor);
        async::TaskGroup others(executor);
        first.spawn(look(late));
        auto fetch = co_await silent->accept();
        for (int i = 0; i < 5; ++i) others.spawn(look(Deadline::after(std::chrono::milliseconds(20))));
        co_await others.join();
        async::TaskGroup heir(executor);
        heir.spawn(look(late));
        first.cancel();
        co_await first.join();
        auto again = co_await async::within(late, silent->accept());
        is_made_again = again.has_value();
        heir.cancel();
        co_await heir.join();
    });
    ASSERT_EQ(hurried.size(), 5U);
    for (const auto& found : hurried) {
        EXPECT_EQ(found.status, Status::unknown);
        EXPECT_EQ(found.problem, "its policy is still being fetched");
    }
    EXPECT_TRUE(is_made_again) << "what was broken off says nothing of the host";
}

// Of hosts that never answer, five subdomains of one organisation ask for a fetch; the fifth gets none, and others do.
TEST_F(PolicyFinderTest, KeepsPlacesFromTheSlowHostsOfOneOrganisation)
{
    std::string zone = "_mta-sts.elsewhere.test TXT v=STSv1; id=1;\nmta-sts.elsewhere.test A 127.0.0.1\n";
    for (const char* name : {"a", "b", "c", "d", "e"})
        zone += "_mta-sts." + std::string(name) + ".slow.test TXT v=STSv1; id=1;\nmta-sts." + name + ".slow.test A 127.0.0.2\n";
    republish(zone);
    std::vector<std::string> refused;
    std::string elsewhere;
    async::run_here([&]() -> Task<void> {
        auto executor = co_await async::this_executor();
        auto silent = net::Listener::bind(executor, {IpAddress::v4({127, 0, 0, 2}), port_}, false).value();
        async::TaskGroup group(executor);
        async::Signal ended(executor);
        const auto look = [&](std::string domain) -> Task<void> {
            auto found = co_await finder_->find(std::move(domain), Deadline::after(std::chrono::seconds(60)));
            refused.push_back(found.problem);
            ended.notify();
        };
        for (const char* name : {"a", "b", "c", "d", "e"}) group.spawn(look(std::string(name) + ".slow.test"));
        [[maybe_unused]] const bool notified = co_await ended.wait(Deadline::after(std::chrono::seconds(20)));
        auto found = co_await finder_->find("elsewhere.test", Deadline::after(std::chrono::seconds(20)));
        elsewhere = found.problem;
        group.cancel();
        co_await group.join();
    });
    ASSERT_FALSE(refused.empty());
    EXPECT_EQ(refused.front(), "too many policies are being fetched");
    EXPECT_NE(elsewhere, "too many policies are being fetched");
    EXPECT_NE(elsewhere, "") << "its host has another name in its certificate: it was asked";
}

}  // namespace
}  // namespace sealpost::mtasts
