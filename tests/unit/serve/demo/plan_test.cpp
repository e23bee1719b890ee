#include "serve/demo/plan.hpp"

#include "sys/async/workers.hpp"
#include "sys/net/datagram.hpp"
#include "sys/net/stream.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sealpost::demo {
namespace {

TEST(Plan, CountsFromAPortBase)
{
    const auto plan = Plan::make(20000).value();
    EXPECT_EQ(format_endpoint(plan.page), "127.0.0.1:20000");
    EXPECT_EQ(format_endpoint(plan.service), "127.0.0.1:20001");
    EXPECT_EQ(format_endpoint(plan.public_mx), "127.0.0.2:20025");
    EXPECT_EQ(format_endpoint(plan.partner_mx), "127.0.0.3:20025");
    EXPECT_EQ(format_endpoint(plan.inner), "127.0.0.4:20026");
    EXPECT_EQ(format_endpoint(plan.names), "127.0.0.1:20053");
    EXPECT_EQ(format_endpoint(plan.submission), "127.0.0.2:20087");
    EXPECT_EQ(plan.service_url(), "https://localhost:20001");
    EXPECT_EQ(plan.page_url(), "http://localhost:20000");
    EXPECT_EQ(format_endpoint(plan.admin), "127.0.0.1:20002");
    EXPECT_EQ(plan.admin_url(), "https://mx1.localhost:20002");
}

TEST(Plan, RefusesABaseWithoutRoomAboveIt)
{
    EXPECT_TRUE(Plan::make(65000).has_value());
    EXPECT_EQ(Plan::make(65001).error().fault, Fault::config);
}

TEST(Plan, LetsTheKernelChooseFreePorts)
{
    const auto plan = Plan::make(std::nullopt).value();
    EXPECT_EQ(plan.partner_mx.port, plan.public_mx.port) << "mail hosts share one port";
    async::Workers workers(1);
    std::set<Endpoint> taken;
    for (const Endpoint& endpoint :
         {plan.page, plan.service, plan.admin, plan.public_mx, plan.submission, plan.inner, plan.partner_mx}) {
        EXPECT_NE(endpoint.port, 0);
        EXPECT_TRUE(taken.insert(endpoint).second);
        EXPECT_TRUE(net::Listener::bind(workers.executor(0), endpoint, false).has_value()) << format_endpoint(endpoint);
    }
    EXPECT_NE(plan.names.port, 0);
    EXPECT_TRUE(net::DatagramSocket::bind(workers.executor(0), plan.names).has_value());
}

}  // namespace
}  // namespace sealpost::demo
