#include "sys/http/loopback.hpp"

#include "sys/async/resume.hpp"
#include "sys/async/task_group.hpp"

#include <gmock/gmock.h>

#include <stdexcept>

namespace sealpost::http {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Task<Response> echo(Request& request)
{
    auto body = co_await read_body(request);
    if (body.has_error()) co_return body_problem(body.error());
    co_return text_response(200, "text/plain", std::string(format_method(request.method)) + ":" + *body);
}

Task<Response> ignore_body(Request&) { co_return text_response(200, "text/plain", "ignored"); }
Task<Response> fail(Request&) { throw std::logic_error("secret detail"); }

Task<Response> tell_peer(Request& request)
{
    co_return text_response(200, "text/plain", "you are " + format_endpoint(request.peer));
}

Task<Response> stream_out(Request& request)
{
    Response response;
    response.body = std::make_unique<async::StringSource>(std::string(600'000, 'x'));
    if (request.find_query("sized")) response.body_size = 600'000;
    co_return response;
}

Router make_router()
{
    Router router;
    router.add(Method::get, "/echo", echo);
    router.add(Method::post, "/echo", echo, {.max_body_bytes = 100, .guards = {}});
    router.add(Method::post, "/ignore", ignore_body, {.max_body_bytes = 10'000'000, .guards = {}});
    router.add(Method::get, "/fail", fail);
    router.add(Method::get, "/peer", tell_peer);
    router.add(Method::get, "/stream", stream_out);
    router.add(Method::post, "/own", echo, {.max_body_bytes = 100, .guards = {require_own_origin("https://keys.test")}});
    return router;
}

std::string request(const std::string& line, const std::string& fields = "Connection: close\r\n", const std::string& body = "")
{
    return line + " HTTP/1.1\r\nHost: keys.test\r\n" + fields + "\r\n" + body;
}

Task<std::string> ask(Endpoint at)
{
    auto stream = co_await net::connect(at, std::nullopt, Deadline::after(generous));
    auto written = co_await stream.value()->write(request("GET /echo"), Deadline::after(generous));
    EXPECT_TRUE(written.has_value());
    std::string answer = co_await read_to_end(**stream);
    co_return answer;
}

TEST(HttpServer, AnswersRequestsInTurnOnOneConnection)
{
    Loopback loopback(make_router());
    const std::string answers = converse(
        loopback, request("POST /echo", "Content-Length: 3\r\n", "one") +
                      request("POST /echo", "Transfer-Encoding: chunked\r\n", "3\r\ntwo\r\n0\r\n\r\n") + request("GET /echo"));
    EXPECT_THAT(answers, HasSubstr("POST:one"));
    EXPECT_THAT(answers, HasSubstr("POST:two"));
    EXPECT_THAT(answers, HasSubstr("GET:"));
    EXPECT_THAT(answers, HasSubstr("Connection: close"));
}

constexpr std::string_view proxy_line = "PROXY TCP4 192.0.2.7 192.0.2.25 40000 443\r\n";

std::vector<Network> from_loopback() { return {{IpAddress::loopback_v4(), 32}}; }

TEST(HttpServer, KnowsTheClientThatABalancerTells)
{
    Loopback loopback(make_router(), {}, {}, from_loopback());
    EXPECT_THAT(converse(loopback, std::string(proxy_line) + request("GET /peer")), HasSubstr("you are 192.0.2.7:40000"));
    EXPECT_THAT(converse(loopback, "PROXY UNKNOWN\r\n" + request("GET /peer")), HasSubstr("you are 127.0.0.1:"));
}

TEST(HttpServer, AnswersNobodyWhoseBalancerDoesNotSayWhoItIs)
{
    ServerLimits limits;
    limits.proxy_header = std::chrono::milliseconds(30);
    Loopback loopback(make_router(), limits, {}, from_loopback());
    EXPECT_EQ(converse(loopback, request("GET /peer")), "");
    EXPECT_EQ(converse(loopback, "PROXY TCP4 192.0.2.7 "), "");
}

TEST(HttpServer, BelievesNoProxyHeaderFromElsewhere)
{
    Loopback loopback(make_router());
    EXPECT_THAT(converse(loopback, std::string(proxy_line) + request("GET /peer")), StartsWith("HTTP/1.1 400"));
    EXPECT_THAT(converse(loopback, request("GET /peer")), HasSubstr("you are 127.0.0.1:"));
}

TEST(HttpServer, PutsSecurityHeadersOnEveryAnswer)
{
    Loopback loopback(make_router());
    const std::string answer = converse(loopback, request("GET /nowhere"));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 404 "));
    EXPECT_THAT(answer, HasSubstr("urn:sealpost:problem:not-found"));
    for (const std::string field :
         {"X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer", "Cross-Origin-Opener-Policy: same-origin",
          "Cross-Origin-Resource-Policy: same-origin", "X-Frame-Options: DENY", "Cache-Control: no-store",
          "Content-Security-Policy: default-src 'none'"})
        EXPECT_THAT(answer, HasSubstr(field));
    EXPECT_THAT(answer, Not(HasSubstr("Strict-Transport-Security")));
}

TEST(HttpServer, NamesTheMethodsThatAPathTakes)
{
    Loopback loopback(make_router());
    const std::string answer = converse(loopback, request("PUT /echo", "Content-Length: 0\r\nConnection: close\r\n"));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 "));
    EXPECT_THAT(answer, HasSubstr("Allow: GET, POST"));
}

TEST(HttpServer, AnswersHeadWithoutABody)
{
    Loopback loopback(make_router());
    const std::string answer = converse(loopback, request("HEAD /echo"));
    EXPECT_THAT(answer, HasSubstr("Content-Length: 5\r\n"));
    EXPECT_THAT(answer, testing::EndsWith("\r\n\r\n"));
}

TEST(HttpServer, RefusesABodyThatAnnouncesTooMuchWithoutReadingIt)
{
    Loopback loopback(make_router());
    EXPECT_THAT(converse(loopback, request("POST /echo", "Connection: close\r\nContent-Length: 101\r\n")),
                StartsWith("HTTP/1.1 413 "));
}

// As a browser does: all of the body first, then a look at what the server said.
Task<void> upload_all(Endpoint at, std::size_t bytes, std::string& answer)
{
    auto stream = co_await net::connect(at, std::nullopt, Deadline::after(generous));
    const std::string head = request("POST /echo", "Content-Length: " + std::to_string(bytes) + "\r\n");
    auto written = co_await stream.value()->write(head, Deadline::after(generous));
    const std::string piece(256 * 1024, 'x');
    for (std::size_t sent = 0; sent < bytes && written.has_value(); sent += piece.size()) {
        auto more = co_await stream.value()->write(piece, Deadline::after(generous));
        written = more;
    }
    EXPECT_TRUE(written.has_value()) << "the line broke while the client was sending";
    answer = co_await read_to_end(**stream);
}

TEST(HttpServer, TellsWhyItRefusesABodyToWhoSendsAllOfItFirst)
{
    ServerLimits limits;
    limits.linger = generous;
    Loopback loopback(make_router(), limits);
    std::string answer;
    async::run_here([&] { return upload_all(loopback.at(), 32 * 1024 * 1024, answer); });
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(answer, HasSubstr("urn:sealpost:problem:too-large"));
}

TEST(HttpServer, RefusesAChunkedBodyWhenItGrowsTooLong)
{
    Loopback loopback(make_router());
    const std::string chunks = "60\r\n" + std::string(96, 'a') + "\r\n5\r\nbbbbb\r\n0\r\n\r\n";
    EXPECT_THAT(converse(loopback, request("POST /echo", "Connection: close\r\nTransfer-Encoding: chunked\r\n", chunks)),
                StartsWith("HTTP/1.1 413 "));
}

TEST(HttpServer, ClosesAfterABodyThatNobodyRead)
{
    Loopback loopback(make_router());
    const std::string answer =
        converse(loopback, request("POST /ignore", "Content-Length: 1000000\r\n", std::string(1'000'000, 'x')));
    EXPECT_THAT(answer, HasSubstr("ignored"));
    EXPECT_THAT(answer, HasSubstr("Connection: close"));
}

TEST(HttpServer, AnswersBrokenRequestsAndCloses)
{
    Loopback loopback(make_router());
    EXPECT_THAT(converse(loopback, "BROKEN\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(converse(loopback, "GET /echo HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"),
                StartsWith("HTTP/1.1 431 "));
    const std::string smuggled = converse(loopback, request("POST /echo", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
                                                            "0\r\n\r\nGET /echo HTTP/1.1\r\n"));
    EXPECT_THAT(smuggled, StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(smuggled, Not(HasSubstr("GET:")));
}

TEST(HttpServer, HidesWhatAHandlerThrew)
{
    Loopback loopback(make_router());
    const std::string answer = converse(loopback, request("GET /fail"));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
    EXPECT_THAT(answer, Not(HasSubstr("secret detail")));
}

TEST(HttpServer, StreamsChunkedOrWithALength)
{
    Loopback loopback(make_router());
    const std::string chunked = converse(loopback, request("GET /stream"));
    EXPECT_THAT(chunked.substr(0, 1000), HasSubstr("Transfer-Encoding: chunked"));
    EXPECT_THAT(chunked, testing::EndsWith("\r\n0\r\n\r\n"));
    const std::string sized = converse(loopback, request("GET /stream?sized"));
    EXPECT_THAT(sized.substr(0, 1000), HasSubstr("Content-Length: 600000"));
    EXPECT_EQ(sized.size() - sized.find("\r\n\r\n") - 4, 600'000U);
    // RFC 9112 §6.1: a 1.0 client knows no chunks; there the end of the connection ends the body.
    const std::string old = converse(loopback, "GET /stream HTTP/1.0\r\n\r\n");
    EXPECT_THAT(old.substr(0, 1000), Not(HasSubstr("chunked")));
    EXPECT_EQ(old.size() - old.find("\r\n\r\n") - 4, 600'000U);
}

TEST(HttpServer, EndsAConnectionAfterItsShareOfRequests)
{
    ServerLimits limits;
    limits.max_requests_per_connection = 2;
    Loopback loopback(make_router(), limits);
    const std::string one = request("GET /echo", "");
    const std::string answers = converse(loopback, one + one + one);
    std::size_t count = 0;
    for (auto at = answers.find("GET:"); at != std::string::npos; at = answers.find("GET:", at + 1)) ++count;
    EXPECT_EQ(count, 2U);
}

TEST(HttpServer, GivesUpOnASlowHeadAndOnAnIdleConnection)
{
    ServerLimits limits;
    limits.header = limits.idle = std::chrono::milliseconds(30);
    Loopback loopback(make_router(), limits);
    EXPECT_EQ(converse(loopback, "GET /echo HTTP/1.1\r\nHos"), "");
    EXPECT_EQ(converse(loopback, ""), "");
}

TEST(HttpServer, TellsASlowBodyThatItWasTooSlow)
{
    ServerLimits limits;
    limits.read = std::chrono::milliseconds(30);
    Loopback loopback(make_router(), limits);
    EXPECT_THAT(converse(loopback, request("POST /echo", "Content-Length: 10\r\n", "half")), StartsWith("HTTP/1.1 408 "));
}

Task<void> drip_a_body(Endpoint at, std::string& said)
{
    auto stream = co_await net::connect(at, std::nullopt, Deadline::after(generous));
    const std::string head = request("POST /echo", "Content-Length: 10\r\nConnection: close\r\n");
    auto written = co_await (*stream)->write(head, Deadline::after(generous));
    for (int i = 0; i < 10 && written.has_value(); ++i) {
        [[maybe_unused]] auto waited = co_await async::sleep_until(Deadline::after(std::chrono::milliseconds(40)));
        written = co_await (*stream)->write("x", Deadline::after(generous));
    }
    said = co_await read_to_end(**stream);
}

// A large body takes its time as long as it comes.
TEST(HttpServer, BoundsABodyByItsRate)
{
    for (const auto& [least_rate, answer] : {std::pair(10, "HTTP/1.1 200 "), std::pair(1'000'000, "HTTP/1.1 408 ")}) {
        ServerLimits limits;
        limits.request = std::chrono::milliseconds(200);
        limits.least_body_rate = static_cast<std::uint64_t>(least_rate);
        Loopback loopback(make_router(), limits);
        std::string said;
        async::run_here([&] { return drip_a_body(loopback.at(), said); });
        EXPECT_THAT(said, StartsWith(answer));
    }
}

// 50 s ahead of the rate, by which it could stand still for so long.
TEST(HttpServer, GivesABodyNoTimeToStandStillForHavingBegunQuickly)
{
    ServerLimits limits;
    limits.request = std::chrono::milliseconds(200);
    limits.least_body_rate = 1;
    Loopback loopback(make_router(), limits);
    const std::string half = request("POST /echo", "Content-Length: 100\r\n", std::string(50, 'x'));
    EXPECT_THAT(converse(loopback, half), StartsWith("HTTP/1.1 408 "));
}

TEST(HttpServer, LetsAGuardAnswerBeforeTheBodyIsRead)
{
    Loopback loopback(make_router());
    const std::string foreign = "Connection: close\r\nOrigin: null\r\nContent-Length: 1\r\n";
    EXPECT_THAT(converse(loopback, request("POST /own", foreign, "x")), StartsWith("HTTP/1.1 403 "));
    const std::string own = "Connection: close\r\nOrigin: https://keys.test\r\nContent-Length: 1\r\n";
    EXPECT_THAT(converse(loopback, request("POST /own", own, "x")), HasSubstr("POST:x"));
}

Task<void> expect_continue(Endpoint at)
{
    auto stream = co_await net::connect(at, std::nullopt, Deadline::after(generous));
    const std::string head = request("POST /echo", "Content-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n");
    auto written = co_await stream.value()->write(head, Deadline::after(generous));
    EXPECT_TRUE(written.has_value());
    std::string piece(4096, '\0');
    auto count = co_await stream.value()->read_some(piece, Deadline::after(generous));
    EXPECT_EQ(piece.substr(0, count.value()), "HTTP/1.1 100 Continue\r\n\r\n");
    written = co_await stream.value()->write("ok", Deadline::after(generous));
    const std::string answer = co_await read_to_end(**stream);
    EXPECT_THAT(answer, HasSubstr("POST:ok"));
}

TEST(HttpServer, AsksForABodyThatTheClientHoldsBack)
{
    Loopback loopback(make_router());
    async::run_here([&] { return expect_continue(loopback.at()); });
}

// A handler that waits until the test lets it go.
struct Gate {
    std::function<void()> resume;
    std::mutex lock;
    std::atomic<bool> entered{false};
    Task<Response> hold(Request&)
    {
        co_await async::resume_when([this](std::function<void()> go) {
            const std::lock_guard guard(lock);
            resume = std::move(go);
            entered = true;
        });
        co_return text_response(200, "text/plain", "let through");
    }
};

Task<void> stop_then_open(HttpServer& server, Gate& gate, async::Signal& entered)
{
    while (!gate.entered) {
        [[maybe_unused]] const bool told = co_await entered.wait(Deadline::after(std::chrono::milliseconds(1)));
    }
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    group.spawn(server.stop(Deadline::after(generous)));
    {
        const std::lock_guard guard(gate.lock);
        gate.resume();
    }
    co_await group.join();
}

Task<void> ask_through(Endpoint at, HttpServer& server, Gate& gate)
{
    Executor executor = co_await async::this_executor();
    async::Signal never(executor);
    async::TaskGroup group(executor);
    auto idle = co_await net::connect(at, std::nullopt, Deadline::after(generous));
    auto stream = co_await net::connect(at, std::nullopt, Deadline::after(generous));
    auto written = co_await stream.value()->write(request("GET /hold", ""), Deadline::after(generous));
    EXPECT_TRUE(written.has_value());
    group.spawn(stop_then_open(server, gate, never));
    const std::string answer = co_await read_to_end(**stream);
    EXPECT_THAT(answer, HasSubstr("let through"));
    const std::string nothing = co_await read_to_end(*idle.value());
    EXPECT_EQ(nothing, "");
    co_await group.join();
    auto refused = co_await net::connect(at, std::nullopt, Deadline::after(generous));
    EXPECT_TRUE(refused.has_error());
}

TEST(HttpServer, FinishesWhatIsUnderWayWhenItStops)
{
    Gate gate;
    Router router;
    router.add(Method::get, "/hold", [&gate](Request& asked) { return gate.hold(asked); });
    Loopback loopback(std::move(router));
    async::run_here([&] { return ask_through(loopback.at(), *loopback.server, gate); });
}

Task<void> stop_against_silence(HttpServer& server, Endpoint at)
{
    auto stream = co_await net::connect(at, std::nullopt, Deadline::after(generous));
    auto written = co_await stream.value()->write("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nhalf",
                                                  Deadline::after(generous));
    EXPECT_TRUE(written.has_value());
    co_await server.stop(Deadline::after(std::chrono::milliseconds(50)));
    const std::string nothing = co_await read_to_end(**stream);
    EXPECT_EQ(nothing, "");
}

TEST(HttpServer, CutsOffWhoDoesNotFinishBeforeTheDeadline)
{
    Loopback loopback(make_router());
    async::run_here([&] { return stop_against_silence(*loopback.server, loopback.at()); });
}

// A connection that was answered once, so that it certainly has its place, and then keeps it.
Task<std::unique_ptr<net::TcpStream>> take_place(Endpoint at, std::string line)
{
    auto stream = co_await net::connect(at, std::nullopt, Deadline::after(generous));
    auto written = co_await stream.value()->write(request(line, ""), Deadline::after(generous));
    EXPECT_TRUE(written.has_value());
    std::string piece(64, '\0');
    auto count = co_await stream.value()->read_some(piece, Deadline::after(generous));
    EXPECT_TRUE(count.has_value());
    co_return std::move(*stream);
}

// Two connections that stay, then one that asks, until the two have gone.
Task<void> press(Endpoint at, std::string& first, std::string& later)
{
    auto one = co_await take_place(at, "GET /echo");
    auto other = co_await take_place(at, "GET /echo");
    first = co_await ask(at);
    one->close();
    other->close();
    const Deadline patience = Deadline::after(generous);
    while (!later.starts_with("HTTP/1.1 200 ") && !patience.has_passed()) later = co_await ask(at);
}

TEST(HttpServer, TellsWhomItHasNoPlaceForToComeBackAndServesHimThen)
{
    ServerLimits limits;
    limits.max_connections = 2;
    Loopback loopback(make_router(), limits);
    std::string first;
    std::string later;
    async::run_here([&] { return press(loopback.at(), first, later); });
    EXPECT_THAT(first, StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(first, HasSubstr("Retry-After: 30\r\n"));
    EXPECT_THAT(first, HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(later, HasSubstr("GET:"));
}

TEST(HttpServer, GivesOneHostNoMoreThanItsPlacesHoweverManyAreFree)
{
    ServerLimits limits;
    limits.max_connections_per_host = 2;
    Loopback loopback(make_router(), limits);
    std::string first;
    std::string later;
    async::run_here([&] { return press(loopback.at(), first, later); });
    EXPECT_THAT(first, StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(later, HasSubstr("GET:"));
}

// Each drop comes in time, and the whole does not.
Task<void> drip(Endpoint at, std::string& answer)
{
    auto stream = co_await net::connect(at, std::nullopt, Deadline::after(generous));
    const std::string head = request("GET /echo");
    const Deadline patience = Deadline::after(generous);
    std::string piece(4096, '\0');
    for (const char drop : head) {
        auto written = co_await stream.value()->write(std::string_view(&drop, 1), Deadline::after(generous));
        if (!written || patience.has_passed()) co_return;
        auto count = co_await stream.value()->read_some(piece, Deadline::after(std::chrono::milliseconds(20)));
        if (count && *count == 0) co_return;
        if (count) answer.append(piece, 0, *count);
    }
}

TEST(HttpServer, GivesUpOnAHeadThatComesDropByDrop)
{
    ServerLimits limits;
    limits.header = std::chrono::milliseconds(200);
    Loopback loopback(make_router(), limits);
    std::string answer;
    async::run_here([&] { return drip(loopback.at(), answer); });
    EXPECT_EQ(answer, "");
}

// Reads nothing of what it asked for.
Task<void> ask_and_doze(Endpoint at, std::string& rest)
{
    auto stream = co_await take_place(at, "GET /endless");
    std::string probe;
    const Deadline patience = Deadline::after(generous);
    while (!probe.starts_with("HTTP/1.1 200 ") && !patience.has_passed()) {
        probe = co_await ask(at);  // another has to wait until the first is cut off
    }
    rest = probe;
}

class Endless final : public async::ByteSource {
public:
    Task<Result<std::string>> next() override { co_return std::string(65536, 'x'); }
};

Task<Response> stream_endlessly(Request&)
{
    Response response;
    response.body = std::make_unique<Endless>();
    co_return response;
}

TEST(HttpServer, GivesUpOnWhoeverDoesNotReadItsAnswer)
{
    ServerLimits limits;
    limits.max_connections = 1;
    limits.write = std::chrono::milliseconds(100);
    Router router = make_router();
    router.add(Method::get, "/endless", stream_endlessly);
    Loopback loopback(std::move(router), limits);
    std::string rest;
    async::run_here([&] { return ask_and_doze(loopback.at(), rest); });
    EXPECT_THAT(rest, HasSubstr("GET:"));
}

}  // namespace
}  // namespace sealpost::http
