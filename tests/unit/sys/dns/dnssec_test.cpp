#include "name_server.hpp"
#include "signed_zone.hpp"
#include "sys/async/workers.hpp"
#include "sys/dns/unbound_resolver.hpp"

#include <gtest/gtest.h>

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
    options.validation = Validation::strict;
    const Answer strict = ask(options, "mx.acme.test", Type::a);
    EXPECT_EQ(strict.status, Status::temporary);
    EXPECT_TRUE(strict.bogus);
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
