#include "serve/courier/courier.hpp"

#include "serve/post_office.hpp"
#include "sys/async/task_group.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sealpost::courier {
namespace {

using smtpd::Authority;
using smtpd::MailServerOptions;
using smtpd::PostOffice;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Kind = RecipientResult::Kind;
using Outcome = Attempt::Outcome;

Deadline soon() { return Deadline::after(std::chrono::seconds(20)); }

constexpr const char* zone = R"(
acme.test      MX 10 mx.acme.test
mx.acme.test   A  127.0.0.1
null.test      MX 0 .
broken.test    TEMPORARY
lost.test      MX 10 nowhere.test
both.test      MX 10 mx1.both.test
both.test      MX 20 mx.acme.test
mx1.both.test  A  127.0.0.2
)";

const std::string letter = "Subject: x\r\n\r\n.dot\r\nend\r\n";

Order order_for(std::uint16_t port, std::vector<std::string> locals, TlsDemand tls = TlsDemand::none,
                const std::string& content = letter)
{
    Order order;
    order.domain = "acme.test";
    order.tls = tls;
    order.mail.mail.sender = {"carol", "partner.test"};
    for (std::string& local : locals) {
        smtp::RcptTo rcpt;
        rcpt.recipient = {std::move(local), "acme.test"};
        order.mail.recipients.push_back(std::move(rcpt));
    }
    order.content = [content] { return std::make_unique<async::StringSource>(content); };
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

Task<void> carry_into(Courier& courier, Order order, CarryReport& report)
{
    auto carried = co_await courier.carry(std::move(order), soon());
    report = std::move(carried);
    co_await courier.close_idle();
}

CarryReport carry(Order order, std::shared_ptr<const tls::ClientContext> trust = Authority().client())
{
    Courier courier(options_with(std::move(trust)));
    CarryReport report;
    async::run_here([&] { return carry_into(courier, std::move(order), report); });
    return report;
}

MailServerOptions with_tls(const Authority& authority, const std::string& name)
{
    MailServerOptions options = PostOffice::plain();
    options.identity = authority.identity(name);
    options.profile.offer_starttls = true;
    options.profile.may_offer_auth = true;
    return options;
}

TEST(Courier, ReportsTheFateOfEachRecipient)
{
    PostOffice office;
    const CarryReport report = carry(order_for(office.port(), {"alice", "nobody", "later"}));
    ASSERT_EQ(report.recipients.size(), 3U);
    EXPECT_EQ(report.recipients[0].kind, Kind::delivered);
    EXPECT_EQ(report.recipients[0].reply.enhanced, "2.6.0");
    EXPECT_EQ(report.recipients[1].kind, Kind::refused);
    EXPECT_EQ(report.recipients[1].reply.enhanced, "5.1.1");
    EXPECT_EQ(report.recipients[2].kind, Kind::deferred);
    EXPECT_EQ(report.recipients[2].reply.enhanced, "4.2.1");
    ASSERT_EQ(report.attempts.size(), 1U);
    EXPECT_EQ(report.attempts[0].host, "mx.acme.test");
    EXPECT_FALSE(report.attempts[0].tls.has_value());
    const auto letters = office.letters->take();
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].content, letter);
}

struct TlsCase {
    const char* name;
    TlsDemand demand;
    const char* certificate;  // null: no STARTTLS
    bool trusted;
    bool delivered;
    bool in_tls;
};

class TlsDemands : public ::testing::TestWithParam<TlsCase> {};

TEST_P(TlsDemands, AreMetOrNothingIsSent)
{
    const TlsCase& given = GetParam();
    const Authority authority;
    PostOffice office(given.certificate == nullptr ? PostOffice::plain() : with_tls(authority, given.certificate));
    const auto trust = given.trusted ? authority.client() : Authority().client();
    const CarryReport report = carry(order_for(office.port(), {"alice"}, given.demand), trust);
    const auto letters = office.letters->take();
    ASSERT_EQ(letters.size(), given.delivered ? 1U : 0U);
    ASSERT_EQ(report.attempts.size(), 1U);
    EXPECT_EQ(report.recipients[0].kind, given.delivered ? Kind::delivered : Kind::deferred);
    EXPECT_EQ(report.recipients[0].tls_unmet, !given.delivered);
    EXPECT_EQ(report.attempts[0].outcome, given.delivered ? Outcome::completed : Outcome::tls_unmet);
    if (given.delivered) {
        EXPECT_EQ(!letters[0].tls.empty(), given.in_tls);
    }
    if (given.certificate != nullptr && given.demand != TlsDemand::none) {
        ASSERT_TRUE(report.attempts[0].tls.has_value());
        EXPECT_EQ(report.attempts[0].tls->verified, given.trusted && std::string(given.certificate) == "mx.acme.test");
        EXPECT_EQ(report.attempts[0].tls->fingerprint.size(), 64U);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Each, TlsDemands,
    ::testing::Values(TlsCase{"NoneThoughOffered", TlsDemand::none, "mx.acme.test", true, true, false},
                      TlsCase{"PreferredAndOffered", TlsDemand::preferred, "mx.acme.test", false, true, true},
                      TlsCase{"PreferredNotOffered", TlsDemand::preferred, nullptr, true, true, false},
                      TlsCase{"RequiredNotOffered", TlsDemand::required, nullptr, true, false, false},
                      TlsCase{"RequiredWithAnyCertificate", TlsDemand::required, "other.test", false, true, true},
                      TlsCase{"PreferredVerifyNotOffered", TlsDemand::preferred_verify, nullptr, true, true, false},
                      TlsCase{"PreferredVerifyGood", TlsDemand::preferred_verify, "mx.acme.test", true, true, true},
                      TlsCase{"PreferredVerifyUntrusted", TlsDemand::preferred_verify, "mx.acme.test", false, false, true},
                      TlsCase{"VerifyNotOffered", TlsDemand::required_verify, nullptr, true, false, false},
                      TlsCase{"VerifyGood", TlsDemand::required_verify, "mx.acme.test", true, true, true},
                      TlsCase{"VerifyUntrusted", TlsDemand::required_verify, "mx.acme.test", false, false, true},
                      TlsCase{"VerifyOtherName", TlsDemand::required_verify, "other.test", true, false, true},
                      TlsCase{"VerifyDomainInsteadOfHost", TlsDemand::required_verify, "acme.test", true, false, true}),
    [](const auto& given) { return given.param.name; });

// Says 220 to STARTTLS, and then has no idea of TLS.
Task<void> break_handshake(net::Listener& listener)
{
    auto accepted = co_await listener.accept();
    auto& stream = **accepted;
    std::array<char, 4096> buffer{};
    auto told = co_await stream.write("220 mx\r\n", soon());
    auto heard = co_await stream.read_some(buffer, soon());
    told = co_await stream.write("250-mx\r\n250 STARTTLS\r\n", soon());
    heard = co_await stream.read_some(buffer, soon());
    told = co_await stream.write("220 go\r\n", soon());
    heard = co_await stream.read_some(buffer, soon());
    told = co_await stream.write("what is this? speak plainly\r\n", soon());
    heard = co_await stream.read_some(buffer, soon());
    EXPECT_TRUE(!heard || *heard == 0 || std::string_view(buffer.data(), *heard).find("MAIL") == std::string_view::npos);
}

Task<void> meet_broken_handshake(CarryReport& report)
{
    Executor executor = co_await async::this_executor();
    auto listener = net::Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    async::TaskGroup group(executor);
    group.spawn(break_handshake(**listener));
    Courier courier(options_with(Authority().client()));
    Order order = order_for((*listener)->local().port, {"alice"}, TlsDemand::preferred);
    auto carried = co_await courier.carry(std::move(order), soon());
    report = std::move(carried);
    co_await group.join();
}

TEST(Courier, NeverFallsBackToClearTextAfterTheServerAgreedToTls)
{
    CarryReport report;
    async::run_here([&] { return meet_broken_handshake(report); });
    ASSERT_EQ(report.attempts.size(), 1U);
    EXPECT_EQ(report.attempts[0].outcome, Outcome::tls_unmet);
    EXPECT_EQ(report.attempts[0].stage, smtp::Stage::tls);
    EXPECT_EQ(report.recipients[0].kind, Kind::deferred);
}

struct DnsCase {
    const char* domain;
    Kind kind;
    const char* enhanced;
};

TEST(Courier, MapsWhatDnsSays)
{
    for (const DnsCase& given :
         {DnsCase{"null.test", Kind::refused, "5.1.10"}, DnsCase{"unknown.test", Kind::refused, "5.1.2"},
          DnsCase{"broken.test", Kind::deferred, "4.4.3"}, DnsCase{"lost.test", Kind::deferred, "4.4.1"}}) {
        Order order = order_for(25, {"alice"});
        order.domain = given.domain;
        const CarryReport report = carry(std::move(order));
        EXPECT_EQ(report.recipients[0].kind, given.kind) << given.domain;
        EXPECT_EQ(report.recipients[0].reply.enhanced, given.enhanced) << given.domain;
    }
}

TEST(Courier, LeavesFromASendAddressOnlyWhereItIsThisMachines)
{
    PostOffice office;
    Order order = order_for(office.port(), {"alice"});
    order.from = net::SourceAddresses::preferring({*parse_ip("192.0.2.10"), *parse_ip("::1")});
    EXPECT_EQ(carry(std::move(order)).recipients[0].kind, Kind::delivered);
}

TEST(Courier, NamesASourceAddressThatIsNotThisMachines)
{
    for (const char* address : {"192.0.2.10", "::1"}) {
        PostOffice office;
        Order order = order_for(office.port(), {"alice"});
        order.from = parse_ip(address);
        const CarryReport report = carry(std::move(order));
        EXPECT_EQ(report.recipients[0].kind, Kind::deferred);
        EXPECT_EQ(report.recipients[0].reply.enhanced, "4.3.5");
        EXPECT_THAT(report.recipients[0].reply.text(), HasSubstr("delivery.source_address"));
        EXPECT_EQ(report.attempts.at(0).outcome, Outcome::misconfigured);
    }
}

TEST(Courier, GoesOnToTheNextHost)
{
    PostOffice office;
    Order order = order_for(office.port(), {"alice"});
    order.domain = "both.test";  // its first host does not listen
    const CarryReport report = carry(std::move(order));
    ASSERT_EQ(report.attempts.size(), 2U);
    EXPECT_EQ(report.attempts[0].outcome, Outcome::unreachable);
    EXPECT_EQ(report.recipients[0].kind, Kind::delivered);
    EXPECT_EQ(report.recipients[0].attempt, 1U);
}

TEST(Courier, GoesOnAfterARefusedGreetingAndATemporaryFailure)
{
    PostOffice refusing(PostOffice::plain(), {.at_connect = smtp::Reply(554, "5.7.1", "Not you")});
    PostOffice full(PostOffice::plain(), {.at_end = smtp::Reply(452, "4.3.1", "Disk full")});
    PostOffice good;
    Order order = order_for(25, {"alice", "nobody"});
    order.route = {{"127.0.0.1", good.port(), 30}, {"127.0.0.1", full.port(), 20}, {"127.0.0.1", refusing.port(), 10}};
    const CarryReport report = carry(std::move(order));
    ASSERT_EQ(report.attempts.size(), 3U);
    EXPECT_EQ(report.attempts[0].stage, smtp::Stage::greeting);
    EXPECT_EQ(report.attempts[1].reply->enhanced, "4.3.1");
    EXPECT_EQ(report.recipients[0].kind, Kind::delivered);
    EXPECT_EQ(report.recipients[1].kind, Kind::refused);
    EXPECT_EQ(report.recipients[1].attempt, 1U);  // 5xx is final: the third host was not asked
}

TEST(Courier, TakesAPermanentRefusalOfMailAsFinal)
{
    PostOffice office(PostOffice::plain(), {.to_mail = smtp::Reply(550, "5.7.1", "Not that sender")});
    const CarryReport refused = carry(order_for(office.port(), {"alice"}));
    EXPECT_EQ(refused.recipients[0].kind, Kind::refused);
    EXPECT_EQ(refused.attempts[0].outcome, Outcome::refused);
}

TEST(Courier, DefersWhenTheServerWantsTlsThatTheOrderDoesNotUse)
{
    MailServerOptions options = PostOffice::plain();
    options.profile.require_tls = true;
    PostOffice office(options);
    const CarryReport report = carry(order_for(office.port(), {"alice"}));
    EXPECT_EQ(report.recipients[0].kind, Kind::deferred);
    EXPECT_TRUE(report.recipients[0].tls_unmet);
}

TEST(Courier, SendsTheRestAgainWhenTheServerTakesFewRecipients)
{
    MailServerOptions options = PostOffice::plain();
    options.profile.limits.max_recipients = 2;
    PostOffice office(options);
    const CarryReport report = carry(order_for(office.port(), {"a", "b", "c", "d", "e"}));
    for (const RecipientResult& result : report.recipients) EXPECT_EQ(result.kind, Kind::delivered);
    EXPECT_EQ(office.letters->take().size(), 3U);
    EXPECT_EQ(office.letters->connections, 1);
}

TEST(Courier, RefusesContentWithBareLineEnds)
{
    PostOffice office;
    const CarryReport report = carry(order_for(office.port(), {"alice"}, TlsDemand::none, "a\nb\r\n"));
    EXPECT_EQ(report.recipients[0].kind, Kind::refused);
    EXPECT_EQ(report.recipients[0].reply.enhanced, "5.6.0");
    EXPECT_TRUE(office.letters->take().empty());
}

TEST(Courier, SignsInOverTlsOnly)
{
    const Authority authority;
    PostOffice office(with_tls(authority, "mx.acme.test"));
    Order order = order_for(25, {"alice"}, TlsDemand::required_verify);
    auto login = std::make_shared<Login>(Login{"carol", Secret::copy_of("secret")});
    order.route = {{"mx.acme.test", office.port(), 0, login}};
    Order in_clear = order;
    in_clear.tls = TlsDemand::none;
    const CarryReport signed_in = carry(std::move(order), authority.client());
    EXPECT_EQ(signed_in.recipients[0].kind, Kind::delivered);
    EXPECT_EQ(office.letters->take().at(0).user, "carol");
    const CarryReport refused = carry(std::move(in_clear), authority.client());
    EXPECT_EQ(refused.attempts[0].stage, smtp::Stage::auth);
    EXPECT_TRUE(office.letters->take().empty());
}

Task<void> carry_thrice(Courier& courier, PostOffice& first, std::vector<CarryReport>& reports)
{
    for (const TlsDemand demand : {TlsDemand::none, TlsDemand::none, TlsDemand::preferred}) {
        Order order = order_for(first.port(), {"alice"}, demand);
        auto report = co_await courier.carry(std::move(order), soon());
        reports.push_back(std::move(report));
    }
    EXPECT_EQ(courier.idle_connections(), 2U);
    first.server->stop(std::chrono::seconds(20));  // the connections at rest hear 421
    Order order = order_for(first.port(), {"alice"});
    auto report = co_await courier.carry(std::move(order), soon());
    reports.push_back(std::move(report));
    co_await courier.close_idle();
}

TEST(Courier, UsesConnectionsAgainButNotForAnotherDemand)
{
    PostOffice office;
    Courier courier(options_with(Authority().client()));
    std::vector<CarryReport> reports;
    async::run_here([&] { return carry_thrice(courier, office, reports); });
    EXPECT_FALSE(reports[0].attempts[0].reused);
    EXPECT_TRUE(reports[1].attempts[0].reused);
    EXPECT_FALSE(reports[2].attempts[0].reused);
    EXPECT_EQ(reports[0].attempts[0].delivery, reports[1].attempts[0].delivery);
    EXPECT_NE(reports[0].attempts[0].delivery, reports[2].attempts[0].delivery);
    EXPECT_EQ(office.letters->connections, 2);
    ASSERT_EQ(reports[3].attempts.size(), 1U);  // that it died at rest is no attempt
    EXPECT_EQ(reports[3].attempts[0].outcome, Outcome::unreachable);
    EXPECT_EQ(reports[3].attempts[0].stage, smtp::Stage::connect);
}

// Takes one message, hears QUIT, and does not answer it.
Task<void> take_and_fall_silent(net::Listener& listener, std::size_t& silent)
{
    auto accepted = co_await listener.accept();
    net::TcpStream& stream = **accepted;
    for (const std::string_view code : {"220", "250", "250", "250", "354", "250"}) {
        const std::string answer = std::string(code) + " mx\r\n";
        const std::string_view end = code == "354" ? "\r\n.\r\n" : "\r\n";
        [[maybe_unused]] auto told = co_await stream.write(answer, soon());
        std::string heard;
        std::array<char, 4096> buffer{};
        while (!heard.ends_with(end)) {
            auto count = co_await stream.read_some(buffer, soon());
            if (!count || *count == 0) co_return;
            heard.append(buffer.data(), *count);
        }
    }
    ++silent;
    [[maybe_unused]] auto slept = co_await async::sleep_until(Deadline::never());
}

Task<void> leave_two_silent_hosts(PostOffice& office, std::chrono::steady_clock::duration& next, std::size_t& silent)
{
    Executor executor = co_await async::this_executor();
    auto one = net::Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    auto other = net::Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    auto options = options_with(Authority().client());
    options.limits.idle = std::chrono::seconds(0);
    Courier courier(std::move(options));
    async::TaskGroup hosts(executor);
    hosts.spawn(take_and_fall_silent(**one, silent));
    hosts.spawn(take_and_fall_silent(**other, silent));
    for (const std::uint16_t port : {(*one)->local().port, (*other)->local().port}) {
        Order order = order_for(port, {"alice"});
        auto report = co_await courier.carry(std::move(order), soon());
        EXPECT_EQ(report.recipients[0].kind, Kind::delivered);
    }
    const auto begun = std::chrono::steady_clock::now();
    Order order = order_for(office.port(), {"alice"});
    auto report = co_await courier.carry(std::move(order), soon());
    next = std::chrono::steady_clock::now() - begun;
    EXPECT_EQ(report.recipients[0].kind, Kind::delivered);
    async::TaskGroup leaving(executor);
    leaving.spawn(courier.close_idle());
    for (int i = 0; i < 2000 && silent < 2; ++i) {
        auto slept = co_await async::sleep_until(Deadline::after(std::chrono::milliseconds(1)));
        if (!slept) break;
    }
    leaving.cancel();
    hosts.cancel();
    co_await leaving.join();
    co_await hosts.join();
}

TEST(Courier, WaitsForNoHostThatDoesNotAnswerItsQuit)
{
    PostOffice office;
    std::chrono::steady_clock::duration next{};
    std::size_t silent = 0;
    async::run_here([&] { return leave_two_silent_hosts(office, next, silent); });
    EXPECT_LT(next, std::chrono::seconds(4));
    EXPECT_EQ(silent, 2U) << "both heard QUIT at the same time";
}

TEST(Courier, CarriesALargeMessageByteForByte)
{
    std::string large = "Subject: large\r\n\r\n";
    while (large.size() < 5'000'000) large += std::string(large.size() % 3, '.') + std::string(large.size() % 900, 'z') + "\r\n";
    const Authority authority;
    PostOffice office(with_tls(authority, "mx.acme.test"));
    const CarryReport report = carry(order_for(office.port(), {"alice"}, TlsDemand::required_verify, large), authority.client());
    EXPECT_EQ(report.recipients[0].kind, Kind::delivered);
    EXPECT_TRUE(office.letters->take().at(0).content == large);
}

}  // namespace
}  // namespace sealpost::courier
