// A connection that is cut off, or tampered with, between STARTTLS and the handshake.
#include "serve/courier/courier.hpp"
#include "serve/post_office.hpp"
#include "sys/async/task_group.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <gtest/gtest.h>

namespace sealpost::courier {
namespace {

using Outcome = Attempt::Outcome;

Deadline soon() { return Deadline::after(std::chrono::seconds(20)); }

// `answer` to STARTTLS, then the end. `heard`: all that came.
Task<void> cut_off(net::Listener& listener, std::string answer, std::string& heard)
{
    auto accepted = co_await listener.accept();
    net::TcpStream& stream = **accepted;
    std::array<char, 4096> buffer{};
    for (const std::string_view text :
         {std::string_view("220 mx\r\n"), std::string_view("250-mx\r\n250 STARTTLS\r\n"), std::string_view(answer)}) {
        auto told = co_await stream.write(text, soon());
        if (!text.ends_with('\n')) break;  // gone in the middle of a word
        auto count = co_await stream.read_some(buffer, soon());
        if (told && count) heard.append(buffer.data(), *count);
    }
    stream.close();
}

struct CutOff {
    CarryReport report;
    std::string heard;
};

Task<void> meet(std::string answer, TlsDemand demand, bool require_tls, CutOff& met)
{
    Executor executor = co_await async::this_executor();
    auto listener = net::Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    async::TaskGroup group(executor);
    group.spawn(cut_off(**listener, answer, met.heard));
    CourierOptions options;
    options.resolver =
        std::make_shared<dns::CannedResolver>("acme.test MX 10 mx.acme.test\nacme.test SECURE\nmx.acme.test A 127.0.0.1\n");
    const auto trust = smtpd::Authority().client();
    options.trust = [trust] { return trust; };
    Courier courier(std::move(options));
    Order order;
    order.domain = "acme.test";
    order.tls = demand;
    order.require_tls = require_tls;
    order.mail.mail.sender = {"carol", "partner.test"};
    smtp::RcptTo rcpt;
    rcpt.recipient = {"alice", "acme.test"};
    order.mail.recipients.push_back(std::move(rcpt));
    order.content = [] { return std::make_unique<async::StringSource>("Subject: x\r\n\r\nsecret\r\n"); };
    order.helo_name = "gw.partner.test";
    order.mx_port = (*listener)->local().port;
    auto carried = co_await courier.carry(std::move(order), soon());
    met.report = std::move(carried);
    co_await group.join();
}

CutOff play(const std::string& answer, TlsDemand demand, bool require_tls = false)
{
    CutOff met;
    async::run_here([&] { return meet(answer, demand, require_tls, met); });
    return met;
}

TEST(CutOffFromTls, IsAnUnmetDemandWhateverTheCut)
{
    for (const char* answer : {"22", "220 go\r\n250-mx\r\n250 SIZE\r\n", "nonsense\r\n", "502 no\r\n"}) {
        for (const TlsDemand demand : {TlsDemand::required, TlsDemand::required_verify}) {
            const CutOff met = play(answer, demand);
            ASSERT_EQ(met.report.attempts.size(), 1U) << answer;
            EXPECT_EQ(met.report.attempts[0].outcome, Outcome::tls_unmet) << answer;
            EXPECT_TRUE(met.report.recipients[0].tls_unmet) << answer;
            EXPECT_EQ(met.heard.find("MAIL"), std::string::npos) << met.heard;
        }
    }
}

// A host that starts anew says nothing more; one who says something wrong is there.
TEST(CutOffFromTls, IsALossOnlyWhereNothingMoreIsSaid)
{
    const std::pair<const char*, bool> cases[] = {
        {"22", true},          {"220 go\r\n", true},      {"220 go\r\n250-mx\r\n250 SIZE\r\n", false}, {"nonsense\r\n", false},
        {"502 no\r\n", false}, {"454 not now\r\n", false}};
    for (const auto& [answer, is_lost] : cases)
        EXPECT_EQ(play(answer, TlsDemand::required).report.recipients[0].tls_lost, is_lost) << answer;
}

TEST(CutOffFromTls, IsAPassingTroubleForWhoOnlyPrefersIt)
{
    for (const char* answer : {"22", "220 go\r\n250-mx\r\n250 SIZE\r\n"}) {
        const CutOff met = play(answer, TlsDemand::preferred_verify);
        EXPECT_FALSE(met.report.recipients[0].tls_unmet) << answer;
        EXPECT_EQ(met.report.recipients[0].kind, RecipientResult::Kind::deferred) << answer;
        EXPECT_EQ(met.heard.find("MAIL"), std::string::npos) << met.heard;
    }
}

// RFC 8689 §4.2.1: what may be gone tomorrow is no reason to send the message back.
TEST(CutOffFromTls, FailsAMessageWithRequiretlsForGoodOnlyAfterANoForGood)
{
    for (const char* answer : {"22", "220 go\r\n", "220 go\r\n250-mx\r\n250 SIZE\r\n", "nonsense\r\n", "454 not now\r\n"}) {
        const CutOff met = play(answer, TlsDemand::preferred, true);
        EXPECT_EQ(met.report.recipients[0].kind, RecipientResult::Kind::deferred) << answer;
        EXPECT_TRUE(met.report.recipients[0].tls_unmet) << answer;
    }
    EXPECT_EQ(play("502 no\r\n", TlsDemand::preferred, true).report.recipients[0].kind, RecipientResult::Kind::refused);
}

}  // namespace
}  // namespace sealpost::courier
