// Destination controls, on real connections.
#include "serve/courier/courier.hpp"
#include "serve/post_office.hpp"
#include "sys/async/task_group.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <gtest/gtest.h>

namespace sealpost::courier {
namespace {

using namespace std::chrono_literals;
using smtpd::Authority;
using smtpd::PostOffice;
using Kind = RecipientResult::Kind;

constexpr const char* zone = R"(
acme.test      MX 10 mx.acme.test
mx.acme.test   A    127.0.0.1
mx.acme.test   AAAA ::1
)";

Order order_for(std::uint16_t port, std::size_t recipients, Restraint restraint)
{
    Order order;
    order.domain = "acme.test";
    order.tls = TlsDemand::none;
    order.mail.mail.sender = {"carol", "partner.test"};
    for (std::size_t i = 0; i < recipients; ++i) {
        smtp::RcptTo rcpt;
        rcpt.recipient = {"a" + std::to_string(i), "acme.test"};
        order.mail.recipients.push_back(std::move(rcpt));
    }
    order.content = [] { return std::make_unique<async::StringSource>("Subject: x\r\n\r\nx\r\n"); };
    order.helo_name = "gw.partner.test";
    order.mx_port = port;
    order.restraint = restraint;
    return order;
}

CourierOptions options()
{
    CourierOptions options;
    options.resolver = std::make_shared<dns::CannedResolver>(zone);
    options.trust = [trust = Authority().client()] { return trust; };
    return options;
}

Task<void> carry_one(Courier& courier, Order order, CarryReport& report)
{
    auto carried = co_await courier.carry(std::move(order), Deadline::after(20s));
    report = std::move(carried);
}

Task<void> carry_in_turn(Courier& courier, std::vector<Order> orders, std::vector<CarryReport>& reports)
{
    for (Order& order : orders) co_await carry_one(courier, std::move(order), reports.emplace_back());
    co_await courier.close_idle();
}

Task<void> carry_together(Courier& courier, std::vector<Order> orders, std::vector<CarryReport>& reports)
{
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    reports.resize(orders.size());
    for (std::size_t i = 0; i < orders.size(); ++i) group.spawn(carry_one(courier, std::move(orders[i]), reports[i]));
    co_await group.join();
    co_await courier.close_idle();
}

std::vector<CarryReport> carry(CourierOptions with, std::vector<Order> orders, bool together = false)
{
    Courier courier(std::move(with));
    std::vector<CarryReport> reports;
    async::run_here([&] {
        return together ? carry_together(courier, std::move(orders), reports)
                        : carry_in_turn(courier, std::move(orders), reports);
    });
    return reports;
}

TEST(Restraint, ClosesTheConnectionAfterItsMessages)
{
    PostOffice office;
    Restraint restraint;
    restraint.max_messages_per_connection = 2;
    const std::vector<Order> orders(5, order_for(office.port(), 1, restraint));
    for (const CarryReport& report : carry(options(), orders)) EXPECT_EQ(report.recipients[0].kind, Kind::delivered);
    EXPECT_EQ(office.letters->connections, 3);
}

TEST(Restraint, SharesItsConnectionsAmongManyMessages)
{
    PostOffice office;
    Restraint restraint;
    restraint.max_connections = 2;
    const std::vector<Order> orders(12, order_for(office.port(), 1, restraint));
    for (const CarryReport& report : carry(options(), orders, true)) EXPECT_EQ(report.recipients[0].kind, Kind::delivered);
    EXPECT_EQ(office.letters->connections, 2);
}

TEST(Restraint, MakesRoomByClosingAConnectionAtRestThatDoesNotFit)
{
    PostOffice office;
    Restraint restraint;
    restraint.max_connections = 1;
    Order first = order_for(office.port(), 1, restraint);
    Order second = first;
    second.helo_name = "other.partner.test";
    for (const CarryReport& report : carry(options(), {first, second})) EXPECT_EQ(report.recipients[0].kind, Kind::delivered);
    EXPECT_EQ(office.letters->connections, 2);
}

Task<void> meet_a_crowd(std::vector<CarryReport>& reports)
{
    Executor executor = co_await async::this_executor();
    auto silent = net::Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);  // never greets
    CourierOptions with = options();
    with.limits.greeting = 1s;
    with.limits.connection_wait = 0s;
    Courier courier(std::move(with));
    Restraint restraint;
    restraint.family = AddressFamily::require_v4;
    restraint.max_connections = 1;
    co_await carry_together(courier, std::vector<Order>(2, order_for((*silent)->local().port, 1, restraint)), reports);
}

TEST(Restraint, PostponesWhoFindsNoConnectionInTime)
{
    std::vector<CarryReport> reports;
    async::run_here([&] { return meet_a_crowd(reports); });
    EXPECT_FALSE(reports[0].recipients[0].postponed_for.has_value());  // it tried: an attempt
    EXPECT_EQ(reports[0].attempts.size(), 1U);
    EXPECT_EQ(reports[1].recipients[0].kind, Kind::deferred);
    EXPECT_TRUE(reports[1].recipients[0].postponed_for.has_value());
    EXPECT_TRUE(reports[1].attempts.empty());
}

TEST(Restraint, PostponesRecipientsOverTheLimitWithoutAskingAHost)
{
    PostOffice office;
    Restraint restraint;
    restraint.max_recipients = 3;
    const std::vector<Order> orders(2, order_for(office.port(), 2, restraint));
    const auto reports = carry(options(), orders);
    EXPECT_EQ(reports[0].recipients[1].kind, Kind::delivered);
    EXPECT_EQ(reports[1].recipients[0].kind, Kind::delivered);
    const RecipientResult& over = reports[1].recipients[1];
    EXPECT_EQ(over.kind, Kind::deferred);
    EXPECT_EQ(over.reply.enhanced, "4.4.5");
    EXPECT_FALSE(over.attempt.has_value());
    ASSERT_TRUE(over.postponed_for.has_value());
    EXPECT_LE(*over.postponed_for, 60min);
    EXPECT_GT(*over.postponed_for, 59min);
    EXPECT_EQ(office.letters->take().size(), 2U);
}

TEST(Restraint, DoesNotCountRecipientsThatNoHostHeardOf)
{
    PostOffice office;
    Restraint restraint;
    restraint.max_recipients = 2;
    Order unreachable = order_for(office.port(), 2, restraint);
    unreachable.route = {{"127.0.0.3", office.port(), 0}};
    const auto reports = carry(options(), {unreachable, order_for(office.port(), 2, restraint)});
    EXPECT_EQ(reports[0].recipients[0].kind, Kind::deferred);
    EXPECT_FALSE(reports[0].recipients[0].postponed_for.has_value());
    EXPECT_EQ(reports[1].recipients[1].kind, Kind::delivered);
}

// A host with one word for everything.
Task<void> say_ok(net::Listener& listener)
{
    auto accepted = co_await listener.accept();
    net::TcpStream& stream = **accepted;
    std::array<char, 4096> buffer{};
    std::string heard, said = "220 ok\r\n";
    for (bool has_content = false;;) {
        auto told = co_await stream.write(said, Deadline::after(20s));
        if (!told) co_return;
        while (!heard.ends_with(has_content ? "\r\n.\r\n" : "\r\n")) {
            auto count = co_await stream.read_some(buffer, Deadline::after(20s));
            if (!count || *count == 0) co_return;
            heard.append(buffer.data(), *count);
        }
        has_content = heard == "DATA\r\n";
        said = "250 ok\r\n";
        if (has_content) said = "354 ok\r\n";
        heard.clear();
    }
}

Task<void> carry_to_host_that_says_ok(std::vector<CarryReport>& reports)
{
    Executor executor = co_await async::this_executor();
    auto listener = net::Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    async::TaskGroup group(executor);
    group.spawn(say_ok(**listener));
    Restraint restraint;
    restraint.max_recipients = 1;
    Courier courier(options());
    std::vector<Order> orders(2, order_for((*listener)->local().port, 1, restraint));
    for (Order& order : orders) order.route = {{"127.0.0.1", order.mx_port, 0}};
    co_await carry_in_turn(courier, std::move(orders), reports);
    co_await group.join();
}

TEST(Restraint, CountsRecipientsOfAHostThatAnswersMailAsContent)
{
    std::vector<CarryReport> reports;
    async::run_here([&] { return carry_to_host_that_says_ok(reports); });
    EXPECT_EQ(reports.at(0).recipients[0].kind, Kind::delivered);
    EXPECT_EQ(reports[0].attempts.at(0).outcome, Attempt::Outcome::completed);
    EXPECT_TRUE(reports[1].recipients[0].postponed_for.has_value());
}

Task<void> find_unused_port(std::uint16_t& port)
{
    Executor executor = co_await async::this_executor();
    auto listener = net::Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    port = (*listener)->local().port;
}

struct FamilyCase {
    AddressFamily family;
    std::vector<std::string> tried;
};

TEST(Restraint, TriesTheAddressesOfTheFamilyInItsOrder)
{
    std::uint16_t nobody_listens = 0;
    async::run_here([&] { return find_unused_port(nobody_listens); });
    for (const FamilyCase& given :
         {FamilyCase{AddressFamily::prefer_v6, {"::1", "127.0.0.1"}}, FamilyCase{AddressFamily::require_v6, {"::1"}},
          FamilyCase{AddressFamily::prefer_v4, {"127.0.0.1", "::1"}}, FamilyCase{AddressFamily::require_v4, {"127.0.0.1"}}}) {
        Restraint restraint;
        restraint.family = given.family;
        const auto reports = carry(options(), {order_for(nobody_listens, 1, restraint)});
        std::vector<std::string> tried;
        for (const Attempt& attempt : reports[0].attempts) tried.push_back(format_ip(attempt.endpoint.address));
        EXPECT_EQ(tried, given.tried);
    }
}

TEST(Restraint, SaysWhenAHostHasNoAddressOfTheRequiredFamily)
{
    Restraint restraint;
    restraint.family = AddressFamily::require_v6;
    Order order = order_for(25, 1, restraint);
    order.route = {{"127.0.0.1", 25, 0}};
    const auto reports = carry(options(), {order});
    EXPECT_EQ(reports[0].recipients[0].kind, Kind::deferred);
    ASSERT_EQ(reports[0].attempts.size(), 1U);
    EXPECT_NE(reports[0].attempts[0].problem.find("family"), std::string::npos);
}

}  // namespace
}  // namespace sealpost::courier
