#include "serve/courier/by_domain.hpp"

#include "serve/post_office.hpp"
#include "sys/async/task_group.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <gtest/gtest.h>

namespace sealpost::courier {
namespace {

Deadline soon() { return Deadline::after(std::chrono::seconds(20)); }

// Goes along until MAIL, and says nothing more.
Task<void> fall_silent(net::Listener& listener, async::Signal& silent)
{
    auto accepted = co_await listener.accept();
    net::TcpStream& stream = **accepted;
    std::array<char, 4096> buffer{};
    for (const std::string_view text : {std::string_view("220 mx\r\n"), std::string_view("250 mx\r\n")}) {
        [[maybe_unused]] auto told = co_await stream.write(text, soon());
        [[maybe_unused]] auto heard = co_await stream.read_some(buffer, soon());
    }
    silent.notify();
    [[maybe_unused]] auto slept = co_await async::sleep_until(Deadline::never());
}

Sending make_sending(std::uint16_t port)
{
    Sending sending;
    sending.helo_name = "gw.partner.test";
    sending.mx_port = port;
    sending.content = Content{[] { return std::make_unique<async::StringSource>("Subject: x\r\n\r\nhello\r\n"); }, 21};
    return sending;
}

Task<void> carry_into(Courier& courier, Sending sending, std::vector<DomainCarried>& into)
{
    queue::DueMessage message;
    message.sender = "carol@partner.test";
    for (const char* address : {"alice@acme.test", "bob@acme.test"})
        message.recipients.push_back({static_cast<int>(message.recipients.size()), address, "", ""});
    const auto plan = [](const std::string&) { return DomainPlan(); };
    auto carried = co_await carry_by_domain(courier, nullptr, std::move(message), std::move(sending), plan);
    into = std::move(carried);
}

Task<void> break_off(std::vector<DomainCarried>& carried)
{
    Executor executor = co_await async::this_executor();
    auto listener = net::Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    CourierOptions options;
    options.resolver = std::make_shared<dns::CannedResolver>("acme.test MX 10 mx.acme.test\nmx.acme.test A 127.0.0.1\n");
    const auto trust = smtpd::Authority().client();
    options.trust = [trust] { return trust; };
    Courier courier(std::move(options));
    async::Signal silent(executor);
    async::TaskGroup group(executor);
    group.spawn(fall_silent(**listener, silent));
    group.spawn(carry_into(courier, make_sending((*listener)->local().port), carried));
    [[maybe_unused]] const bool told = co_await silent.wait(soon());
    group.cancel();
    co_await group.join();
}

TEST(CarryingByDomain, DefersWhomItHasNoAnswerForWhenItIsBrokenOff)
{
    std::vector<DomainCarried> carried;
    async::run_here([&] { return break_off(carried); });
    ASSERT_EQ(carried.size(), 1U);
    ASSERT_EQ(carried[0].report.recipients.size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_FALSE(carried[0].report.recipients[i].tls_unmet);
        const queue::RecipientOutcome outcome = to_outcome(carried[0], i);
        EXPECT_EQ(outcome.index, static_cast<int>(i));
        EXPECT_EQ(outcome.kind, queue::RecipientOutcome::Kind::retry);
    }
}

// Takes a message for two, and its time for each answer.
Task<void> answer_slowly(net::Listener& listener)
{
    auto accepted = co_await listener.accept();
    net::TcpStream& stream = **accepted;
    std::array<char, 4096> buffer{};
    for (const std::string_view code : {"220", "250", "250", "250", "250", "354", "250"}) {
        auto slept = co_await async::sleep_until(Deadline::after(std::chrono::milliseconds(800)));
        const std::string answer = std::string(code) + " mx\r\n";
        [[maybe_unused]] auto told = co_await stream.write(answer, soon());
        [[maybe_unused]] auto heard = co_await stream.read_some(buffer, soon());
        if (slept.has_error()) co_return;
    }
}

Task<void> carry_to_slow_host(std::vector<DomainCarried>& carried)
{
    Executor executor = co_await async::this_executor();
    auto listener = net::Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    async::TaskGroup group(executor);
    group.spawn(answer_slowly(**listener));
    CourierOptions options;
    options.resolver = std::make_shared<dns::CannedResolver>("acme.test MX 10 mx.acme.test\nmx.acme.test A 127.0.0.1\n");
    const auto trust = smtpd::Authority().client();
    options.trust = [trust] { return trust; };
    options.limits.command = std::chrono::seconds(2);
    {
        Courier courier(std::move(options));
        Sending sending = make_sending((*listener)->local().port);
        sending.time_limit = std::chrono::seconds(2);
        co_await carry_into(courier, std::move(sending), carried);
    }
    co_await group.join();
}

TEST(CarryingByDomain, GivesASlowHostItsTimeForEachReplyAndForEachRecipient)
{
    std::vector<DomainCarried> carried;
    async::run_here([&] { return carry_to_slow_host(carried); });
    ASSERT_EQ(carried.size(), 1U);
    ASSERT_EQ(carried[0].report.recipients.size(), 2U);
    for (const auto& recipient : carried[0].report.recipients)
        EXPECT_EQ(recipient.kind, RecipientResult::Kind::delivered) << smtp::format_reply_line(recipient.reply);
}

}  // namespace
}  // namespace sealpost::courier
