#include "serve/node/mail_policies.hpp"

#include "sys/async/workers.hpp"
#include "sys/dns/canned_resolver.hpp"
#include "sys/tls/context.hpp"
#include "temporary_folder.hpp"
#include "test_store.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

namespace sealpost::node {
namespace {

// A port on loopback, where connections wait until somebody looks.
class InsideHost {
public:
    InsideHost() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
    {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* address = reinterpret_cast<sockaddr*>(&at);
        socklen_t size = sizeof at;
        EXPECT_EQ(::bind(listener_, address, size), 0);
        EXPECT_EQ(::listen(listener_, 5), 0);
        EXPECT_EQ(::getsockname(listener_, address, &size), 0);
        port_ = ntohs(at.sin_port);
    }
    ~InsideHost() { ::close(listener_); }
    InsideHost(const InsideHost&) = delete;
    InsideHost& operator=(const InsideHost&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] bool was_connected_to() const
    {
        const int caller = ::accept(listener_, nullptr, nullptr);
        if (caller >= 0) ::close(caller);
        return caller >= 0;
    }

private:
    int listener_;
    std::uint16_t port_ = 0;
};

class MailPolicies : public testing::Test {
protected:
    MailPolicies() { config_.delivery.mta_sts_port = inside_.port(); }

    route::StsFinding find()
    {
        auto database = test::open_store((folder_ / "store.db").string()).value();
        auto resolver =
            std::make_shared<dns::CannedResolver>("_mta-sts.evil.test TXT v=STSv1; id=1;\nmta-sts.evil.test A 127.0.0.1\n");
        auto trust = tls::ClientContext::make({}).value();
        const SystemClock clock;
        const auto finder =
            make_policy_finder({config_, clock, log::Log::silent(), database, std::move(resolver), std::move(trust)}).value();
        route::StsFinding finding;
        async::run_here([&]() -> Task<void> {
            auto found = co_await finder->find("evil.test", Deadline::after(std::chrono::seconds(1)));
            finding = std::move(found);
        });
        return finding;
    }

    test::TemporaryFolder temporary_;
    const std::filesystem::path folder_ = temporary_.path();
    InsideHost inside_;
    config::NodeConfig config_;
};

TEST_F(MailPolicies, OfStrangersConnectToNoInsideHost)
{
    const auto finding = find();
    EXPECT_EQ(finding.status, route::StsFinding::Status::problem);
    EXPECT_EQ(finding.fault, route::StsFinding::Fault::fetch);
    EXPECT_FALSE(inside_.was_connected_to());
}

TEST_F(MailPolicies, OfStrangersConnectToInsideHostsWhereTheConfigurationSaysSo)
{
    config_.delivery.reach_private_addresses_for_strangers = true;
    find();
    EXPECT_TRUE(inside_.was_connected_to());
}

TEST_F(MailPolicies, AndReportsGoToPublicAddresses)
{
    const auto may_connect = make_stranger_rule(config_);
    for (const char* inside : {"127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "::1", "fd00::1",
                               "fe80::1", "::ffff:127.0.0.1"})
        EXPECT_FALSE(may_connect(*parse_ip(inside))) << inside;
    for (const char* outside : {"9.9.9.9", "2620:fe::fe"}) EXPECT_TRUE(may_connect(*parse_ip(outside))) << outside;
    config_.delivery.reach_private_addresses_for_strangers = true;
    EXPECT_FALSE(make_stranger_rule(config_));
}

}  // namespace
}  // namespace sealpost::node
