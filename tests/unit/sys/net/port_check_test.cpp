#include "sys/net/port_check.hpp"

#include "sys/async/workers.hpp"
#include "sys/net/stream.hpp"

#include <gtest/gtest.h>

namespace sealpost::net {
namespace {

Task<void> check_beside_a_shared_port()
{
    Executor executor = co_await async::this_executor();
    auto listener = Listener::bind(executor, {IpAddress::loopback_v4(), 0}, true);
    const Endpoint at = (*listener)->local();
    EXPECT_TRUE(Listener::bind(executor, at, true).has_value()) << "the kernel lets more of us in";
    EXPECT_EQ(check_free(at).error().fault, Fault::config);
    (*listener)->close();
    EXPECT_TRUE(check_free(at).has_value());
    EXPECT_TRUE(check_free({IpAddress::loopback_v4(), 0}).has_value());
}

TEST(CheckFree, FindsAPortTakenThatOthersCouldShare) { async::run_here(check_beside_a_shared_port); }

}  // namespace
}  // namespace sealpost::net
