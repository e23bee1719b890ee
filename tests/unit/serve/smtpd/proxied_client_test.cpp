// Clients that a balancer connects for (PROXY protocol).
#include "serve/post_office.hpp"

#include "sys/async/workers.hpp"
#include "sys/tls/stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace sealpost::smtpd {
namespace {

using ::testing::ContainsRegex;
using ::testing::StartsWith;

const std::string greeting = "220 mx.acme.test ESMTP\r\n";

Deadline soon() { return Deadline::after(std::chrono::seconds(20)); }

std::string line_of(const std::string& client) { return "PROXY TCP4 " + client + " 192.0.2.25 40000 25\r\n"; }

Task<std::string> read_until(net::ByteStream& stream, std::string what)
{
    std::string text;
    std::array<char, 4096> buffer{};
    while (what.empty() || text.find(what) == std::string::npos) {
        auto count = co_await stream.read_some(buffer, soon());
        if (!count || *count == 0) co_return text;
        text.append(buffer.data(), *count);
    }
    co_return text;
}

// Says it on a new connection, from the address 127.0.0.1, and keeps that open.
Task<std::unique_ptr<net::TcpStream>> begin(Endpoint to, std::string said)
{
    auto stream = co_await net::connect(to, IpAddress::loopback_v4(), soon());
    auto written = co_await (*stream)->write(said, soon());
    EXPECT_TRUE(written.has_value());
    co_return std::move(*stream);
}

Task<void> hear(Endpoint to, std::string said, std::string until, std::string& heard)
{
    auto stream = co_await begin(to, std::move(said));
    auto text = co_await read_until(*stream, std::move(until));
    heard = std::move(text);
}

struct Behind {
    explicit Behind(const char* proxies, MailServerOptions options = PostOffice::plain())
        : office([&] {
              options.proxy_from = {parse_network(proxies).value()};
              options.log = log::Log::silent().with(metrics);
              return std::move(options);
          }())
    {
    }

    std::string hear(const std::string& said, const std::string& until = "")
    {
        std::string heard = "nothing was asked";
        async::run_here([&] { return smtpd::hear(office.endpoint(), said, until, heard); });
        return heard;
    }
    [[nodiscard]] bool counted(const std::string& result) const
    {
        const std::string row = "sealpost_proxy_headers_total{listener=\"public\",result=\"" + result + "\"} 1\n";
        return metrics.format_text().find(row) != std::string::npos;
    }

    log::Metrics metrics = log::Metrics::make();
    PostOffice office;
};

TEST(ProxiedClient, IsGreetedOnceItsAddressIsTold)
{
    Behind behind("127.0.0.1");
    EXPECT_EQ(behind.hear(line_of("192.0.2.7"), "\r\n"), greeting);
    EXPECT_TRUE(behind.counted("told"));
}

TEST(ProxiedClient, IsServedWithWhatCameInOneSegmentWithTheHeader)
{
    Behind behind("127.0.0.1");
    EXPECT_THAT(behind.hear(line_of("192.0.2.7") + "EHLO client.test\r\n", "250 DSN"), StartsWith(greeting));
}

Task<void> fill_the_places_of_one(Endpoint to, std::vector<std::string>& heard)
{
    std::vector<std::unique_ptr<net::TcpStream>> open;
    for (const char* client : {"192.0.2.7", "192.0.2.8", "192.0.2.7"}) {
        auto stream = co_await begin(to, line_of(client));
        auto text = co_await read_until(*stream, "\r\n");
        heard.push_back(std::move(text));
        open.push_back(std::move(stream));
    }
}

TEST(ProxiedClient, HasALimitOfItsOwnAndNotTheBalancers)
{
    MailServerOptions options = PostOffice::plain();
    options.max_connections_per_address = 1;
    Behind behind("127.0.0.1", std::move(options));
    std::vector<std::string> heard;
    async::run_here([&] { return fill_the_places_of_one(behind.office.endpoint(), heard); });
    ASSERT_EQ(heard.size(), 3U);
    EXPECT_EQ(heard[0], greeting);
    EXPECT_EQ(heard[1], greeting);
    EXPECT_THAT(heard[2], StartsWith("421 4.3.2 Too many connections from your host"));
}

TEST(ProxiedClient, IsNotBelievedFromElsewhere)
{
    Behind behind("192.0.2.0/24");
    EXPECT_THAT(behind.hear(line_of("192.0.2.7") + "QUIT\r\n"), ContainsRegex("500 5"));
    EXPECT_FALSE(behind.counted("told"));
    EXPECT_FALSE(behind.counted("broken"));
    EXPECT_EQ(behind.hear("", "\r\n"), greeting) << "and nobody there has to say one";
}

TEST(ProxiedClient, IsHeardByNobodyWithoutAHeader)
{
    Behind behind("127.0.0.1");
    EXPECT_EQ(behind.hear("EHLO client.test\r\n"), "");
    EXPECT_TRUE(behind.counted("broken"));
    EXPECT_EQ(behind.office.letters->connections, 0);
}

TEST(ProxiedClient, IsHeardByNobodyWhoseBalancerIsSilent)
{
    MailServerOptions options = PostOffice::plain();
    options.times.proxy_header = std::chrono::milliseconds(30);
    Behind behind("127.0.0.1", std::move(options));
    EXPECT_EQ(behind.hear(""), "");
    EXPECT_TRUE(behind.counted("late"));
}

Task<void> stop_before_a_header(PostOffice& office, std::thread& stopper, std::string& heard)
{
    auto stream = co_await begin(office.endpoint(), "PROXY ");
    auto slept = co_await async::sleep_until(Deadline::after(std::chrono::milliseconds(50)));
    EXPECT_TRUE(slept.has_value());
    stopper = std::thread([&office] { office.server->stop(std::chrono::seconds(60)); });
    auto text = co_await read_until(*stream, "");
    heard = std::move(text);
}

TEST(ProxiedClient, DoesNotHoldUpAStopBeforeItsHeaderIsHere)
{
    MailServerOptions options = PostOffice::plain();
    options.times.proxy_header = std::chrono::hours(1);
    Behind behind("127.0.0.1", std::move(options));
    std::string heard = "nothing was asked";
    std::thread stopper;
    async::run_here([&] { return stop_before_a_header(behind.office, stopper, heard); });
    stopper.join();
    EXPECT_EQ(heard, "");
}

Task<void> greet_under_tls(Endpoint to, std::shared_ptr<const tls::ClientContext> context, std::string& heard)
{
    auto stream = co_await begin(to, line_of("192.0.2.7"));
    auto secured = co_await tls::connect_tls(std::move(stream), std::move(context), "mx.acme.test", soon());
    if (!secured) {
        ADD_FAILURE() << secured.error().text;
        co_return;
    }
    auto text = co_await read_until(**secured, "\r\n");
    heard = std::move(text);
}

TEST(ProxiedClient, IsToldBeforeTlsBegins)
{
    const Authority authority;
    MailServerOptions options = PostOffice::plain();
    options.identity = authority.identity("mx.acme.test");
    options.implicit_tls = true;
    Behind behind("127.0.0.1", std::move(options));
    std::string heard;
    async::run_here([&] { return greet_under_tls(behind.office.endpoint(), authority.client(), heard); });
    EXPECT_EQ(heard, greeting);
}

}  // namespace
}  // namespace sealpost::smtpd
