#include "serve/node/doctor_parts.hpp"

#include "core/certificates/certificates_world.hpp"
#include "core/policy/compiled.hpp"
#include "serve/node/domain_test.hpp"
#include "serve/node/machinery.hpp"

namespace sealpost::node {
namespace {

using admin::Area;

class NodeDoctor : public certificates::CertificatesWorld {
protected:
    NodeDoctor()
    {
        config_.service.url = "https://keys.test";
        config_.service.mail_domain = "keys.test";
        machinery_ = Machinery::make(config_, clock_, log::Log::silent()).value();
    }
    ~NodeDoctor() override
    {
        machinery_->workers->stop();
        machinery_->database->close();
    }

    const std::shared_ptr<const policy::Snapshot> snapshot_ = policy::compile("");
    std::unique_ptr<Machinery> machinery_;
};

// doc/decisions/0040: anybody may own some domain, and an account's administrator is anybody.
TEST_F(NodeDoctor, TestsNoPrivateAddressForWhoIsNoAdministratorOfTheNode)
{
    const auto order = make_doctor_order(config_, {Area::account});
    ASSERT_TRUE(order.may_test);
    EXPECT_FALSE(order.may_test(*parse_ip("10.0.0.1")));
    EXPECT_FALSE(order.may_test(*parse_ip("127.0.0.1")));
    EXPECT_TRUE(order.may_test(*parse_ip("9.9.9.9")));
    EXPECT_EQ(order.max_addresses, 64U);
    EXPECT_TRUE(make_doctor_order(config_, {Area::account, Area::mail_policies}).may_test);
}

TEST_F(NodeDoctor, TestsEveryAddressForAnAdministratorOfTheNodeAndAtLocalhost)
{
    EXPECT_FALSE(make_doctor_order(config_, {Area::account, Area::node}).may_test);
    config_.service.url = "https://localhost:8443";
    EXPECT_FALSE(make_doctor_order(config_, {Area::account}).may_test);
    config_.service.url = "https://localhost.evil.test";
    EXPECT_TRUE(make_doctor_order(config_, {Area::account}).may_test);
}

TEST_F(NodeDoctor, AsksForTheMailOfTheServicesHostOnlyWhenItIsADomain)
{
    config_.service.mail_domain.clear();
    config_.gateway.service_url = "https://keys.test:8443";
    EXPECT_EQ(doctor_parts_of(config_).include, "keys.test");
    for (const char* url : {"https://localhost:8443", "https://192.0.2.1:8443", "https://[2001:db8::1]:8443"}) {
        config_.gateway.service_url = url;
        EXPECT_EQ(doctor_parts_of(config_).include, "") << url;
    }
}

TEST_F(NodeDoctor, ShowsTheMailPoliciesToThoseWhoAdministerThem)
{
    EXPECT_EQ(find_doctor_parts(*machinery_, snapshot_, {Area::mail_policies, Area::node}).snapshot, snapshot_);
    EXPECT_FALSE(find_doctor_parts(*machinery_, snapshot_, {Area::mail_policies}).listeners.empty());
    const auto of_account = find_doctor_parts(*machinery_, snapshot_, {Area::account});
    EXPECT_EQ(of_account.snapshot, nullptr);
    EXPECT_TRUE(of_account.listeners.empty());
    EXPECT_EQ(of_account.include, "keys.test");
    EXPECT_EQ(find_doctor_parts(*machinery_, nullptr, {Area::mail_policies}).snapshot, nullptr);
}

TEST_F(NodeDoctor, SaysHeloAsItsMailDoes)
{
    EXPECT_EQ(make_domain_test_options(config_).helo_name, config_.node.hostname);
    config_.delivery.helo = "out.acme.test";
    const auto options = make_domain_test_options(config_);
    EXPECT_EQ(options.helo_name, "out.acme.test");
    EXPECT_FALSE(make_domain_test_options().helo_name.empty());
}

TEST_F(NodeDoctor, TestsFromTheSourceAddressOrASendAddressThatIsThisMachines)
{
    const IpAddress target = IpAddress::loopback_v4();
    config_.service.send_addresses = {*parse_ip("192.0.2.10"), *parse_ip("127.0.0.5")};
    EXPECT_EQ(make_domain_test_options(config_).from.find_for(target), parse_ip("127.0.0.5"));
    config_.service.send_addresses.pop_back();
    EXPECT_EQ(make_domain_test_options(config_).from.find_for(target), std::nullopt);
    config_.delivery.source_address = parse_ip("127.0.0.6");
    EXPECT_EQ(make_domain_test_options(config_).from.find_for(target), parse_ip("127.0.0.6"));
}

}  // namespace
}  // namespace sealpost::node
