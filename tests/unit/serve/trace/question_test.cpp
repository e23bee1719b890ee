#include "serve/trace/question.hpp"

#include "serve/trace/trace_world.hpp"
#include "temporary_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>

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

TEST(TraceQuestion, ReadsAFileOnlyWhereItCouldDecide)
{
    const test::TemporaryFolder folder;
    config::NodeConfig config;
    config.country = config::FactSource{folder.path() / "countries.csv", ""};
    std::ofstream(folder.path() / "countries.csv") << "192.0.2.0/33,XX\n";
    const auto load = [&config](const Inquiry& inquiry) { return load_asker(config, *snapshot(), inquiry, nullptr); };
    ASSERT_TRUE(load(from("192.0.2.1")).has_error());
    EXPECT_EQ(load(from("192.0.2.1")).error().fault, Fault::config);
    EXPECT_TRUE(load(from("192.0.2.10", "private")).has_value()) << "no group asks there";
    auto given = from("192.0.2.1");
    given.given.country = true;
    EXPECT_TRUE(load(given).has_value());
    std::ofstream(folder.path() / "countries.csv") << "192.0.2.0/24,XX\n";
    EXPECT_TRUE(load(from("192.0.2.1")).has_value());
}

}  // namespace
}  // namespace sealpost::trace
