#include "core/keys/kek.hpp"
#include "serve/node/node.hpp"

#include "serve/post_office.hpp"
#include "serve/task_answers.hpp"
#include "sys/dns/canned_resolver.hpp"
#include "sys/http/client.hpp"
#include "sys/net/datagram.hpp"
#include "sys/tls/stream.hpp"
#include "temporary_folder.hpp"
#include "test_store.hpp"

#include <gmock/gmock.h>

#include <thread>

namespace sealpost::node {
namespace {

using queue::wait_for;
using testing::HasSubstr;

Deadline soon() { return Deadline::after(std::chrono::seconds(20)); }

// Says of every name that it does not exist, so that no node waits for DNS.
class NoNames {
public:
    NoNames()
    {
        socket_ = net::DatagramSocket::bind(workers_.executor(0), {IpAddress::loopback_v4(), 0}).value();
        workers_.spawn(0, run());
    }
    ~NoNames() { workers_.stop(); }
    [[nodiscard]] Endpoint at() const { return socket_->local(); }

private:
    Task<void> run()
    {
        while (true) {
            auto query = co_await socket_->receive();
            if (query.has_error()) co_return;
            if (query->bytes.size() < 12) continue;
            const auto name_end = query->bytes.find('\0', 12);
            std::string answer = query->bytes.substr(0, name_end + 5);
            answer.replace(2, 2, "\x85\x83");  // RFC 1035 §4.1.1: authoritative, name error
            answer.replace(6, 6, std::string(6, '\0'));
            [[maybe_unused]] auto sent = co_await socket_->send(query->from, answer);
        }
    }
    async::Workers workers_{1};
    std::unique_ptr<net::DatagramSocket> socket_;
};

constexpr std::string_view policy_text = R"(
[[mail_flow_policy]]
name = "OPEN"
behavior = "accept"
[[sender_group]]
name = "EVERYBODY"
listener = "public"
policy = "OPEN"
senders = ["ALL"]
[[recipient]]
address = "acme.test"
)";

class NodeStart : public testing::Test {
protected:
    NodeStart()
    {
        write_certificate();
        EXPECT_TRUE(keys::KekFile::make((folder_ / "kek.key").string(), clock_.now()).has_value());
    }

    // A new certificate in the place of the old one; answers its fingerprint.
    std::string write_certificate()
    {
        const auto key = crypto::PrivateKey::make_ecdsa_p256().value();
        auto order = smtpd::Authority::order("keys.test", false);
        const auto leaf = crypto::make_certificate(order, key, authority_.issuer).value();
        write("mx1.pem", leaf.to_pem());
        EXPECT_TRUE(files::write_secret(folder_ / "mx1.key", key.to_pem()).has_value());
        return leaf.sha256_fingerprint();
    }
    void write(const std::string& name, std::string_view text)
    {
        EXPECT_TRUE(files::write_file(folder_ / name, text, files::Access::owner_only).has_value());
    }

    config::NodeConfig configure(const std::string& roles, const std::string& more = "")
    {
        std::string text = "[node]\nhostname = \"mx1.acme.test\"\ndata_dir = \"data\"\nworkers = 1\nroles = [" + roles +
                           "]\n[dns]\nresolver = \"" + format_endpoint(names_.at()) +
                           "\"\n[tls]\ntrust = []\n[limits]\ndrain_timeout = \"20s\"\n"
                           "[[certificate]]\nname = \"mx1\"\nchain = \"mx1.pem\"\nkey = \"mx1.key\"\n";
        if (roles.find("gateway") != std::string::npos)
            text += "[[listener]]\nname = \"public\"\nkind = \"public\"\naddress = \"127.0.0.1:0\"\ncertificate = \"mx1\"\n";
        if (roles.find("service") != std::string::npos)
            text +=
                "[service]\nurl = \"https://keys.test\"\nlisten = \"127.0.0.1:0\"\ncertificate = \"mx1\"\n"
                "kek = \"file:kek.key\"\nmail_domain = \"keys.test\"\n";
        auto loaded = config::read_config(text + more, folder_ / "sealpost.toml");
        for (const auto& problem : loaded.problems) ADD_FAILURE() << config::format_problem(problem);
        return loaded.config.value();
    }
    Result<std::unique_ptr<Node>> start(config::NodeConfig config)
    {
        return Node::start(std::move(config), clock_, log::Log::silent());
    }
    Result<std::unique_ptr<Node>> start(const std::string& roles) { return start(configure(roles)); }

    static Endpoint find(const Node& node, std::string_view name)
    {
        for (const auto& known : node.endpoints())
            if (known.name == name) return known.endpoint;
        ADD_FAILURE() << "no endpoint " << name;
        return {};
    }

    Task<std::string> fingerprint(Endpoint at)
    {
        auto stream = co_await net::connect(at, std::nullopt, soon());
        auto secure = co_await tls::connect_tls(std::move(*stream), authority_.client(), "keys.test", soon());
        const std::string found = (*secure)->proof().chain.front().sha256_fingerprint();
        (*secure)->close();
        co_return found;
    }

    Task<Result<http::ClientResponse>> get(std::uint16_t port, std::string path)
    {
        http::ClientOptions options;
        options.trust = authority_.client();
        options.resolver = std::make_shared<dns::CannedResolver>("keys.test A 127.0.0.1");
        http::HttpClient client(std::move(options));
        http::ClientRequest request;
        request.url = "https://keys.test:" + std::to_string(port) + path;
        auto response = co_await client.send(std::move(request), soon());
        co_await client.close_idle();
        co_return response;
    }

    NoNames names_;
    test::TemporaryFolder temporary_;
    const std::filesystem::path folder_ = temporary_.path();
    SystemClock clock_;
    smtpd::Authority authority_;
};

// One line there, all that comes back until a line without a hyphen behind its code.
Task<std::string> say(net::ByteStream& stream, std::string line)
{
    if (!line.empty()) {
        auto written = co_await stream.write(line, soon());
        if (written.has_error()) co_return "cannot write";
    }
    std::string heard;
    std::array<char, 4096> room{};
    while (true) {
        auto count = co_await stream.read_some(room, soon());
        if (count.has_error() || *count == 0) co_return heard;
        heard.append(room.data(), *count);
        const auto last = heard.rfind('\n', heard.size() - 2);
        const auto begin = last == std::string::npos ? 0 : last + 1;
        if (heard.ends_with("\r\n") && heard.size() > begin + 3 && heard[begin + 3] == ' ') co_return heard;
    }
}

Task<std::string> greet(Endpoint at)
{
    auto stream = co_await net::connect(at, std::nullopt, soon());
    auto heard = co_await say(**stream, "");
    auto more = co_await say(**stream, "EHLO client.test\r\n");
    co_return heard + more;
}

TEST_F(NodeStart, ListensForMailAsAGateway)
{
    auto node = start("\"gateway\"");
    ASSERT_TRUE(node.has_value()) << node.error().text;
    EXPECT_NE((*node)->gateway(), nullptr);
    EXPECT_EQ((*node)->service(), nullptr);
    const auto heard = wait_for(greet(find(**node, "public")));
    EXPECT_THAT(heard, HasSubstr("220 mx1.acme.test"));
    EXPECT_THAT(heard, HasSubstr("STARTTLS"));
}

TEST_F(NodeStart, AnswersPeopleAndGatewaysAsAService)
{
    auto node = start("\"service\"");
    ASSERT_TRUE(node.has_value()) << node.error().text;
    EXPECT_EQ((*node)->gateway(), nullptr);
    const auto port = find(**node, "service").port;
    const auto answer = wait_for(get(port, "/api/v1/session"));
    ASSERT_TRUE(answer.has_value()) << answer.error().text;
    EXPECT_EQ(answer->status, 200);
    EXPECT_THAT(answer->body, HasSubstr("\"person\":null"));
    for (const char* page : {"/open", "/security", "/sent", "/compose", "/compose?to=alice@acme.test"})
        EXPECT_EQ(wait_for(get(port, page)).value().status, 200) << page;
}

TEST_F(NodeStart, PlaysBothRolesOverOneQueue)
{
    auto node = start("\"gateway\", \"service\"");
    ASSERT_TRUE(node.has_value()) << node.error().text;
    EXPECT_THAT(wait_for(greet(find(**node, "public"))), HasSubstr("220 mx1.acme.test"));
    EXPECT_EQ(wait_for(get(find(**node, "service").port, "/api/v1/session")).value().status, 200);
}

TEST_F(NodeStart, AdministersAGatewaysPoliciesWhereItsConfigurationSays)
{
    auto node = start(
        configure("\"gateway\"", "[admin]\nlisten = \"127.0.0.1:0\"\ncertificate = \"mx1\"\nurl = \"https://keys.test\"\n"));
    ASSERT_TRUE(node.has_value()) << node.error().text;
    const auto port = find(**node, "admin").port;
    EXPECT_EQ(wait_for(get(port, "/api/v1/policy/state")).value().status, 401);
    EXPECT_THAT(wait_for(get(port, "/api/v1/admin/session")).value().body, HasSubstr("\"name\":null"));
    EXPECT_EQ(wait_for(get(port, "/api/v1/admin/domains")).value().status, 404) << "no account is managed here";
}

TEST_F(NodeStart, HasThePoliciesBesideThePortalWhenItIsAGatewayToo)
{
    {
        auto both = start("\"gateway\", \"service\"");
        ASSERT_TRUE(both.has_value()) << both.error().text;
        const auto port = find(**both, "service").port;
        EXPECT_EQ(wait_for(get(port, "/api/v1/policy/state")).value().status, 401);
        EXPECT_EQ(wait_for(get(port, "/api/v1/admin/domains")).value().status, 401);
    }
    auto service = start("\"service\"");
    ASSERT_TRUE(service.has_value()) << service.error().text;
    EXPECT_EQ(wait_for(get(find(**service, "service").port, "/api/v1/policy/state")).value().status, 404);
}

TEST_F(NodeStart, RefusesABrokenCertificateAndLeavesNothingRunning)
{
    struct Case {
        const char* what;
        std::function<void()> spoil;
    };
    const std::string key = std::string(files::read_secret(folder_ / "mx1.key", 100'000).value().reveal_text());
    const Case cases[] = {
        {"not PEM", [&] { write("mx1.pem", "nonsense"); }},
        {"missing", [&] { std::filesystem::remove(folder_ / "mx1.pem"); }},
        {"another key", [&] { write("mx1.key", crypto::PrivateKey::make_ecdsa_p256().value().to_pem().reveal_text()); }},
        {"no key", [&] { write("mx1.key", ""); }},
        {"open to all", [&] { std::filesystem::permissions(folder_ / "mx1.key", std::filesystem::perms(0644)); }},
    };
    for (const Case& given : cases) {
        given.spoil();
        auto node = start("\"gateway\", \"service\"");
        ASSERT_TRUE(node.has_error()) << given.what;
        EXPECT_EQ(node.error().fault, Fault::config) << given.what << ": " << node.error().text;
        EXPECT_THAT(node.error().text, HasSubstr("mx1")) << given.what;
        write_certificate();
    }
    EXPECT_TRUE(start("\"gateway\", \"service\"").has_value()) << "the data directory is free again";
}

TEST_F(NodeStart, RefusesAServiceWithoutItsKeyEncryptionKey)
{
    std::filesystem::remove(folder_ / "kek.key");
    auto node = start("\"service\"");
    ASSERT_TRUE(node.has_error());
    EXPECT_EQ(node.error().fault, Fault::config) << node.error().text;
    EXPECT_THAT(node.error().text, HasSubstr("kek.key"));
}

TEST_F(NodeStart, NamesTheListenerWhoseAddressIsTaken)
{
    async::Workers workers(1);
    auto holder = net::Listener::bind(workers.executor(0), {IpAddress::loopback_v4(), 0}, false).value();
    auto config = configure("\"gateway\", \"service\"");
    config.listeners.at(0).addresses = {holder->local()};
    auto node = start(std::move(config));
    ASSERT_TRUE(node.has_error());
    EXPECT_THAT(node.error().text, HasSubstr("public"));
    EXPECT_TRUE(start("\"gateway\"").has_value()) << "nothing keeps running";
}

TEST_F(NodeStart, RefusesASecondInstanceOnTheSameData)
{
    auto first = start("\"gateway\"");
    ASSERT_TRUE(first.has_value()) << first.error().text;
    auto second = start("\"gateway\"");
    ASSERT_TRUE(second.has_error());
    EXPECT_EQ(second.error().fault, Fault::retry_later);
    EXPECT_THAT(wait_for(greet(find(**first, "public"))), HasSubstr("220 ")) << "the first one goes on";
    first->reset();
    EXPECT_TRUE(start("\"gateway\"").has_value());
}

TEST_F(NodeStart, SharesNoPortWithAnotherNode)
{
    auto first = start("\"gateway\"");
    ASSERT_TRUE(first.has_value()) << first.error().text;
    auto config = configure("\"gateway\"");
    config.node.data_dir = folder_ / "other";
    config.store.file = folder_ / "other/other.db";
    config.store.url = "sqlite:" + config.store.file.string();
    config.listeners.front().addresses = {find(**first, "public")};
    auto second = start(config);
    ASSERT_TRUE(second.has_error());
    EXPECT_EQ(second.error().fault, Fault::config);
    EXPECT_THAT(second.error().text, HasSubstr("listener \"public\": cannot listen on"));
    first->reset();
    EXPECT_TRUE(start(config).has_value());
}

TEST_F(NodeStart, ReloadsWhatItCanAndTellsWhatItCannot)
{
    write_certificate();
    write("countries.csv", "127.0.0.0/8,DE\n");
    write("service.token", "spt_token");
    write("submission.users", "alice:$argon2id$v=19$m=65536,t=3,p=1$c2FsdA$aGFzaA\n");
    write("relay.password", "secret");
    auto node = start(configure("\"gateway\"",
                                "[[listener]]\nname = \"submission\"\nkind = \"submission\"\naddress = \"127.0.0.1:0\"\n"
                                "certificate = \"mx1\"\nusers_file = \"submission.users\"\n"
                                "[[smtp_login]]\nname = \"relay\"\nuser = \"acme\"\npassword_file = \"relay.password\"\n"
                                "[country]\nsource = \"file:countries.csv\"\n"
                                "[gateway]\nservice_url = \"https://keys.test\"\ntoken_file = \"service.token\"\n"));
    ASSERT_TRUE(node.has_value()) << node.error().text;
    EXPECT_THAT((*node)->reload(), testing::IsEmpty());
    write("mx1.pem", "nonsense");
    write("countries.csv", "nonsense");
    write("service.token", "");
    write("submission.users", "nonsense");
    write("relay.password", "");
    EXPECT_THAT(
        (*node)->reload(),
        ElementsAre(HasSubstr("certificate \"mx1\""), HasSubstr("countries.csv"), HasSubstr("gateway.token_file stays as it was"),
                    HasSubstr("listener.users_file stays as it was"), HasSubstr("smtp_login.password_file stays as it was")));
}

TEST_F(NodeStart, PresentsNewCertificatesAfterAReload)
{
    const std::string first = write_certificate();
    auto node = start("\"service\"");
    ASSERT_TRUE(node.has_value()) << node.error().text;
    const auto at = find(**node, "service");
    EXPECT_EQ(wait_for(fingerprint(at)), first);
    const std::string second = write_certificate();
    EXPECT_EQ(wait_for(fingerprint(at)), first) << "not before the reload";
    EXPECT_THAT((*node)->reload(), testing::IsEmpty());
    EXPECT_EQ(wait_for(fingerprint(at)), second);
    write("mx1.pem", "nonsense");
    EXPECT_THAT((*node)->reload(), ElementsAre(HasSubstr("stays as it was")));
    EXPECT_EQ(wait_for(fingerprint(at)), second) << "a broken file changes nothing";
}

// Begins a message, has the node stopped from another thread, and ends the message once the node
// takes no new connections.
Task<void> be_drained(Node& node, Endpoint at, std::thread& stopper, std::string& last, std::string& idle_last)
{
    auto idle = co_await net::connect(at, std::nullopt, soon());
    idle_last = co_await say(**idle, "");
    auto stream = co_await net::connect(at, std::nullopt, soon());
    last = co_await say(**stream, "");
    for (const char* line :
         {"EHLO client.test\r\n", "MAIL FROM:<carol@partner.test>\r\n", "RCPT TO:<alice@acme.test>\r\n", "DATA\r\n"})
        last = co_await say(**stream, line);
    EXPECT_THAT(last, testing::StartsWith("354"));
    stopper = std::thread([&node] { node.stop(); });
    while (true) {
        auto late = co_await net::connect(at, std::nullopt, soon());
        if (late.has_error()) break;
    }
    idle_last = co_await say(**idle, "");
    last = co_await say(**stream, "From: carol@partner.test\r\nSubject: late\r\n\r\nbody\r\n.\r\n");
}

TEST_F(NodeStart, LetsAMessageUnderWayArriveBeforeItStops)
{
    auto node = start("\"gateway\"");
    ASSERT_TRUE(node.has_value()) << node.error().text;
    auto& policy = (*node)->gateway()->policy();
    ASSERT_EQ(policy.submit(std::string(policy_text), "policy.toml", "ann").value().kind, revisions::SubmitResult::Kind::staged);
    ASSERT_TRUE(policy.commit("ann", "").has_value());
    const auto at = find(**node, "public");
    std::thread stopper;
    std::string last, idle_last;
    async::run_here([&] { return be_drained(**node, at, stopper, last, idle_last); });
    if (stopper.joinable()) stopper.join();
    EXPECT_THAT(last, testing::StartsWith("250 2.0.0"));
    EXPECT_THAT(idle_last, testing::StartsWith("421 "));
    const std::string url = (*node)->machinery().config.store.url;
    node->reset();
    auto database = test::open_store(url).value();
    auto queue = queue::Queue::open(database, clock_, log::Log::silent()).value();
    // Waiting, or sent back meanwhile to who wrote to a domain that does not exist.
    EXPECT_TRUE(wait_for(queue->track(queue::MessageId(1))).value().has_value()) << "what was answered with 250 is kept";
}

// Opens a message to the end of RCPT, so that a stop waits for it.
Task<std::unique_ptr<net::TcpStream>> be_busy(Endpoint at)
{
    auto stream = co_await net::connect(at, std::nullopt, soon());
    std::string said = co_await say(**stream, "");
    for (const char* line : {"EHLO client.test\r\n", "MAIL FROM:<carol@partner.test>\r\n", "RCPT TO:<alice@acme.test>\r\n"})
        said = co_await say(**stream, line);
    EXPECT_THAT(said, testing::StartsWith("250 "));
    co_return std::move(*stream);
}

Task<std::unique_ptr<net::TcpStream>> be_idle(Endpoint at)
{
    auto stream = co_await net::connect(at, std::nullopt, soon());
    const std::string said = co_await say(**stream, "");
    EXPECT_THAT(said, testing::StartsWith("220 "));
    co_return std::move(*stream);
}

// Has a node stopped that is busy on two listeners. Both must say so to those who wait, and the pages close, before
// any of the messages has come to its end.
Task<void> be_drained_together(Node& node, std::vector<Endpoint> listeners, Endpoint pages, std::thread& stopper,
                               std::vector<std::string>& heard, bool& pages_closed)
{
    std::vector<std::unique_ptr<net::TcpStream>> busy;
    std::vector<std::unique_ptr<net::TcpStream>> idle;
    for (const Endpoint& at : listeners) {
        auto opened = co_await be_busy(at);
        busy.push_back(std::move(opened));
        opened = co_await be_idle(at);
        idle.push_back(std::move(opened));
    }
    stopper = std::thread([&node] { node.stop(); });
    for (auto& stream : idle) {
        std::string said = co_await say(*stream, "");
        heard.push_back(std::move(said));
    }
    const Deadline patience = soon();
    while (!pages_closed && !patience.has_passed()) {
        auto late = co_await net::connect(pages, std::nullopt, soon());
        pages_closed = late.has_error();
    }
    for (auto& stream : busy) {
        std::string said = co_await say(*stream, "QUIT\r\n");
        heard.push_back(std::move(said));
    }
}

TEST_F(NodeStart, DrainsAllItsServersBesideEachOther)
{
    const std::string more =
        "[[listener]]\nname = \"second\"\nkind = \"public\"\naddress = \"127.0.0.1:0\"\ncertificate = \"mx1\"\n";
    auto config = configure("\"gateway\", \"service\"", more);
    config.limits.drain_timeout = std::chrono::seconds(60);  // longer than anybody here is patient
    auto node = start(std::move(config));
    ASSERT_TRUE(node.has_value()) << node.error().text;
    auto& policy = (*node)->gateway()->policy();
    const std::string text =
        std::string(policy_text) +
        "[[sender_group]]\nname = \"EVERYBODY\"\nlistener = \"second\"\npolicy = \"OPEN\"\nsenders = [\"ALL\"]\n";
    const auto submitted = policy.submit(text, "policy.toml", "ann").value();
    ASSERT_EQ(submitted.kind, revisions::SubmitResult::Kind::staged);
    ASSERT_TRUE(policy.commit("ann", "").has_value());
    const std::vector<Endpoint> listeners{find(**node, "public"), find(**node, "second")};
    const auto pages = find(**node, "service");
    std::thread stopper;
    std::vector<std::string> heard;
    bool pages_closed = false;
    async::run_here([&] { return be_drained_together(**node, listeners, pages, stopper, heard, pages_closed); });
    if (stopper.joinable()) stopper.join();
    using testing::StartsWith;
    EXPECT_THAT(heard, ElementsAre(StartsWith("421 "), StartsWith("421 "), StartsWith("221 "), StartsWith("221 ")));
    EXPECT_TRUE(pages_closed);
}

TEST_F(NodeStart, MayBeStoppedTwice)
{
    auto node = start("\"gateway\", \"service\"");
    ASSERT_TRUE(node.has_value()) << node.error().text;
    (*node)->stop();
    (*node)->stop();
    (*node)->close_idle_deliveries();  // nothing is open any more, and nobody waits for it
}

}  // namespace
}  // namespace sealpost::node
