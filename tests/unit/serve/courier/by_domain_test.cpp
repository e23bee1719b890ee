#include "serve/courier/by_domain.hpp"

#include "host_script.hpp"
#include "serve/post_office.hpp"
#include "sys/async/give_way.hpp"
#include "sys/async/task_group.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <gtest/gtest.h>

namespace sealpost::courier {
namespace {

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

CourierOptions make_options()
{
    CourierOptions options;
    options.resolver = std::make_shared<dns::CannedResolver>("acme.test MX 10 mx.acme.test\nmx.acme.test A 127.0.0.1\n");
    const auto trust = smtpd::Authority().client();
    options.trust = [trust] { return trust; };
    return options;
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
    Courier courier(make_options());
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

// Takes the message for one recipient, and says nothing to a second transaction.
Task<void> take_one(net::Listener& listener, async::Signal& silent)
{
    auto accepted = co_await listener.accept();
    net::TcpStream& stream = **accepted;
    for (const std::string_view code : {"220", "250", "250", "250", "354", "250"}) {
        const std::string answer = std::string(code) + " mx\r\n";
        [[maybe_unused]] auto told = co_await stream.write(answer, soon());
        co_await hear_until(stream, code == "354" ? "\r\n.\r\n" : "\r\n");
    }
    silent.notify();
    [[maybe_unused]] auto slept = co_await async::sleep_until(Deadline::never());
}

Task<void> break_off_behind_first(std::vector<DomainCarried>& carried)
{
    Executor executor = co_await async::this_executor();
    auto listener = net::Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    CourierOptions options = make_options();
    options.limits.max_recipients = 1;
    Courier courier(std::move(options));
    async::Signal silent(executor);
    async::TaskGroup group(executor);
    group.spawn(take_one(**listener, silent));
    group.spawn(carry_into(courier, make_sending((*listener)->local().port), carried));
    [[maybe_unused]] const bool told = co_await silent.wait(soon());
    group.cancel();
    co_await group.join();
}

TEST(CarryingByDomain, RemembersWhoHasTheMessageWhenItIsBrokenOff)
{
    std::vector<DomainCarried> carried;
    async::run_here([&] { return break_off_behind_first(carried); });
    ASSERT_EQ(carried.size(), 1U);
    ASSERT_EQ(carried[0].report.recipients.size(), 2U);
    EXPECT_EQ(to_outcome(carried[0], 0).kind, queue::RecipientOutcome::Kind::delivered);
    EXPECT_EQ(to_outcome(carried[0], 1).kind, queue::RecipientOutcome::Kind::retry);
    EXPECT_FALSE(to_outcome(carried[0], 0).passed_notify_on) << "it offered no DSN";
}

// Says these, one after each line that it hears, and goes.
Task<void> say_and_go(net::Listener& listener, std::vector<std::string> answers)
{
    auto accepted = co_await listener.accept();
    net::TcpStream& stream = **accepted;
    for (const std::string& answer : answers) {
        [[maybe_unused]] auto told = co_await stream.write(answer, soon());
        co_await hear_until(stream, "\r\n");
    }
}

Task<void> carry_to_host(std::vector<std::string> answers, std::vector<DomainCarried>& carried)
{
    Executor executor = co_await async::this_executor();
    auto listener = net::Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    Courier courier(make_options());
    async::TaskGroup group(executor);
    group.spawn(say_and_go(**listener, std::move(answers)));
    group.spawn(carry_into(courier, make_sending((*listener)->local().port), carried));
    co_await group.join();
}

// RFC 3464 §2.3.6
TEST(CarryingByDomain, QuotesAHostThatGreetsWithARefusalAsItSaidIt)
{
    std::vector<DomainCarried> carried;
    async::run_here([&] { return carry_to_host({"554 5.7.1 blocked\r\n"}, carried); });
    ASSERT_EQ(carried.size(), 1U);
    for (std::size_t i = 0; i < 2; ++i) {
        const queue::RecipientOutcome outcome = to_outcome(carried[0], i);
        EXPECT_EQ(outcome.kind, queue::RecipientOutcome::Kind::retry);
        EXPECT_EQ(outcome.remote_host, "mx.acme.test");
        EXPECT_EQ(outcome.text, "554 5.7.1 blocked");
        EXPECT_FALSE(outcome.is_own_word);
    }
}

TEST(CarryingByDomain, QuotesAHostThatIsLostForTheRecipientsThatItHadRefused)
{
    std::vector<DomainCarried> carried;
    const std::vector<std::string> answers{"220 mx\r\n", "250 mx\r\n", "250 OK\r\n", "550 5.1.1 no such user\r\n", "250 OK\r\n"};
    async::run_here([&] { return carry_to_host(answers, carried); });
    ASSERT_EQ(carried.size(), 1U);
    const queue::RecipientOutcome alice = to_outcome(carried[0], 0);
    EXPECT_EQ(alice.kind, queue::RecipientOutcome::Kind::failed);
    EXPECT_EQ(alice.text, "550 5.1.1 no such user");
    EXPECT_FALSE(alice.is_own_word);
    const queue::RecipientOutcome bob = to_outcome(carried[0], 1);
    EXPECT_EQ(bob.kind, queue::RecipientOutcome::Kind::retry);
    EXPECT_EQ(bob.remote_host, "mx.acme.test");
    EXPECT_TRUE(bob.is_own_word);
}

// RFC 3461 §5.2.2
TEST(CarryingByDomain, LeavesTheReportOfSuccessToAHostThatTakesNotify)
{
    smtpd::PostOffice office;
    CourierOptions options = make_options();
    options.limits.max_idle_connections = 0;
    Courier courier(std::move(options));
    std::vector<DomainCarried> carried;
    async::run_here([&] { return carry_into(courier, make_sending(office.port()), carried); });
    ASSERT_EQ(carried.size(), 1U);
    EXPECT_EQ(to_outcome(carried[0], 0).kind, queue::RecipientOutcome::Kind::delivered);
    EXPECT_TRUE(to_outcome(carried[0], 0).passed_notify_on);
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
    CourierOptions options = make_options();
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

// Its store is away.
class UnreadableSource final : public async::ByteSource {
public:
    explicit UnreadableSource(Fault fault) : fault_(fault) {}
    Task<Result<std::string>> next() override { co_return Error{fault_, "the store is not there"}; }

private:
    Fault fault_;
};

// Content that cannot be read the first time, when it is to be signed.
std::vector<DomainCarried> carry_signed(std::uint16_t port, Fault fault)
{
    const SystemClock clock;
    const Secret key = crypto::PrivateKey::make_ed25519().value().to_pem();
    std::vector<ContentKey> keys{{dkim::SigningKey::make("partner.test", "s1", key).value()}};
    Sending sending = make_sending(port);
    sending.signer = std::make_shared<ContentSigner>(std::move(keys), clock, log::Log::silent());
    sending.content->read = [fault, good = sending.content->read,
                             is_first = true]() mutable -> std::unique_ptr<async::ByteSource> {
        if (std::exchange(is_first, false)) return std::make_unique<UnreadableSource>(fault);
        return good();
    };
    CourierOptions options = make_options();
    options.limits.max_idle_connections = 0;
    Courier courier(std::move(options));
    std::vector<DomainCarried> carried;
    async::run_here([&] { return carry_into(courier, std::move(sending), carried); });
    return carried;
}

TEST(CarryingByDomain, SendsNothingUnsignedBecauseItsStoreIsAwayForAMoment)
{
    smtpd::PostOffice office;
    const auto carried = carry_signed(office.port(), Fault::retry_later);
    ASSERT_EQ(carried.size(), 1U);
    ASSERT_EQ(carried[0].report.recipients.size(), 2U);
    EXPECT_TRUE(office.letters->take().empty());
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(to_outcome(carried[0], i).kind, queue::RecipientOutcome::Kind::retry);
        EXPECT_EQ(to_outcome(carried[0], i).enhanced_code, "4.3.0");
    }
}

TEST(CarryingByDomain, SendsUnsignedWhatCanNeverBeSigned)
{
    smtpd::PostOffice office;
    const auto carried = carry_signed(office.port(), Fault::give_up);
    EXPECT_EQ(to_outcome(carried.at(0), 0).kind, queue::RecipientOutcome::Kind::delivered);
    EXPECT_EQ(office.letters->take().size(), 1U);
}

std::string domain(std::size_t number) { return "d" + std::to_string(number) + ".test"; }

Task<void> let_in(net::Listener& listener, std::vector<std::unique_ptr<net::TcpStream>>& guests)
{
    for (;;) {
        auto accepted = co_await listener.accept();
        if (!accepted) co_return;
        guests.push_back(std::move(*accepted));
    }
}

Task<void> send_away(std::unique_ptr<net::TcpStream> guest)
{
    [[maybe_unused]] auto told = co_await guest->write("554 no\r\n", soon());
}

// Greets nobody before everybody is in who would come now; `guests` is how many these were.
Task<void> keep_waiting(net::Listener& listener, std::size_t domains, std::size_t& guests)
{
    std::vector<std::unique_ptr<net::TcpStream>> inside;
    while (inside.size() < max_domains_at_once) {
        auto accepted = co_await listener.accept();
        inside.push_back(std::move(*accepted));
    }
    Executor executor = co_await async::this_executor();
    async::TaskGroup door(executor);
    door.spawn(let_in(listener, inside));
    for (int i = 0; i < 1000; ++i) co_await async::give_way();
    door.cancel();
    co_await door.join();
    guests = inside.size();
    for (auto& guest : inside) co_await send_away(std::move(guest));
    for (std::size_t gone = guests; gone < domains; ++gone) {
        auto accepted = co_await listener.accept();
        co_await send_away(std::move(*accepted));
    }
}

Task<void> carry_to_domains(Courier& courier, Sending sending, std::size_t domains, std::vector<DomainCarried>& into)
{
    queue::DueMessage message;
    message.sender = "carol@partner.test";
    for (std::size_t i = 0; i < domains; ++i) message.recipients.push_back({static_cast<int>(i), "a@" + domain(i), "", ""});
    const auto plan = [](const std::string&) { return DomainPlan(); };
    auto carried = co_await carry_by_domain(courier, nullptr, std::move(message), std::move(sending), plan);
    into = std::move(carried);
}

Task<void> crowd(std::size_t domains, std::vector<DomainCarried>& carried, std::size_t& guests)
{
    Executor executor = co_await async::this_executor();
    auto listener = net::Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    std::string zone;
    for (std::size_t i = 0; i < domains; ++i) zone += domain(i) + " MX 10 mx.test\n";
    CourierOptions options;
    options.resolver = std::make_shared<dns::CannedResolver>(zone + "mx.test A 127.0.0.1\n");
    const auto trust = smtpd::Authority().client();
    options.trust = [trust] { return trust; };
    Courier courier(std::move(options));
    async::TaskGroup group(executor);
    group.spawn(keep_waiting(**listener, domains, guests));
    group.spawn(carry_to_domains(courier, make_sending((*listener)->local().port), domains, carried));
    co_await group.join();
}

TEST(CarryingByDomain, KeepsTheDomainsOfOneMessageFromTakingAllConnections)
{
    constexpr std::size_t domains = 2 * max_domains_at_once + 3;
    std::vector<DomainCarried> carried;
    std::size_t guests = 0;
    async::run_here([&] { return crowd(domains, carried, guests); });
    EXPECT_EQ(guests, max_domains_at_once);
    ASSERT_EQ(carried.size(), domains);
    for (const DomainCarried& each : carried) EXPECT_EQ(each.report.attempts.size(), 1U) << each.domain;
}

}  // namespace
}  // namespace sealpost::courier
