// Hosts that take their time, and those that cannot take a message where another may.
#include "host_script.hpp"
#include "serve/courier/courier.hpp"
#include "serve/post_office.hpp"
#include "sys/async/task_group.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <gtest/gtest.h>

namespace sealpost::courier {
namespace {

using Kind = RecipientResult::Kind;
using smtpd::Authority;

constexpr const char* zone = R"(
acme.test      MX 10 mx.acme.test
mx.acme.test   A  127.0.0.1
both.test      MX 10 mx1.both.test
both.test      MX 20 mx.acme.test
mx1.both.test  A  127.0.0.2
)";

Order order_for(std::uint16_t port)
{
    Order order;
    order.domain = "acme.test";
    order.tls = TlsDemand::none;
    order.mail.mail.sender = {"carol", "partner.test"};
    smtp::RcptTo rcpt;
    rcpt.recipient = {"alice", "acme.test"};
    order.mail.recipients.push_back(std::move(rcpt));
    order.content = [] { return std::make_unique<async::StringSource>("Subject: x\r\n\r\nhello\r\n"); };
    order.helo_name = "gw.partner.test";
    order.mx_port = port;
    return order;
}

CourierOptions options_with(std::shared_ptr<const tls::ClientContext> trust)
{
    CourierOptions options;
    options.resolver = std::make_shared<dns::CannedResolver>(zone);
    options.trust = [trust] { return trust; };
    return options;
}

// Has the whole message, and answers when the order's deadline is over.
Task<void> answer_behind(net::Listener& listener, Deadline deadline)
{
    auto accepted = co_await listener.accept();
    net::TcpStream& stream = **accepted;
    for (const std::string_view code : {"220", "250", "250", "250", "354"}) {
        const std::string answer = std::string(code) + " mx\r\n";
        [[maybe_unused]] auto told = co_await stream.write(answer, soon());
        co_await hear_until(stream, code == "354" ? "\r\n.\r\n" : "\r\n");
    }
    [[maybe_unused]] auto slept = co_await async::sleep_until(deadline);
    [[maybe_unused]] auto told = co_await stream.write("250 taken\r\n", soon());
}

Task<void> outlast_deadline(CarryReport& report)
{
    Executor executor = co_await async::this_executor();
    auto listener = net::Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    const Deadline deadline = Deadline::after(std::chrono::seconds(2));
    async::TaskGroup group(executor);
    group.spawn(answer_behind(**listener, Deadline::after(std::chrono::seconds(3))));
    CourierOptions options = options_with(Authority().client());
    options.limits.max_idle_connections = 0;
    Courier courier(std::move(options));
    Order order = order_for((*listener)->local().port);
    auto carried = co_await courier.carry(std::move(order), deadline);
    report = std::move(carried);
    co_await group.join();
}

// Otherwise it came twice.
TEST(CourierPatience, WaitsBeyondItsDeadlineForTheAnswerOfAHostThatHasTheMessage)
{
    CarryReport report;
    async::run_here([&] { return outlast_deadline(report); });
    EXPECT_EQ(report.recipients[0].kind, Kind::delivered) << report.recipients[0].reply.text();
}

// Takes a connection, and says nothing until the other side gives up.
Task<void> say_nothing(net::Listener& listener)
{
    auto accepted = co_await listener.accept();
    co_await hear_until(**accepted, "QUIT\r\n");
}

Task<void> take_one(net::Listener& listener)
{
    auto accepted = co_await listener.accept();
    net::TcpStream& stream = **accepted;
    for (const std::string_view code : {"220", "250", "250", "250", "354", "250"}) {
        const std::string answer = std::string(code) + " mx\r\n";
        [[maybe_unused]] auto told = co_await stream.write(answer, soon());
        co_await hear_until(stream, code == "354" ? "\r\n.\r\n" : "\r\n");
    }
}

Task<void> pass_a_silent_host(CarryReport& report)
{
    Executor executor = co_await async::this_executor();
    auto sound = net::Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    const std::uint16_t port = (*sound)->local().port;
    auto silent = net::Listener::bind(executor, {IpAddress::v4({127, 0, 0, 2}), port}, false);
    async::TaskGroup group(executor);
    group.spawn(say_nothing(**silent));
    group.spawn(take_one(**sound));
    CourierOptions options = options_with(Authority().client());
    options.limits.max_idle_connections = 0;
    Courier courier(std::move(options));
    Order order = order_for(port);
    order.domain = "both.test";
    auto carried = co_await courier.carry(std::move(order), Deadline::after(std::chrono::seconds(6)));
    report = std::move(carried);
    co_await group.join();
}

TEST(CourierPatience, LeavesTimeForTheHostBehindOneThatSaysNothing)
{
    CarryReport report;
    async::run_here([&] { return pass_a_silent_host(report); });
    EXPECT_EQ(report.attempts.size(), 2U);
    EXPECT_EQ(report.recipients[0].kind, Kind::delivered) << report.recipients[0].reply.text();
}

// Offers no SMTPUTF8; `heard` is what came behind EHLO.
Task<void> speak_ascii(net::Listener& listener, std::string& heard)
{
    auto accepted = co_await listener.accept();
    net::TcpStream& stream = **accepted;
    std::array<char, 4096> buffer{};
    for (const std::string_view answer : {"220 mx\r\n", "250-mx\r\n250 8BITMIME\r\n"}) {
        [[maybe_unused]] auto told = co_await stream.write(answer, soon());
        auto count = co_await stream.read_some(buffer, soon());
        heard = count ? std::string(buffer.data(), *count) : "";
    }
}

Task<void> carry_utf8(std::string domain, CarryReport& report, std::string& heard)
{
    Executor executor = co_await async::this_executor();
    auto listener = net::Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    async::TaskGroup group(executor);
    group.spawn(speak_ascii(**listener, heard));
    CourierOptions options = options_with(Authority().client());
    options.limits.max_idle_connections = 0;
    Courier courier(std::move(options));
    Order order = order_for((*listener)->local().port);
    order.domain = std::move(domain);
    order.mail.mail.smtputf8 = true;
    auto carried = co_await courier.carry(std::move(order), soon());
    report = std::move(carried);
    co_await group.join();
}

// RFC 6531 §3.2
TEST(CourierPatience, RefusesUtf8MailOnlyWhenEveryHostOfTheDomainHasSaidThatItTakesNone)
{
    CarryReport report;
    std::string heard;
    async::run_here([&] { return carry_utf8("acme.test", report, heard); });
    EXPECT_EQ(report.recipients[0].kind, Kind::refused);
    EXPECT_EQ(report.recipients[0].reply.enhanced, "5.6.7");
    EXPECT_EQ(heard, "QUIT\r\n");
    async::run_here([&] { return carry_utf8("both.test", report, heard); });  // whose first host is not there today
    EXPECT_EQ(report.attempts.size(), 2U);
    EXPECT_EQ(report.recipients[0].kind, Kind::deferred);
    EXPECT_EQ(heard, "QUIT\r\n");
}

}  // namespace
}  // namespace sealpost::courier
