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
    router.add(Method::get, "/stream", stream_out);
    router.add(Method::post, "/own", echo, {.max_body_bytes = 100, .guards = {require_own_origin("https://keys.test")}});
    return router;
}

std::string request(const std::string& line, const std::string& fields = "Connection: close\r\n", const std::string& body = "")
{
    return line + " HTTP/1.1\r\nHost: keys.test\r\n" + fields + "\r\n" + body;
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

TEST(HttpServer, TakesTheNextConnectionWhenOneEnds)
{
    ServerLimits limits;
    limits.max_connections = 2;  // one a worker
    limits.idle = std::chrono::milliseconds(50);
    Loopback loopback(make_router(), limits);
    for (int i = 0; i < 8; ++i) EXPECT_THAT(converse(loopback, request("GET /echo")), HasSubstr("GET:"));
}

}  // namespace
}  // namespace sealpost::http
