#include "serve/post_office.hpp"

#include "sys/async/workers.hpp"
#include "sys/tls/stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace sealpost::smtpd {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Deadline soon() { return Deadline::after(std::chrono::seconds(20)); }

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

Task<std::string> ask(net::ByteStream& stream, std::string line, std::string until)
{
    auto written = co_await stream.write(line, soon());
    EXPECT_TRUE(written.has_value());
    std::string answer = co_await read_until(stream, until);
    co_return answer;
}

const std::string greeting = "220 mx.acme.test ESMTP\r\n";
const std::string envelope = "MAIL FROM:<a@partner.test>\r\nRCPT TO:<alice@acme.test>\r\n";

Task<std::unique_ptr<net::TcpStream>> dial(Endpoint to)
{
    auto stream = co_await net::connect(to, std::nullopt, soon());
    co_return std::move(*stream);
}

Task<void> send_a_message(Endpoint to)
{
    auto stream = co_await dial(to);
    std::string said = co_await read_until(*stream, "\r\n");
    EXPECT_EQ(said, greeting);
    said = co_await ask(*stream, "EHLO client.test\r\n", "250 DSN");
    said = co_await ask(*stream, envelope + "RCPT TO:<x@example.org>\r\nDATA\r\n", "354");
    EXPECT_THAT(said, HasSubstr("550 5.7.1 Relaying denied"));
    said = co_await ask(*stream, "Subject: x\r\n\r\n..\r\n.\r\n", "\r\n");
    EXPECT_EQ(said, "250 2.6.0 Stored\r\n");
    said = co_await ask(*stream, "QUIT\r\n", "");
    EXPECT_EQ(said, "221 2.0.0 Goodbye\r\n");
}

TEST(MailServer, HandsAMessageToItsHandler)
{
    PostOffice office;
    async::run_here([&] { return send_a_message(office.endpoint()); });
    const auto letters = office.letters->take();
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].sender, "a@partner.test");
    EXPECT_THAT(letters[0].recipients, ::testing::ElementsAre("alice@acme.test"));
    EXPECT_EQ(letters[0].content, "Subject: x\r\n\r\n.\r\n");
}

Task<void> be_greeted(Endpoint to, int times)
{
    for (int i = 0; i < times; ++i) {
        auto stream = co_await dial(to);
        const std::string said = co_await read_until(*stream, "\r\n");
        EXPECT_EQ(said, greeting);
    }
}

// The kernel deals connections out (SO_REUSEPORT): that all of so many go to one is as likely as 64 heads in a row.
TEST(MailServer, ServesConnectionsOnEachOfItsWorkers)
{
    PostOffice office;
    async::run_here([&] { return be_greeted(office.endpoint(), 64); });
    EXPECT_EQ(office.letters->threads.size(), office.workers.size());
    EXPECT_GE(office.workers.size(), 2U);
}

Task<void> smuggle(Endpoint to)
{
    auto stream = co_await dial(to);
    std::string said = co_await ask(*stream, "EHLO client.test\r\n", "250 DSN");
    said = co_await ask(*stream, envelope + "DATA\r\n", "354");
    said = co_await ask(*stream, "a\r\n.\n" + envelope + "DATA\r\n" + std::string(100000, 'x'), "");
    EXPECT_THAT(said, StartsWith("554 5.6.0"));
    EXPECT_THAT(said, EndsWith("\r\n"));
}

TEST(MailServer, TellsASmugglerWhyBeforeItCloses)
{
    PostOffice office;
    async::run_here([&] { return smuggle(office.endpoint()); });
    EXPECT_TRUE(office.letters->take().empty());
    office.server->stop(std::chrono::seconds(20));
    EXPECT_EQ(office.letters->resets, 1);
}

Task<void> send_over_starttls(Endpoint to, std::shared_ptr<const tls::ClientContext> context)
{
    auto stream = co_await dial(to);
    std::string said = co_await ask(*stream, "EHLO client.test\r\n", "STARTTLS\r\n");
    said = co_await ask(*stream, "STARTTLS\r\n", "220 2.0.0");
    auto secured = co_await tls::connect_tls(std::move(stream), std::move(context), "mx.acme.test", soon());
    if (!secured) {
        ADD_FAILURE() << secured.error().text;
        co_return;
    }
    EXPECT_TRUE((*secured)->proof().verified());
    said = co_await ask(**secured, envelope, "\r\n503");
    said = co_await ask(**secured, "EHLO client.test\r\n", "250 AUTH PLAIN LOGIN");
    said = co_await ask(**secured, "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n", "\r\n");
    EXPECT_EQ(said, "235 2.7.0 Welcome\r\n");
    said = co_await ask(**secured, envelope + "BDAT 3 LAST\r\nx\r\n", "2.6.0");
    EXPECT_THAT(said, EndsWith("250 2.6.0 Stored\r\n"));
}

MailServerOptions with_tls(const Authority& authority)
{
    MailServerOptions options = PostOffice::plain();
    options.identity = authority.identity("mx.acme.test");
    options.profile.offer_starttls = options.profile.may_offer_auth = true;
    return options;
}

TEST(MailServer, SpeaksStarttlsAndAuth)
{
    const Authority authority;
    PostOffice office(with_tls(authority));
    async::run_here([&] { return send_over_starttls(office.endpoint(), authority.client()); });
    const auto letters = office.letters->take();
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_THAT(letters[0].tls, StartsWith("TLSv1."));
    EXPECT_EQ(letters[0].user, "alice");
}

Task<void> greet_under_tls(Endpoint to, std::shared_ptr<const tls::ClientContext> context)
{
    auto stream = co_await dial(to);
    auto secured = co_await tls::connect_tls(std::move(stream), std::move(context), "mx.acme.test", soon());
    std::string said = co_await read_until(**secured, "\r\n");
    EXPECT_EQ(said, greeting);
    said = co_await ask(**secured, "EHLO client.test\r\nQUIT\r\n", "");
    EXPECT_THAT(said, StartsWith("503 Wait"));
}

TEST(MailServer, SpeaksImplicitTls)
{
    const Authority authority;
    MailServerOptions options = with_tls(authority);
    options.implicit_tls = true;
    PostOffice office(std::move(options));
    async::run_here([&] { return greet_under_tls(office.endpoint(), authority.client()); });
}

// It listens when it has sent all of it.
Task<void> send_much_that_is_broken(std::unique_ptr<net::ByteStream> stream, std::string beginning)
{
    std::string said = co_await ask(*stream, "EHLO client.test\r\n", "250 DSN");
    said = co_await ask(*stream, envelope + "DATA\r\n", "354");
    said = co_await ask(*stream, beginning + "a\nb\r\n" + std::string(8 << 20, 'x'), "");
    EXPECT_EQ(said, "554 5.6.0 The message holds a LF without CR\r\n");
}

Task<void> send_much_in_clear(Endpoint to, std::string beginning)
{
    auto stream = co_await dial(to);
    co_await send_much_that_is_broken(std::move(stream), std::move(beginning));
}

Task<void> send_much_under_tls(Endpoint to, std::shared_ptr<const tls::ClientContext> context, std::string beginning)
{
    auto stream = co_await dial(to);
    auto secured = co_await tls::connect_tls(std::move(stream), std::move(context), "mx.acme.test", soon());
    co_await send_much_that_is_broken(std::move(*secured), std::move(beginning));
}

TEST(MailServer, TellsWhyContentIsBrokenToWhoListensAtItsEndOnly)
{
    const Authority authority;
    MailServerOptions options = with_tls(authority);
    options.implicit_tls = true;
    PostOffice office(std::move(options));
    PostOffice in_clear;
    const std::string overlong = std::string(3000, 'x') + "\r\n";  // for which it is refused, before it is found broken
    for (const std::string& beginning : {std::string(), overlong}) {
        async::run_here([&] { return send_much_under_tls(office.endpoint(), authority.client(), beginning); });
        async::run_here([&] { return send_much_in_clear(in_clear.endpoint(), beginning); });
    }
}

// A server that resets the connection may be quicker than our connect(): nothing was said then, either.
Task<void> hear(Endpoint to, std::string& said)
{
    said.clear();
    auto stream = co_await net::connect(to, std::nullopt, soon());
    if (!stream) co_return;
    auto text = co_await read_until(**stream, "");
    said = std::move(text);
}

Task<void> forget_tls(Endpoint to, std::string& said)
{
    auto stream = co_await dial(to);
    said = co_await ask(*stream, "EHLO client.test\r\n", "250 DSN");
    said = co_await ask(*stream, envelope, "\r\n503 ");
    said = co_await ask(*stream, "QUIT\r\n", "");
}

TEST(MailServer, CountsWhatTheSessionItselfRefuses)
{
    const log::Metrics metrics = log::Metrics::make();
    MailServerOptions options = PostOffice::plain();
    options.profile.require_tls = true;
    options.log = log::Log::silent().with(metrics);
    PostOffice office(std::move(options));
    std::string said;
    async::run_here([&] { return forget_tls(office.endpoint(), said); });
    for (const char* stage : {"mail", "rcpt"})
        EXPECT_THAT(metrics.format_text(),
                    HasSubstr(std::string("sealpost_smtp_refusals_total{listener=\"public\",stage=\"") + stage + "\"} 1\n"));
}

TEST(MailServer, RejectsWithItsHandlersReplyOrResets)
{
    std::string said;
    PostOffice rejecting(PostOffice::plain(), {.at_connect = smtp::Reply(554, "5.7.1", "Not you")});
    async::run_here([&] { return hear(rejecting.endpoint(), said); });
    EXPECT_EQ(said, "554 5.7.1 Not you\r\n");
    PostOffice resetting(PostOffice::plain(), {.tcp_reset = true});
    async::run_here([&] { return hear(resetting.endpoint(), said); });
    EXPECT_EQ(said, "");
}

Task<void> hear_second(Endpoint to, std::string& said)
{
    auto first = co_await dial(to);
    std::string greeted = co_await read_until(*first, "\r\n");
    EXPECT_EQ(greeted, greeting);
    co_await hear(to, said);
}

TEST(MailServer, TurnsAwayConnectionsOverItsLimits)
{
    MailServerOptions total = PostOffice::plain();
    total.max_connections = 1;
    MailServerOptions each = PostOffice::plain();
    each.max_connections_per_address = 1;
    for (const auto& options : {total, each}) {
        PostOffice office(options);
        std::string said;
        async::run_here([&] { return hear_second(office.endpoint(), said); });
        EXPECT_THAT(said, StartsWith("421 4.3.2"));
    }
}

Task<void> hear_beside_another(Endpoint to, std::string& said)
{
    auto first = co_await dial(to);
    co_await hear(to, said);
}

TEST(MailServer, SpeaksNotInClearToWhomItTurnsAwayFromImplicitTls)
{
    const Authority authority;
    MailServerOptions options = with_tls(authority);
    options.implicit_tls = true;
    options.max_connections = 1;
    const log::Metrics metrics = log::Metrics::make();
    options.log = log::Log::silent().with(metrics);
    PostOffice office(std::move(options));
    std::string said = "untouched";
    async::run_here([&] { return hear_beside_another(office.endpoint(), said); });
    EXPECT_EQ(said, "");
    EXPECT_THAT(metrics.format_text(),
                HasSubstr("sealpost_smtp_connections_total{listener=\"public\",result=\"turned_away\"} 1"));
}

TEST(MailServer, EndsASilentConnectionWith421)
{
    MailServerOptions options = PostOffice::plain();
    options.times.command = std::chrono::seconds(0);
    PostOffice office(options);
    std::string said;
    async::run_here([&] { return hear(office.endpoint(), said); });
    EXPECT_EQ(said, greeting + "421 4.4.2 Timed out waiting for you\r\n");
}

Task<void> meet_a_defect(Endpoint to, std::string& said)
{
    auto stream = co_await dial(to);
    said = co_await ask(*stream, "EHLO client.test\r\n", "250 DSN");
    said = co_await ask(*stream, envelope, "");
}

TEST(MailServer, AnswersADefectOfItsHandlerWith421AndGoesOn)
{
    PostOffice office(PostOffice::plain(), {.throws_at_mail = true});
    for (int i = 0; i < 2; ++i) {
        std::string said;
        async::run_here([&] { return meet_a_defect(office.endpoint(), said); });
        EXPECT_THAT(said, StartsWith("421 4.3.0"));
    }
}

// The server is stopped, from another thread, while one session rests and another is in a message.
Task<void> live_through_a_stop(PostOffice& office, std::thread& stopper, std::string& idle_said, std::string& busy_said)
{
    auto idle = co_await dial(office.endpoint());
    auto busy = co_await dial(office.endpoint());
    std::string said = co_await ask(*idle, "EHLO idle.test\r\n", "250 DSN");
    said = co_await ask(*busy, "EHLO busy.test\r\n", "250 DSN");
    said = co_await ask(*busy, envelope + "DATA\r\n", "354");
    stopper = std::thread([&office] { office.server->stop(std::chrono::seconds(20)); });
    idle_said = co_await read_until(*idle, "");
    busy_said = co_await ask(*busy, "a\r\n.\r\n", "");
}

TEST(MailServer, LetsMessagesFinishWhenItStops)
{
    PostOffice office;
    std::thread stopper;
    std::string idle;
    std::string busy;
    async::run_here([&] { return live_through_a_stop(office, stopper, idle, busy); });
    stopper.join();
    EXPECT_THAT(idle, StartsWith("421 4.3.2"));
    EXPECT_THAT(busy, StartsWith("250 2.6.0 Stored\r\n421 4.3.2"));
    EXPECT_EQ(office.letters->take().size(), 1U);
    EXPECT_EQ(office.server->connections(), 0U);
}

// The client has heard why, and neither goes on nor goes away.
Task<void> rest_in_broken_content(PostOffice& office)
{
    auto stream = co_await dial(office.endpoint());
    std::string said = co_await ask(*stream, "EHLO client.test\r\n", "250 DSN");
    said = co_await ask(*stream, envelope + "DATA\r\n", "354");
    said = co_await ask(*stream, "a\nb\r\n", "");
    EXPECT_THAT(said, StartsWith("554 5.6.0"));
    const Deadline patience = Deadline::after(std::chrono::seconds(20));
    office.server->stop(std::chrono::seconds(20));
    EXPECT_FALSE(patience.has_passed());
}

TEST(MailServer, WaitsForNobodyBehindBrokenContentWhenItStops)
{
    PostOffice office;
    async::run_here([&] { return rest_in_broken_content(office); });
    EXPECT_EQ(office.server->connections(), 0U);
}

Task<void> stop_in_the_middle(PostOffice& office, std::string& said)
{
    auto busy = co_await dial(office.endpoint());
    said = co_await ask(*busy, "EHLO busy.test\r\n", "250 DSN");
    said = co_await ask(*busy, envelope + "DATA\r\n", "354");
    office.server->stop(std::chrono::milliseconds(0));
    said = co_await read_until(*busy, "");
}

TEST(MailServer, CutsOffWhatOutlivesTheDrain)
{
    PostOffice office;
    std::string said = "untouched";
    async::run_here([&] { return stop_in_the_middle(office, said); });
    EXPECT_EQ(said, "");
    EXPECT_EQ(office.letters->resets, 1);
}

Task<void> stop_before_the_answer(PostOffice& office, std::shared_ptr<std::atomic<bool>> may_end, std::string& said)
{
    auto busy = co_await dial(office.endpoint());
    said = co_await ask(*busy, "EHLO busy.test\r\n", "250 DSN");
    said = co_await ask(*busy, envelope + "DATA\r\n", "354");
    auto written = co_await busy->write("a\r\n.\r\nMAIL FROM:<next@partner.test>\r\n", soon());
    EXPECT_TRUE(written.has_value());
    while (office.letters->ends == 0) {
        auto slept = co_await async::sleep_until(Deadline::after(std::chrono::milliseconds(5)));
        EXPECT_TRUE(slept.has_value());
    }
    office.server->begin_stop(Deadline::after(std::chrono::seconds(0)));
    *may_end = true;
    said = co_await read_until(*busy, "");
}

// Else the client would send again what is stored.
TEST(MailServer, AnswersContentThatCameBeforeTheEndOfTheDrain)
{
    auto may_end = std::make_shared<std::atomic<bool>>(false);
    PostOffice office(PostOffice::plain(), {.may_end = may_end});
    std::string said;
    async::run_here([&] { return stop_before_the_answer(office, may_end, said); });
    office.server->await_stop();
    EXPECT_THAT(said, StartsWith("250 2.6.0 Stored\r\n421 4.3.2"));
    EXPECT_EQ(office.letters->take().size(), 1U);
}

Task<void> hang_in_the_handshake(PostOffice& office)
{
    auto stream = co_await dial(office.endpoint());
    std::string said = co_await ask(*stream, "EHLO slow.test\r\n", "250");
    said = co_await ask(*stream, "STARTTLS\r\n", "220 2.0.0");
    office.server->stop(std::chrono::milliseconds(0));
    said = co_await read_until(*stream, "");
}

TEST(MailServer, StopsDuringAHandshake)
{
    const Authority authority;
    PostOffice office(with_tls(authority));
    async::run_here([&] { return hang_in_the_handshake(office); });
    EXPECT_EQ(office.server->connections(), 0U);
}

}  // namespace
}  // namespace sealpost::smtpd
