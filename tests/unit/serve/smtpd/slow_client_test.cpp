// Clients that take their time, each over a real connection: none of them keeps its place.
#include "serve/post_office.hpp"

#include "sys/async/workers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace sealpost::smtpd {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string timed_out = "421 4.4.2 Timed out waiting for you\r\n";
const std::string lasted_long_enough = "421 4.4.2 This connection has lasted long enough; connect again\r\n";
const std::string greeting = "220 mx.acme.test ESMTP\r\n";

Deadline soon() { return Deadline::after(std::chrono::seconds(20)); }

Task<std::string> read_until(net::ByteStream& stream, std::string what, Deadline deadline)
{
    std::string text;
    std::array<char, 4096> buffer{};
    while (what.empty() || text.find(what) == std::string::npos) {
        auto count = co_await stream.read_some(buffer, deadline);
        if (!count || *count == 0) co_return text;
        text.append(buffer.data(), *count);
    }
    co_return text;
}

// Sends one octet after the other of what has no end, until it hears something or the connection is gone.
Task<std::string> drip(net::ByteStream& stream)
{
    const Deadline patience = soon();
    while (!patience.has_passed()) {
        auto written = co_await stream.write("x", soon());
        std::string said = co_await read_until(stream, "\n", Deadline::after(std::chrono::milliseconds(50)));
        if (!said.empty() || !written) co_return said;
    }
    co_return "nothing for a long time";
}

Task<void> drip_a_command(Endpoint to, std::string& said)
{
    auto stream = co_await net::connect(to, std::nullopt, soon());
    said = co_await read_until(**stream, "\n", soon());
    said = co_await drip(**stream);
}

TEST(SlowClient, GetsItsTimeForAWholeCommandAndNotForEachOctet)
{
    MailServerOptions options = PostOffice::plain();
    options.times.command = std::chrono::seconds(1);
    PostOffice office(options);
    std::string said;
    async::run_here([&] { return drip_a_command(office.endpoint(), said); });
    EXPECT_EQ(said, timed_out);
}

Task<void> drip_content(Endpoint to, std::string begin, std::string until, std::string& said)
{
    auto stream = co_await net::connect(to, std::nullopt, soon());
    said = co_await read_until(**stream, "\n", soon());
    auto written = co_await (*stream)->write("EHLO slow.test\r\n", soon());
    said = co_await read_until(**stream, "250 DSN", soon());
    written = co_await (*stream)->write("MAIL FROM:<a@partner.test>\r\nRCPT TO:<alice@acme.test>\r\n" + begin, soon());
    said = co_await read_until(**stream, until, soon());
    said = co_await drip(**stream);
}

void expect_least_rate(std::uint64_t max_message_bytes)
{
    for (const auto& [begin, until] : {std::pair("DATA\r\n", "354 "), std::pair("BDAT 1000000\r\n", "250 2.1.5")}) {
        MailServerOptions options = PostOffice::plain();
        options.profile.limits.max_message_bytes = max_message_bytes;
        options.times.content_read = std::chrono::seconds(1);
        options.times.least_content_rate = 1'000'000;
        PostOffice office(options);
        std::string said;
        async::run_here([&, begin = begin, until = until] { return drip_content(office.endpoint(), begin, until, said); });
        EXPECT_THAT(said, EndsWith(timed_out)) << begin;
        EXPECT_TRUE(office.letters->take().empty());
    }
}

TEST(SlowClient, HasToSendContentAtItsLeastRate) { expect_least_rate(PostOffice::plain().profile.limits.max_message_bytes); }

TEST(SlowClient, HasToSendTheRestOfRefusedContentAtItsLeastRate) { expect_least_rate(1); }

// `until` is the end of what `begin` is answered; then comes the content, line by line.
struct SlowContent {
    std::string begin;
    std::string until;
    std::string end;
};

Task<void> send_too_much(Endpoint to, SlowContent content, std::string& said)
{
    auto stream = co_await net::connect(to, std::nullopt, soon());
    auto written = co_await (*stream)->write("EHLO slow.test\r\n", soon());
    said = co_await read_until(**stream, "250 DSN", soon());
    written = co_await (*stream)->write(content.begin, soon());
    said = co_await read_until(**stream, content.until, soon());
    for (int line = 0; line < 30; ++line) {
        written = co_await (*stream)->write("A line.\r\n", soon());
        auto slept = co_await async::sleep_until(Deadline::after(std::chrono::milliseconds(100)));
        EXPECT_TRUE(slept.has_value());
    }
    written = co_await (*stream)->write(content.end + "QUIT\r\n", soon());
    said = co_await read_until(**stream, "", soon());
}

TEST(SlowClient, HearsThatItsContentIsRefusedAndNotThatItIsSlow)
{
    const std::string envelope = "MAIL FROM:<a@partner.test>\r\nRCPT TO:<alice@acme.test>\r\n";
    const SlowContent data{envelope + "DATA\r\n", "354 ", ".\r\n"};
    const SlowContent chunk{envelope + "BDAT 270 LAST\r\n", "250 2.1.5", ""};
    const SlowContent unasked{"NOOP\r\nBDAT 270 LAST\r\n", "250 2.0.0", ""};
    for (const auto& [content, refusal] :
         {std::pair(data, "552 5.3.4"), std::pair(chunk, "552 5.3.4"), std::pair(unasked, "503 ")}) {
        MailServerOptions options = PostOffice::plain();
        options.profile.limits.max_message_bytes = 1;
        options.times.command = std::chrono::seconds(2);  // less than the content takes
        PostOffice office(options);
        std::string said;
        async::run_here([&, &content = content] { return send_too_much(office.endpoint(), content, said); });
        EXPECT_THAT(said, HasSubstr(refusal)) << content.begin;
        EXPECT_THAT(said, HasSubstr("221 2.0.0")) << content.begin;
    }
}

Task<void> trickle(Endpoint to, std::string& said)
{
    auto stream = co_await net::connect(to, std::nullopt, soon());
    auto written = co_await (*stream)->write("EHLO slow.test\r\n", soon());
    said = co_await read_until(**stream, "250 DSN", soon());
    written = co_await (*stream)->write("MAIL FROM:<a@partner.test>\r\nRCPT TO:<alice@acme.test>\r\nDATA\r\n", soon());
    said = co_await read_until(**stream, "354 ", soon());
    for (int line = 0; line < 30; ++line) {
        written = co_await (*stream)->write("A line.\r\n", soon());
        auto slept = co_await async::sleep_until(Deadline::after(std::chrono::milliseconds(100)));
        EXPECT_TRUE(slept.has_value());
    }
    written = co_await (*stream)->write(".\r\n", soon());
    said = co_await read_until(**stream, "2.6.0", soon());
}

TEST(SlowClient, IsServedWhenItKeepsItsRateForLongerThanOneReadMayTake)
{
    MailServerOptions options = PostOffice::plain();
    options.times.content_read = std::chrono::seconds(2);
    options.times.least_content_rate = 10;  // it sends some hundred
    PostOffice office(options);
    std::string said;
    async::run_here([&] { return trickle(office.endpoint(), said); });
    EXPECT_THAT(said, HasSubstr("250 2.6.0"));
}

// Sends commands without end and reads none of the answers; until the server has had enough.
Task<void> listen_to_nothing(PostOffice& office, bool& is_cut_off)
{
    auto stream = co_await net::connect(office.endpoint(), std::nullopt, soon());
    std::string many;
    for (int i = 0; i < 10'000; ++i) many += "NOOP\r\n";
    const Deadline patience = soon();
    while (!is_cut_off && !patience.has_passed()) {
        auto written = co_await (*stream)->write(many, soon());
        is_cut_off = !written.has_value();
    }
    while (office.server->connections() > 0 && !patience.has_passed()) {
        auto slept = co_await async::sleep_until(Deadline::after(std::chrono::milliseconds(5)));
        if (!slept) co_return;
    }
}

TEST(SlowClient, IsCutOffWhenItDoesNotReadOurReplies)
{
    MailServerOptions options = PostOffice::plain();
    options.profile.limits.max_idle_commands = 1'000'000'000;
    options.times.write = std::chrono::seconds(1);
    PostOffice office(options);
    bool is_cut_off = false;
    async::run_here([&] { return listen_to_nothing(office, is_cut_off); });
    EXPECT_TRUE(is_cut_off);
    EXPECT_EQ(office.server->connections(), 0U);
}

// It has heard why its content is refused, and neither sends the rest nor leaves.
Task<void> stay_behind_broken_content(PostOffice& office, std::string& said, bool& is_let_go)
{
    auto stream = co_await net::connect(office.endpoint(), std::nullopt, soon());
    auto written = co_await (*stream)->write("EHLO slow.test\r\n", soon());
    said = co_await read_until(**stream, "250 DSN", soon());
    written = co_await (*stream)->write("MAIL FROM:<a@partner.test>\r\nRCPT TO:<alice@acme.test>\r\nDATA\r\n", soon());
    said = co_await read_until(**stream, "354 ", soon());
    written = co_await (*stream)->write("a\nb\r\n", soon());
    said = co_await read_until(**stream, "", soon());
    const Deadline patience = soon();
    while (office.server->connections() > 0 && !patience.has_passed()) {
        auto slept = co_await async::sleep_until(Deadline::after(std::chrono::milliseconds(5)));
        if (!slept) co_return;
    }
    is_let_go = office.server->connections() == 0;
}

TEST(SlowClient, HasTheTimeOfContentForTheRestOfWhatIsBroken)
{
    MailServerOptions options = PostOffice::plain();
    options.times.content_read = std::chrono::seconds(1);
    PostOffice office(options);
    std::string said;
    bool is_let_go = false;
    async::run_here([&] { return stay_behind_broken_content(office, said, is_let_go); });
    EXPECT_THAT(said, StartsWith("554 5.6.0"));
    EXPECT_TRUE(is_let_go);
}

Task<void> crowd(Endpoint to, std::string& said)
{
    auto first = co_await net::connect(to, std::nullopt, soon());
    std::string greeted = co_await read_until(**first, "\n", soon());
    auto second = co_await net::connect(to, std::nullopt, soon());
    greeted = co_await read_until(**second, "\n", soon());
    auto third = co_await net::connect(to, std::nullopt, soon());
    said = co_await read_until(**third, "", soon());
    auto written = co_await (*first)->write("EHLO first.test\r\n", soon());
    EXPECT_TRUE(written.has_value());
    greeted = co_await read_until(**first, "250 DSN", soon());
    EXPECT_THAT(greeted, HasSubstr("250 DSN")) << "who came before it was crowded has his time";
}

// Says what is harmless again and again, each time soon enough, until it is told to go.
Task<void> chat(Endpoint to, std::string begin, std::string line, std::string& said)
{
    auto stream = co_await net::connect(to, std::nullopt, soon());
    said = co_await read_until(**stream, "\n", soon());
    auto written = co_await (*stream)->write("EHLO chatty.test\r\n", soon());
    said = co_await read_until(**stream, "250 DSN", soon());
    written = co_await (*stream)->write(begin, soon());
    const Deadline patience = soon();
    while (!patience.has_passed() && said.find("421 ") == std::string::npos) {
        said = co_await read_until(**stream, "421 ", Deadline::after(std::chrono::milliseconds(20)));
        written = co_await (*stream)->write(line, soon());
    }
}

TEST(SlowClient, HasATimeForTheWholeConnectionAndOneForAMessage)
{
    const std::string in_message = "MAIL FROM:<a@partner.test>\r\n";
    for (const auto& [begin, line] :
         {std::pair(std::string(), "NOOP\r\n"), std::pair(in_message, "RCPT TO:<alice@acme.test>\r\n")}) {
        MailServerOptions options = PostOffice::plain();
        options.profile.limits.max_idle_commands = options.profile.limits.max_recipients = 1'000'000;
        (begin.empty() ? options.times.connection : options.times.message) = std::chrono::seconds(1);
        PostOffice office(options);
        std::string said;
        async::run_here([&, &begin = begin, line = line] { return chat(office.endpoint(), begin, line, said); });
        EXPECT_THAT(said, HasSubstr(begin.empty() ? lasted_long_enough : timed_out)) << line;
    }
}

// It is always inside a message, or so it seems.
TEST(SlowClient, GetsNoMoreTimeForAConnectionByBeginningMessages)
{
    MailServerOptions options = PostOffice::plain();
    options.profile.limits.max_messages = 1'000'000;
    options.times.connection = std::chrono::seconds(1);
    PostOffice office(options);
    std::string said;
    async::run_here([&] { return chat(office.endpoint(), "MAIL FROM:<>\r\n", "RSET\r\nMAIL FROM:<>\r\n", said); });
    EXPECT_THAT(said, HasSubstr(lasted_long_enough)) << "it has kept nobody waiting";
}

TEST(SlowClient, FindsLessPatienceWherePlacesAreScarce)
{
    MailServerOptions options = PostOffice::plain();
    options.max_connections = 4;
    options.times.crowded = std::chrono::seconds(0);
    PostOffice office(options);
    std::string said;
    async::run_here([&] { return crowd(office.endpoint(), said); });
    EXPECT_EQ(said, greeting + timed_out);
}

// A connection that never shakes hands, and then whoever comes next.
Task<void> shake_no_hands(PostOffice& office, std::string& said)
{
    auto silent = co_await net::connect(office.endpoint(), std::nullopt, soon());
    said = co_await read_until(**silent, "", soon());
}

TEST(SlowClient, IsGivenUpWhenItNeverShakesHands)
{
    const Authority authority;
    MailServerOptions options = PostOffice::plain();
    options.identity = authority.identity("mx.acme.test");
    options.implicit_tls = true;
    options.times.handshake = std::chrono::seconds(0);
    PostOffice office(options);
    std::string said = "untouched";
    async::run_here([&] { return shake_no_hands(office, said); });
    EXPECT_EQ(said, "");
}

}  // namespace
}  // namespace sealpost::smtpd
