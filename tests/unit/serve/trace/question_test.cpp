#include "serve/trace/question.hpp"

#include <gtest/gtest.h>

namespace sealpost::trace {
namespace {

TEST(TraceQuestion, TakesAnAddressWithOrWithoutBrackets)
{
    EXPECT_EQ(parse_address("bob@Acme.Test").value(), parse_address("<bob@acme.test>").value());
    EXPECT_EQ(parse_address("<>").value(), "");
    EXPECT_EQ(parse_address("").value(), "");
    EXPECT_EQ(parse_address("postmaster").value(), "postmaster");
    EXPECT_EQ(parse_address("carol").value(), "carol") << "for the policy to complete";
    EXPECT_TRUE(parse_address("bob@@acme.test").has_error());
    EXPECT_TRUE(parse_address("<bob@acme.test").has_error());
}

TEST(TraceQuestion, DecidesAsTheNodeOfTheConfiguration)
{
    config::NodeConfig config;
    config.node.hostname = "mx1.acme.test";
    config.dns.timeout = std::chrono::seconds(3);
    config.limits.authentication_timeout = std::chrono::seconds(7);
    const SystemClock clock;
    const auto parts = make_parts(config, "public", nullptr, nullptr, clock);
    EXPECT_EQ(parts.hostname, "mx1.acme.test");
    EXPECT_EQ(parts.dns_timeout, std::chrono::seconds(3));
    EXPECT_EQ(parts.authentication_timeout, std::chrono::seconds(7));
    EXPECT_EQ(parts.clock, &clock);
    EXPECT_FALSE(parts.verifies_bounces);
}

}  // namespace
}  // namespace sealpost::trace
