#include "serve/mtasts/policy_finder.hpp"

#include "sys/async/task_group.hpp"
#include "sys/async/workers.hpp"
#include "sys/crypto/x509.hpp"
#include "sys/dns/canned_resolver.hpp"
#include "sys/http/respond.hpp"
#include "sys/http/server.hpp"
#include "sys/net/stream.hpp"
#include "sys/tls/context.hpp"
#include "test_store.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

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
    std::atomic<int> asked{0};
};

Task<http::Response> answer_with(PolicyHost& host)
{
    ++host.asked;
    http::Response response;
    response.status = host.status;
    response.headers.set("Content-Type", host.type);
    if (host.status == 301) response.headers.set("Location", "https://elsewhere.test/");
    response.body = host.body;
    co_return response;
}

class PolicyFinderTest : public testing::Test {
protected:
    explicit PolicyFinderTest() { start("mta-sts.acme.test"); }
    ~PolicyFinderTest() override
    {
        stop();
        finder_.reset();
        std::filesystem::remove_all(folder_);
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

    static std::filesystem::path make_folder()
    {
        std::string pattern = std::filesystem::temp_directory_path() / "sealpost-mtasts-XXXXXX";
        return mkdtemp(pattern.data());
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

    crypto::PrivateKey root_key_ = crypto::PrivateKey::make_ecdsa_p256().value();
    crypto::Issuer issuer_{crypto::make_certificate(order_for("Root", true), root_key_).value(), root_key_};
    PolicyHost host_;
    async::Workers workers_{1};
    std::unique_ptr<http::HttpServer> server_;
    std::uint16_t port_ = 0;
    std::string zone_ = "_mta-sts.acme.test TXT v=STSv1; id=1;\n";
    ManualClock clock_{SystemClock().now()};
    std::filesystem::path folder_ = make_folder();
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
