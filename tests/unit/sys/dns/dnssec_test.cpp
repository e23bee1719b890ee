#include "name_server.hpp"
#include "signed_zone.hpp"
#include "sys/async/workers.hpp"
#include "sys/dns/unbound_resolver.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

namespace sealpost::dns {
namespace {

using Validation = UnboundOptions::Validation;

constexpr auto zone =
    "$ORIGIN test.\n$TTL 600\n@ SOA ns.test. admin.test. 1 3600 600 86400 300\n@ NS ns.test.\n"
    "ns A 127.0.0.1\nmx.acme A 192.0.2.1\nforged A 192.0.2.66\n";

// A signed zone in which one record was changed after signing.
class Dnssec : public testing::Test {
protected:
    static void SetUpTestSuite()
    {
        SignedZone made = sign_zone("test", zone);
        made.master_file.replace(made.master_file.find("192.0.2.66"), 10, "192.0.2.99");
        anchor_ = made.trust_anchor;
        server_ = std::make_unique<NameServer>("test", made.master_file);
    }
    static void TearDownTestSuite() { server_.reset(); }

    static Answer ask(Validation validation, std::string name, Type type)
    {
        UnboundOptions options;
        options.forwarder = server_->endpoint();
        options.validation = validation;
        options.trust_anchor_file.clear();
        options.trust_anchors.push_back(anchor_);
        return ask(options, std::move(name), type);
    }

    static Answer ask(const UnboundOptions& options, std::string name, Type type)
    {
        const auto resolver = UnboundResolver::make(options).value();
        Answer answer;
        async::run_here([&]() -> Task<void> {
            auto given = co_await resolver->query(name, type, Deadline::after(std::chrono::seconds(20)));
            answer = std::move(given);
        });
        return answer;
    }

    static inline std::unique_ptr<NameServer> server_;
    static inline std::string anchor_;
};

TEST_F(Dnssec, MarksWhatValidatesAsSecure)
{
    for (const Validation validation : {Validation::when_possible, Validation::strict}) {
        const Answer answer = ask(validation, "mx.acme.test", Type::a);
        EXPECT_EQ(answer.status, Status::found) << answer.problem;
        EXPECT_TRUE(answer.secure);
    }
    EXPECT_FALSE(ask(Validation::off, "mx.acme.test", Type::a).secure);
}

TEST_F(Dnssec, ProvesThatANameDoesNotExist)
{
    const Answer answer = ask(Validation::strict, "nothere.test", Type::a);
    EXPECT_EQ(answer.status, Status::no_such_name);
    EXPECT_TRUE(answer.secure);
}

TEST_F(Dnssec, NeverCallsAForgedAnswerSecure)
{
    const Answer strict = ask(Validation::strict, "forged.test", Type::a);
    EXPECT_EQ(strict.status, Status::temporary);
    EXPECT_FALSE(strict.problem.empty());
    const Answer lenient = ask(Validation::when_possible, "forged.test", Type::a);
    EXPECT_EQ(lenient.status, Status::temporary);
    EXPECT_TRUE(lenient.bogus);
}

TEST_F(Dnssec, TakesAnswersAsInsecureWhereNoSignatureComesThrough)
{
    const NameServer unsigned_server("test", zone);
    UnboundOptions options;
    options.forwarder = unsigned_server.endpoint();
    options.validation = Validation::when_possible;
    options.trust_anchor_file.clear();
    options.trust_anchors.push_back(anchor_);
    const Answer answer = ask(options, "mx.acme.test", Type::a);
    EXPECT_EQ(answer.status, Status::found) << answer.problem;
    EXPECT_FALSE(answer.secure);
    EXPECT_LE(answer.ttl, std::chrono::minutes(5)) << "validating is tried again then; the zone says ten minutes";
    options.validation = Validation::strict;
    const Answer strict = ask(options, "mx.acme.test", Type::a);
    EXPECT_EQ(strict.status, Status::temporary);
    EXPECT_TRUE(strict.bogus);
}

// Passes questions on, and answers one of them with an error instead.
class FailingWay {
public:
    // `question` as on the wire: labels, type and class. The rcode is that of RFC 1035 §4.1.1.
    FailingWay(Endpoint behind, std::string question, char rcode) : question_(std::move(question)), rcode_(rcode)
    {
        front_ = open(0, true);
        back_ = open(behind.port, false);
        socklen_t size = sizeof(sockaddr_in);
        sockaddr_in bound{};
        getsockname(front_, reinterpret_cast<sockaddr*>(&bound), &size);
        endpoint_ = {IpAddress::loopback_v4(), ntohs(bound.sin_port)};
        thread_ = std::thread([this] { run(); });
    }
    ~FailingWay()
    {
        shutdown(front_, SHUT_RDWR);  // wakes recvfrom
        thread_.join();
        close(front_);
        close(back_);
    }
    FailingWay(const FailingWay&) = delete;
    FailingWay& operator=(const FailingWay&) = delete;

    [[nodiscard]] Endpoint endpoint() const { return endpoint_; }
    [[nodiscard]] int failed() const { return failed_; }

    // From the next question on.
    void lead_to(Endpoint behind)
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(behind.port);
        EXPECT_EQ(connect(back_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }

private:
    static int open(std::uint16_t port, bool is_front)
    {
        const int made = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        const auto* there = reinterpret_cast<const sockaddr*>(&address);
        const int done = is_front ? bind(made, there, sizeof address) : connect(made, there, sizeof address);
        const timeval patience{5, 0};
        if (!is_front) setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        EXPECT_EQ(done, 0);
        return made;
    }

    void run()
    {
        std::array<char, 4096> buffer{};
        for (;;) {
            sockaddr_in from{};
            socklen_t size = sizeof from;
            auto count = recvfrom(front_, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
            if (count <= 0) return;
            if (std::string_view(buffer.data(), static_cast<std::size_t>(count)).substr(12).starts_with(question_)) {
                ++failed_;
                buffer[2] = static_cast<char>(buffer[2] | 0x80);
                buffer[3] = static_cast<char>(0x80 | rcode_);
                buffer[10] = buffer[11] = 0;  // no EDNS
                count = static_cast<ssize_t>(12 + question_.size());
            } else {
                send(back_, buffer.data(), static_cast<std::size_t>(count), 0);
                count = recv(back_, buffer.data(), buffer.size(), 0);
                if (count <= 0) continue;
            }
            sendto(front_, buffer.data(), static_cast<std::size_t>(count), 0, reinterpret_cast<const sockaddr*>(&from), size);
        }
    }

    std::string question_;
    char rcode_;
    int front_ = -1;
    int back_ = -1;
    Endpoint endpoint_;
    std::atomic<int> failed_ = 0;
    std::thread thread_;
};

TEST_F(Dnssec, KeepsAForgedAnswerAFailureWhenTheAnchorItselfGetsNoAnswer)
{
    const std::string test_a("\4test\0\0\1\0\1", 10);
    for (const char rcode : {'\2', '\5'}) {
        FailingWay way(server_->endpoint(), test_a, rcode);
        UnboundOptions options;
        options.forwarder = way.endpoint();
        options.validation = Validation::when_possible;
        options.trust_anchor_file.clear();
        options.trust_anchors.push_back(anchor_);
        const Answer answer = ask(options, "forged.test", Type::a);
        EXPECT_EQ(answer.status, Status::temporary);
        EXPECT_TRUE(answer.bogus);
        EXPECT_GT(way.failed(), 0) << "the anchor was asked";
    }
}

// Signatures that came through before may come again: what is insecure meanwhile is not so for good.
TEST_F(Dnssec, TellsAnAnswerOfAWayThatHasLostItsSignaturesFromOneOfAWayThatNeverHadAny)
{
    const NameServer unsigned_server("test", zone);
    for (const bool had_some : {true, false}) {
        FailingWay way(had_some ? server_->endpoint() : unsigned_server.endpoint(), "no question", '\2');
        UnboundOptions options;
        options.forwarder = way.endpoint();
        options.validation = Validation::when_possible;
        options.trust_anchor_file.clear();
        options.trust_anchors.push_back(anchor_);
        const auto resolver = UnboundResolver::make(options).value();
        Answer before;
        Answer after;
        async::run_here([&]() -> Task<void> {
            auto first = co_await resolver->query("mx.acme.test", Type::a, Deadline::after(std::chrono::seconds(20)));
            before = std::move(first);
            way.lead_to(unsigned_server.endpoint());
            auto second = co_await resolver->query("ns.test", Type::a, Deadline::after(std::chrono::seconds(20)));
            after = std::move(second);
        });
        EXPECT_EQ(before.secure, had_some);
        EXPECT_FALSE(before.unvalidated);
        EXPECT_EQ(after.status, Status::found) << after.problem;
        EXPECT_FALSE(after.secure);
        EXPECT_EQ(after.unvalidated, had_some);
    }
}

TEST_F(Dnssec, ResolvesNamesOfPrivateUseBesideTheRootsKeys)
{
    const NameServer unsigned_server("test", zone);
    UnboundOptions options;
    options.forwarder = unsigned_server.endpoint();
    options.validation = Validation::when_possible;
    const Answer answer = ask(options, "mx.acme.test", Type::a);
    EXPECT_EQ(answer.status, Status::found) << answer.problem;
    EXPECT_FALSE(answer.secure);
}

}  // namespace
}  // namespace sealpost::dns
