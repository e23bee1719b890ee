#include "sys/http/loopback.hpp"

#include "sys/async/task_group.hpp"
#include "sys/async/wait.hpp"
#include "sys/dns/canned_resolver.hpp"
#include "sys/tls/stream.hpp"

#include <mutex>
#include <set>

namespace sealpost::http {
namespace {

std::mutex ports_lock;
std::set<std::uint16_t> ports;  // of the clients that the handler saw

Task<Response> echo(Request& request)
{
    {
        const std::lock_guard hold(ports_lock);
        ports.insert(request.peer.port);
    }
    auto body = co_await read_body(request);
    if (body.has_error()) co_return body_problem(body.error());
    Response response = text_response(200, "text/plain", *body);
    response.headers.set("X-Seen",
                         std::string(format_method(request.method)) + " " + request.path + (request.over_tls ? " tls" : ""));
    co_return response;
}

Router make_router()
{
    Router router;
    for (const Method method : {Method::get, Method::post, Method::put})
        router.add(method, "/echo", echo, {.max_body_bytes = 4'000'000, .guards = {}});
    return router;
}

ClientOptions plain_options()
{
    ClientOptions options;
    options.allow_plain_http = true;
    return options;
}

TEST(HttpClient, SendsAndReceivesOverPlainHttp)
{
    Loopback loopback(make_router());
    HttpClient client(plain_options());
    ClientRequest request{.method = Method::post, .url = loopback.origin() + "/echo", .body = "hello"};
    const auto answer = send_one(client, request);
    ASSERT_TRUE(answer.has_value()) << answer.error().text;
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "hello");
    EXPECT_EQ(answer->headers.find("x-seen"), "POST /echo");
}

TEST(HttpClient, StreamsABodyOfKnownSize)
{
    Loopback loopback(make_router());
    HttpClient client(plain_options());
    const std::string content(3'000'000, 'q');
    ClientRequest request{.method = Method::put, .url = loopback.origin() + "/echo"};
    request.content = std::make_unique<async::StringSource>(content);
    request.content_size = content.size();
    request.max_response_bytes = 4'000'000;
    EXPECT_EQ(send_one(client, request)->body, content);
    ClientRequest wrong{.method = Method::put, .url = loopback.origin() + "/echo"};
    wrong.content = std::make_unique<async::StringSource>("abc");
    wrong.content_size = 4;
    EXPECT_EQ(send_one(client, wrong).error().fault, Fault::give_up);
}

// Comes in pieces, each after a pause.
class SlowSource final : public async::ByteSource {
public:
    explicit SlowSource(int pieces) : left_(pieces) {}
    Task<Result<std::string>> next() override
    {
        if (left_-- <= 0) co_return std::string();
        [[maybe_unused]] auto waited = co_await async::sleep_until(Deadline::after(std::chrono::milliseconds(60)));
        co_return "piece";
    }

private:
    int left_;
};

Task<Result<ClientResponse>> send_slowly(HttpClient& client, std::string url, std::optional<ContentPace> pace)
{
    ClientRequest request{.method = Method::put, .url = std::move(url)};
    request.content = std::make_unique<SlowSource>(6);
    request.content_size = 30;
    request.content_pace = pace;
    auto answer = co_await client.send(std::move(request), Deadline::after(std::chrono::milliseconds(200)));
    co_await client.close_idle();
    co_return answer;
}

TEST(HttpClient, GivesContentTheTimeThatItsPaceAllows)
{
    Loopback loopback(make_router());
    HttpClient client(plain_options());
    const ContentPace pace{std::chrono::seconds(10), 1};
    const auto whole = async::wait_here(send_slowly(client, loopback.origin() + "/echo", pace));
    ASSERT_TRUE(whole.has_value()) << whole.error().text;
    EXPECT_EQ(whole->body.size(), 30U);
    const auto cut_off = async::wait_here(send_slowly(client, loopback.origin() + "/echo", std::nullopt));
    EXPECT_TRUE(cut_off.has_error()) << "all within the deadline, without one";
}

Task<Response> take_nothing(Request&)
{
    [[maybe_unused]] auto waited = co_await async::sleep_until(Deadline::after(std::chrono::milliseconds(1000)));
    co_return text_response(200, "text/plain", "late");
}

TEST(HttpClient, GivesUpWhenContentIsTakenTooSlowly)
{
    Router router;
    router.add(Method::put, "/slow", take_nothing, {.max_body_bytes = 40'000'000, .guards = {}});
    Loopback loopback(std::move(router));
    HttpClient client(plain_options());
    const std::string content(30'000'000, 'q');
    ClientRequest request{.method = Method::put, .url = loopback.origin() + "/slow"};
    request.content = std::make_unique<async::StringSource>(content);
    request.content_size = content.size();
    request.content_pace = ContentPace{std::chrono::milliseconds(100), 1'000'000'000};
    EXPECT_EQ(send_one(client, request).error().fault, Fault::retry_later);
}

TEST(HttpClient, LimitsTheAnswer)
{
    Loopback loopback(make_router());
    HttpClient client(plain_options());
    ClientRequest request{.method = Method::post, .url = loopback.origin() + "/echo", .body = std::string(1000, 'x')};
    request.max_response_bytes = 999;
    EXPECT_EQ(send_one(client, request).error().fault, Fault::peer_broke_it);
}

Task<void> greet(net::Listener& listener)
{
    auto stream = co_await listener.accept();
    EXPECT_TRUE(
        (co_await (*stream)->write("220 \"mx\" ESMTP \x1b[2J and more than anybody wants to see\r\n", Deadline::after(generous)))
            .has_value());
    [[maybe_unused]] const std::string request = co_await read_to_end(**stream);
}

Task<void> ask_a_mail_server(std::optional<Error>& error)
{
    Executor executor = co_await async::this_executor();
    auto listener = net::Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    async::TaskGroup group(executor);
    group.spawn(greet(**listener));
    HttpClient client(plain_options());
    ClientRequest request{.url = "http://" + format_endpoint((*listener)->local()) + "/"};
    auto answer = co_await client.send(std::move(request), Deadline::after(generous));
    error = answer.error();
    co_await group.join();
}

TEST(HttpClient, ShowsTheFirstWordsOfAnAnswerThatIsNoHttp)
{
    std::optional<Error> error;
    async::run_here([&] { return ask_a_mail_server(error); });
    EXPECT_EQ(error->fault, Fault::peer_broke_it);
    EXPECT_TRUE(error->text.ends_with(R"(; the answer begins with "220 ?mx? ESMTP ?[2J and more than anybod")")) << error->text;
}

Task<void> ask_often(HttpClient& client, std::string url, int times, std::chrono::milliseconds pause)
{
    for (int i = 0; i < times; ++i) {
        ClientRequest request{.method = Method::get, .url = url};
        auto answer = co_await client.send(std::move(request), Deadline::after(generous));
        EXPECT_EQ(answer.value().status, 200);
        [[maybe_unused]] auto waited = co_await async::sleep_until(Deadline::after(pause));
    }
    co_await client.close_idle();
}

TEST(HttpClient, KeepsItsConnectionForTheNextRequest)
{
    Loopback loopback(make_router());
    ports.clear();
    HttpClient client(plain_options());
    async::run_here([&] { return ask_often(client, loopback.origin() + "/echo", 3, std::chrono::milliseconds(0)); });
    EXPECT_EQ(ports.size(), 1U);
}

TEST(HttpClient, RepeatsARequestWhenAKeptConnectionIsDead)
{
    ServerLimits limits;
    limits.max_requests_per_connection = 1000;
    limits.idle = std::chrono::milliseconds(100);  // a fresh connection has its request by then
    Loopback loopback(make_router(), limits);
    HttpClient client(plain_options());
    async::run_here([&] { return ask_often(client, loopback.origin() + "/echo", 3, std::chrono::milliseconds(300)); });
}

Task<void> ask_each(HttpClient& client, std::vector<std::string> urls, std::vector<std::size_t>& kept)
{
    for (const auto& url : urls) {
        ClientRequest request{.method = Method::post, .url = url, .body = "hello"};
        auto answer = co_await client.send(std::move(request), Deadline::after(generous));
        EXPECT_EQ(answer.value().status, 200);
        kept.push_back(client.idle_connections());
    }
    co_await client.close_idle();
    kept.push_back(client.idle_connections());
}

TEST(HttpClient, KeepsNoOldConnectionToAnOriginThatIsNotAskedAgain)
{
    Loopback first(make_router()), second(make_router());
    ClientOptions options = plain_options();
    options.max_idle_time = std::chrono::milliseconds(0);
    HttpClient client(std::move(options));
    std::vector<std::size_t> kept;
    async::run_here([&] {
        return ask_each(client, {first.origin() + "/echo", second.origin() + "/echo", second.origin() + "/echo"}, kept);
    });
    EXPECT_EQ(kept, (std::vector<std::size_t>{1, 1, 1, 0}));
}

TEST(HttpClient, KeepsSoManyConnectionsToAllOriginsTogether)
{
    Loopback first(make_router()), second(make_router()), third(make_router());
    ClientOptions options = plain_options();
    options.max_idle = 2;
    HttpClient client(std::move(options));
    std::vector<std::size_t> kept;
    ports.clear();
    const std::string last = third.origin() + "/echo";
    async::run_here([&] { return ask_each(client, {first.origin() + "/echo", second.origin() + "/echo", last, last}, kept); });
    EXPECT_EQ(kept, (std::vector<std::size_t>{1, 2, 2, 2, 0}));
}

TEST(HttpClient, RefusesPlainHttpAndHttpsWithoutTrust)
{
    HttpClient client(ClientOptions{});
    ClientRequest plain{.url = "http://127.0.0.1:9/"};
    EXPECT_EQ(send_one(client, plain).error().fault, Fault::denied);
    ClientRequest secure{.url = "https://127.0.0.1:9/"};
    EXPECT_EQ(send_one(client, secure).error().fault, Fault::config);
}

TEST(HttpClient, ConnectsToNoAddressThatItIsKeptFrom)
{
    Loopback loopback(make_router());
    ClientOptions options = plain_options();
    options.may_connect = [](const IpAddress&) { return false; };
    HttpClient client(std::move(options));
    ClientRequest request{.method = Method::post, .url = loopback.origin() + "/echo", .body = "hello"};
    const auto answer = send_one(client, request);
    ASSERT_TRUE(answer.has_error());
    EXPECT_EQ(answer.error().fault, Fault::give_up);
}

TEST(HttpClient, NeverSendsALineBreakInAField)
{
    HttpClient client(plain_options());
    ClientRequest request{.url = "http://127.0.0.1:9/"};
    request.headers.add("X", "a\r\nY: b");
    EXPECT_EQ(send_one(client, request).error().fault, Fault::give_up);
}

struct Authority {
    crypto::PrivateKey key = crypto::PrivateKey::make_ecdsa_p256().value();
    crypto::Certificate certificate = crypto::make_certificate(order("Test authority", {}, true), key).value();

    static crypto::CertificateOrder order(std::string subject, std::vector<std::string> names, bool is_ca)
    {
        const WallTime now = SystemClock().now();
        crypto::CertificateOrder wanted;
        wanted.subject = std::move(subject);
        wanted.dns_names = std::move(names);
        wanted.is_ca = is_ca;
        wanted.not_before = now - std::chrono::hours(1);
        wanted.not_after = now + std::chrono::hours(24);
        return wanted;
    }

    [[nodiscard]] std::shared_ptr<tls::ServerIdentity> identity(const std::string& name) const
    {
        const auto leaf_key = crypto::PrivateKey::make_ecdsa_p256().value();
        const auto leaf =
            crypto::make_certificate(order(name, {name}, false), leaf_key, crypto::Issuer{certificate, key}).value();
        std::vector<tls::KeyPair> pairs{{{leaf}, leaf_key}};
        return std::make_shared<tls::ServerIdentity>(tls::ServerContext::make(std::move(pairs)).value());
    }

    [[nodiscard]] std::shared_ptr<const tls::ClientContext> trust() const
    {
        tls::ClientOptions options;
        options.trust = {false, {certificate.to_pem()}};
        return tls::ClientContext::make(std::move(options)).value();
    }
};

ClientOptions secure_options(std::shared_ptr<const tls::ClientContext> trust)
{
    ClientOptions options;
    options.trust = std::move(trust);
    options.resolver = std::make_shared<dns::CannedResolver>("keys.test A 127.0.0.1\nother.test A 127.0.0.1");
    return options;
}

TEST(HttpClient, TalksToAServerThatProvesItsName)
{
    const Authority authority;
    Loopback loopback(make_router(), {}, authority.identity("keys.test"));
    HttpClient client(secure_options(authority.trust()));
    ClientRequest request{
        .method = Method::post, .url = "https://keys.test:" + std::to_string(loopback.at().port) + "/echo", .body = "hello"};
    const auto answer = send_one(client, request);
    ASSERT_TRUE(answer.has_value()) << answer.error().text;
    EXPECT_EQ(answer->headers.find("X-Seen"), "POST /echo tls");
    EXPECT_TRUE(answer->headers.has("Strict-Transport-Security"));
}

Task<void> ask_within(HttpClient& client, std::string url, Deadline deadline, int& status)
{
    ClientRequest request{.method = Method::get, .url = url};
    auto answer = co_await client.send(std::move(request), deadline);
    status = answer.has_value() ? answer->status : 0;
    co_await client.close_idle();
}

Task<void> ask_behind_one_that_is_silent(const Loopback& good, std::shared_ptr<const tls::ClientContext> trust, int& status)
{
    Executor executor = co_await async::this_executor();
    // The kernel takes connections to it, and nobody ever answers.
    auto silent = net::Listener::bind(executor, {parse_ip("127.0.0.2").value(), good.at().port}, false);
    EXPECT_TRUE(silent.has_value());
    ClientOptions options = secure_options(std::move(trust));
    options.resolver = std::make_shared<dns::CannedResolver>("keys.test A 127.0.0.2\nkeys.test A 127.0.0.1");
    HttpClient client(std::move(options));
    const std::string url = "https://keys.test:" + std::to_string(good.at().port) + "/echo";
    co_await ask_within(client, url, Deadline::after(std::chrono::seconds(3)), status);
}

TEST(HttpClient, LeavesTimeForTheAddressBehindOneThatIsSilent)
{
    const Authority authority;
    Loopback good(make_router(), {}, authority.identity("keys.test"));
    int status = 0;
    async::run_here([&] { return ask_behind_one_that_is_silent(good, authority.trust(), status); });
    EXPECT_EQ(status, 200);
}

TEST(HttpClient, SendsNothingToAServerThatDoesNotProveItsName)
{
    const Authority authority;
    const Authority stranger;
    ports.clear();
    Loopback loopback(make_router(), {}, authority.identity("keys.test"));
    const std::string port = std::to_string(loopback.at().port);
    HttpClient distrustful(secure_options(stranger.trust()));
    ClientRequest untrusted{.url = "https://keys.test:" + port + "/echo"};
    EXPECT_EQ(send_one(distrustful, untrusted).error().fault, Fault::denied);
    HttpClient client(secure_options(authority.trust()));
    ClientRequest misnamed{.url = "https://other.test:" + port + "/echo"};
    EXPECT_EQ(send_one(client, misnamed).error().fault, Fault::denied);
    ClientRequest unknown{.url = "https://nowhere.test:" + port + "/echo"};
    EXPECT_EQ(send_one(client, unknown).error().fault, Fault::give_up);
    EXPECT_TRUE(ports.empty());
}

TEST(HttpClient, SaysThatAHostDoesNotProveItsNameThoughNothingListensAtItsNextAddress)
{
    const Authority authority;
    const Authority stranger;
    Loopback loopback(make_router(), {}, authority.identity("keys.test"));
    ClientOptions options = secure_options(stranger.trust());
    options.resolver = std::make_shared<dns::CannedResolver>("keys.test A 127.0.0.1\nkeys.test A 127.0.0.2");
    HttpClient client(std::move(options));
    ClientRequest request{.url = "https://keys.test:" + std::to_string(loopback.at().port) + "/echo"};
    const auto answer = send_one(client, request);
    ASSERT_TRUE(answer.has_error());
    EXPECT_EQ(answer.error().fault, Fault::denied);
    EXPECT_THAT(answer.error().text, testing::HasSubstr("does not prove to be keys.test"));
}

TEST(HttpServer, PresentsAReplacedCertificateToTheNextConnection)
{
    const Authority authority;
    const auto identity = authority.identity("keys.test");
    Loopback loopback(make_router(), {}, identity);
    const std::string url = "https://other.test:" + std::to_string(loopback.at().port) + "/echo";
    HttpClient client(secure_options(authority.trust()));
    ClientRequest before{.url = url};
    EXPECT_TRUE(send_one(client, before).has_error());
    identity->replace(authority.identity("other.test")->current());
    ClientRequest after{.url = url};
    EXPECT_TRUE(send_one(client, after).has_value());
}

}  // namespace
}  // namespace sealpost::http
