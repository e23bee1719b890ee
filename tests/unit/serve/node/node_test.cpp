#include "serve/node/node.hpp"
#include "core/queue/queue_fixture.hpp"
#include "core/queue/retry.hpp"
#include "serve/node/load_watch.hpp"
#include "serve/node/machinery.hpp"
#include "sys/http/client.hpp"
#include "temporary_folder.hpp"
#include "test_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

namespace sealpost::node {
namespace {

using namespace std::chrono_literals;
using queue::wait_for;
using ::testing::HasSubstr;
using ::testing::Not;

// A gateway with one listener, both on ports that the kernel chooses.
config::NodeConfig make_config(const test::TemporaryFolder& folder)
{
    constexpr std::string_view text = R"(
[node]
hostname = "mx1.acme.test"
data_dir = "data"
roles    = ["gateway"]
workers  = 2
[dns]
resolver = "127.0.0.1:1"
timeout  = "1s"
[tls]
trust = []
[[listener]]
name    = "inside"
kind    = "private"
address = "127.0.0.1:2525"
[metrics]
listen = "127.0.0.1:9125"
)";
    auto loaded = config::read_config(text, folder.path() / "sealpost.toml");
    for (const auto& problem : loaded.problems) ADD_FAILURE() << problem.what;
    config::NodeConfig config = loaded.config.value();
    config.listeners.at(0).addresses = {{IpAddress::loopback_v4(), 0}};
    config.metrics.listen = Endpoint{IpAddress::loopback_v4(), 0};
    return config;
}

Task<Result<http::ClientResponse>> ask(Endpoint endpoint, std::string path)
{
    http::ClientOptions options;
    options.allow_plain_http = true;
    http::HttpClient client(std::move(options));
    http::ClientRequest request;
    request.url = "http://" + format_endpoint(endpoint) + path;
    auto response = co_await client.send(std::move(request), Deadline::after(20s));
    co_await client.close_idle();
    co_return response;
}

http::ClientResponse fetch(Endpoint endpoint, const std::string& path) { return wait_for(ask(endpoint, path)).value(); }

Task<void> say(net::TcpStream& stream, std::string line, std::string& heard)
{
    auto written = co_await stream.write(line, Deadline::after(20s));
    std::array<char, 4096> buffer{};
    auto count = co_await stream.read_some(buffer, Deadline::after(20s));
    if (count) heard.append(buffer.data(), *count);
}

Task<void> converse(Endpoint endpoint, std::string& heard)
{
    auto stream = co_await net::connect(endpoint, std::nullopt, Deadline::after(20s));
    for (const char* line : {"", "QUIT\r\n"}) co_await say(**stream, line, heard);
}

Endpoint find(const Node& node, std::string_view name)
{
    for (const auto& known : node.endpoints())
        if (known.name == name) return known.endpoint;
    return {};
}

TEST(NodeHealth, TellsThatItIsReadyAndWhatItCounted)
{
    const test::TemporaryFolder folder;
    const SystemClock clock;
    auto node = Node::start(make_config(folder), clock, log::Log::silent());
    ASSERT_TRUE(node.has_value()) << node.error().text;
    std::string heard;
    async::run_here([&] { return converse(find(**node, "inside"), heard); });
    EXPECT_THAT(heard, HasSubstr("554 5.7.1"));  // nobody is inside before a policy says so
    const Endpoint at = find(**node, "metrics");
    EXPECT_EQ(fetch(at, "/healthz").status, 200);
    EXPECT_EQ(fetch(at, "/readyz").body, "ready\n");
    const http::ClientResponse metrics = fetch(at, "/metrics");
    EXPECT_EQ(metrics.headers.find("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_THAT(metrics.body, HasSubstr("sealpost_smtp_connections_total{listener=\"inside\",result=\"rejected\"} 1\n"));
    EXPECT_THAT(metrics.body, HasSubstr("sealpost_queue_messages 0\n"));
    EXPECT_THAT(metrics.body, Not(HasSubstr("sealpost_smtp_messages_total{")));
    EXPECT_EQ(fetch(at, "/elsewhere").status, 404);
    (*node)->stop();
}

struct Watched {
    Watched()
        : database(test::open_store((folder.path() / "store.db").string()).value()),
          store(queue::Queue::open(database, clock, log::Log::silent()).value())
    {
        const auto log = log::Log::silent().with(log::Metrics::make());
        pages = HealthPages::open({&workers, store, load, log, {}}, {IpAddress::loopback_v4(), 0}).value();
    }
    ~Watched() { pages->stop(); }
    [[nodiscard]] http::ClientResponse ready() const { return fetch(pages->local(), "/readyz"); }

    test::TemporaryFolder folder;
    SystemClock clock;
    std::shared_ptr<db::Database> database;
    std::shared_ptr<queue::Queue> store;
    std::shared_ptr<load::Load> load =
        std::make_shared<load::Load>(load::Limits{.queue_messages = 2, .free_bytes = 1000, .damages = 1});
    async::Workers workers{1};
    std::unique_ptr<HealthPages> pages;
};

// RFC 5321 §4.5.4.1: "the give-up time generally needs to be at least 4-5 days."
TEST(DeliveryPlan, EndsWithItsTimeHoweverOftenItIsTried)
{
    config::NodeConfig::Delivery delivery;
    delivery.first_retry = 60s;
    delivery.longest_retry = 15min;
    delivery.expire_after = 120h;
    const auto plan = make_retry_plan(delivery);
    WallTime now{};
    int attempts = 0;
    while (const auto next = queue::find_next_attempt(plan, queue::MessageId(1), ++attempts, WallTime{}, now)) now = *next;
    EXPECT_EQ(now, WallTime{} + 120h);
    EXPECT_GT(attempts, 400);
}

TEST(HealthPages, AreNotReadyBeforeTheListenersNorWhileDraining)
{
    const Watched watched;
    EXPECT_EQ(watched.ready().status, 503);
    EXPECT_EQ(watched.ready().body, "starting\n");
    watched.pages->set_ready();
    EXPECT_EQ(watched.ready().status, 200);
    watched.pages->set_draining();
    EXPECT_EQ(watched.ready().status, 503);
    EXPECT_EQ(watched.ready().body, "draining\n");
    EXPECT_EQ(fetch(watched.pages->local(), "/healthz").status, 200);
}

TEST(HealthPages, AreNotReadyWhenTheStoreDoesNotAnswer)
{
    const Watched watched;
    watched.pages->set_ready();
    watched.database->close();
    EXPECT_EQ(watched.ready().status, 503);
    EXPECT_EQ(fetch(watched.pages->local(), "/healthz").status, 200);
    EXPECT_EQ(fetch(watched.pages->local(), "/metrics").status, 200);
}

TEST(HealthPages, AreNotReadyWhileTheNodeIsShortOfSomething)
{
    const Watched watched;
    watched.pages->set_ready();
    watched.load->note_disk(10);
    EXPECT_EQ(watched.ready().status, 503);
    EXPECT_EQ(watched.ready().body, "short of disk\n");
    const auto metrics = fetch(watched.pages->local(), "/metrics").body;
    EXPECT_THAT(metrics, HasSubstr("sealpost_load{resource=\"disk\"} 10\n"));
    EXPECT_THAT(metrics, HasSubstr("sealpost_load_limit{resource=\"disk\"} 1000\n"));
    EXPECT_THAT(metrics, HasSubstr("sealpost_load_short{resource=\"disk\"} 1\n"));
    EXPECT_THAT(metrics, HasSubstr("sealpost_load_short{resource=\"sessions\"} 0\n"));
    watched.load->note_disk(5000);
    EXPECT_EQ(watched.ready().status, 200);
    watched.load->note_store(true);
    EXPECT_EQ(watched.ready().status, 503);
    EXPECT_EQ(watched.ready().body, "the store is damaged\n");
}

TEST(HealthPages, TellHowOldTheOldestMessageIsThatWaits)
{
    const Watched watched;
    const auto find_age = [&] {
        const auto body = fetch(watched.pages->local(), "/metrics").body;
        const std::string name = "\nsealpost_queue_oldest_seconds ";
        return std::stoi(body.substr(body.find(name) + name.size()));
    };
    EXPECT_EQ(find_age(), 0);
    std::vector<queue::MessageId> ids;
    for (int i = 0; i < 2; ++i) {
        auto content = watched.store->begin();
        ASSERT_TRUE(wait_for(content->write("Subject: x\r\n\r\nx\r\n")).has_value());
        ids.push_back(wait_for(watched.store->accept(queue::make_message({"bob@partner.test"}), std::move(content))).value());
    }
    const auto age = [&](queue::MessageId id, int seconds) {
        return watched.database->write_now([&](db::Connection& connection) {
            auto update = connection.prepare("update queue_message set accepted_at = accepted_at - ? where id = ?");
            return update.bind(1, seconds * 1000).bind(2, id.value()).run();
        });
    };
    ASSERT_TRUE(age(ids[0], 7200).has_value());
    ASSERT_TRUE(age(ids[1], 600).has_value());
    EXPECT_GE(find_age(), 7200);
    ASSERT_TRUE(wait_for(watched.store->hold(ids[0])).value());
    EXPECT_GE(find_age(), 600);
    EXPECT_LT(find_age(), 7200) << "what is held waits for somebody";
}

TEST(StorageGuard, SaysWhenToComeBackWhileThereIsNoRoom)
{
    const auto load = std::make_shared<load::Load>(load::Limits{.queue_messages = 1});
    const auto guard = make_storage_guard(load, needs_of_mail());
    const http::Request request;
    EXPECT_FALSE(guard(request).has_value());
    load->note_accepted(1);
    EXPECT_FALSE(make_storage_guard(load, {load::Resource::disk})(request).has_value())
        << "a full queue keeps nobody from reading";
    const auto refused = guard(request);
    ASSERT_TRUE(refused.has_value());
    EXPECT_EQ(refused->status, 503);
    EXPECT_EQ(refused->headers.find("Retry-After"), "60");
    load->end_count(load->begin_count(), {0, 0});
    EXPECT_FALSE(guard(request).has_value());
}

// "| `name` | `label`, `label` | meaning |" of doc/ops/monitoring.md, as "name label label".
std::set<std::string> read_documented()
{
    std::ifstream file(std::string(SEALPOST_SOURCE_DIR) + "/doc/ops/monitoring.md");
    std::set<std::string> documented;
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("| `sealpost_")) continue;
        const auto end = line.find('|', line.find('|', 1) + 1);
        std::string words;
        bool is_word = false;
        for (const char c : line.substr(0, end)) {
            if (c == '`') is_word = !is_word;
            if (c == '`' && is_word && !words.empty()) words += ' ';
            if (c != '`' && is_word) words += c;
        }
        documented.insert(words);
    }
    return documented;
}

TEST(Metrics, AreAllInTheHandbookWithTheirLabels)
{
    std::set<std::string> exported;
    for (const auto& metric : log::list_metrics()) {
        std::string words(metric.name);
        for (const auto label : metric.labels) words += ' ' + std::string(label);
        exported.insert(words);
    }
    EXPECT_EQ(read_documented(), exported);
}

}  // namespace
}  // namespace sealpost::node
