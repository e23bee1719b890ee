#include "serve/certwatch/certwatch.hpp"

#include "core/certificates/certificates_world.hpp"
#include "serve/service_world.hpp"

namespace sealpost::certwatch {
namespace {

using alerts::Severity;
using testing::ElementsAre;

std::string stage_of(int days_left)
{
    const auto stage = find_stage(days_left);
    return stage ? stage->name : "";
}

TEST(CertificateStages, AreTheDaysThatAnAdministratorIsTold)
{
    EXPECT_EQ(stage_of(91), "");
    EXPECT_EQ(stage_of(90), "90");
    EXPECT_EQ(stage_of(61), "90");
    EXPECT_EQ(stage_of(60), "60");
    EXPECT_EQ(stage_of(16), "30");
    EXPECT_EQ(stage_of(15), "15");
    for (int days = 0; days <= 5; ++days) EXPECT_EQ(stage_of(days), std::to_string(days));
    EXPECT_EQ(stage_of(-1), "expired-1");
    EXPECT_EQ(stage_of(-2), "expired-2");
    EXPECT_EQ(find_stage(15)->severity, Severity::warning);
    EXPECT_EQ(find_stage(5)->severity, Severity::critical);
    EXPECT_EQ(find_stage(-9)->severity, Severity::critical);
}

class CertificateWatchTest : public test::ServiceWorld {
protected:
    CertificateWatchTest()
    {
        queue_ = queue::Queue::open(database_, clock_, log::Log::silent(), {}).value();
        alerts::Alerts::Parts telling;
        telling.ledger = alerts::Ledger::open(database_, clock_).value();
        telling.queue = queue_;
        telling.clock = &clock_;
        telling.to = {"ops@acme.test"};
        telling.from = "sealpost@mx1.acme.test";
        telling.language = Language::en;
        telling.hostname = "mx1.acme.test";
        telling.lane = "relay";
        CertificateWatch::Parts parts;
        parts.store = node_.store_;
        parts.find_shown = [this](const std::string& name) { return find_shown(name); };
        parts.alerts = std::make_shared<alerts::Alerts>(std::move(telling));
        parts.pool = &pool_;
        parts.clock = &node_.clock_;
        parts.log = log::Log::silent().with(metrics_);
        watch_ = std::make_unique<CertificateWatch>(std::move(parts));
        const auto key = node_.key_text();
        EXPECT_TRUE(node_.install({node_.leaf(), node_.intermediate(), key}).is_installed);
        EXPECT_TRUE(node_.store_->prepare_start());  // mx2 is the demo one
        node_.write("mx3.pem", node_.leaf({"mx3.acme.test"}, node_.key_, 400));
    }

    // As with a node that loads its files at once, or, where `shown_` has one, does not.
    std::vector<crypto::Certificate> find_shown(const std::string& name)
    {
        const auto found = shown_.find(name);
        return found == shown_.end() ? node_.store_->load(name)->chain : found->second;
    }

    // How many were told.
    std::size_t look_after(int days)
    {
        node_.clock_.advance(std::chrono::days(days));
        test::value_of(watch_->look());
        return test::value_of(queue_->claim(100)).size();
    }

    certificates::CertificateFolder node_;
    std::map<std::string, std::vector<crypto::Certificate>> shown_;
    async::BlockingPool pool_{1};
    log::Metrics metrics_ = log::Metrics::make();
    std::shared_ptr<queue::Queue> queue_;
    std::unique_ptr<CertificateWatch> watch_;
};

TEST_F(CertificateWatchTest, TellsEachStageOnce)
{
    EXPECT_EQ(look_after(0), 0U);   // 100 days left
    EXPECT_EQ(look_after(10), 1U);  // 90
    EXPECT_EQ(look_after(0), 0U);
    EXPECT_EQ(look_after(1), 0U);   // 89
    EXPECT_EQ(look_after(74), 1U);  // 15
    EXPECT_EQ(look_after(10), 1U);  // 5
    EXPECT_EQ(look_after(1), 1U);   // 4
    EXPECT_EQ(look_after(5), 1U);   // expired
    EXPECT_EQ(look_after(0), 0U);
    EXPECT_EQ(look_after(1), 1U);  // each day
}

TEST_F(CertificateWatchTest, TellsOfARenewedCertificateAnew)
{
    EXPECT_EQ(look_after(98), 1U);
    const std::string renewed = node_.leaf({"mx1.acme.test"}, node_.key_, 98);
    EXPECT_TRUE(node_.install({renewed, node_.intermediate(), node_.key_text()}, true).is_installed);
    node_.write("mx3.pem", node_.leaf({"mx3.acme.test"}, node_.key_, 400));
    EXPECT_EQ(look_after(96), 1U);
}

TEST_F(CertificateWatchTest, JudgesWhatIsShownAndNotWhatWaitsInItsFiles)
{
    shown_["mx3"] = node_.store_->load("mx3")->chain;
    node_.write("mx3.pem", node_.leaf({"mx3.acme.test"}, node_.key_, 800));
    shown_["mx1"] = node_.store_->load("mx1")->chain;
    const std::string renewed = node_.leaf({"mx1.acme.test"}, node_.key_, 400);
    EXPECT_TRUE(node_.install({renewed, node_.intermediate(), node_.key_text()}, true).is_installed);
    EXPECT_EQ(look_after(96), 1U);
    EXPECT_THAT(metrics_.format_text(), testing::HasSubstr("sealpost_certificate_days_left{certificate=\"mx1\"} 4\n"));
    shown_.clear();
    EXPECT_EQ(look_after(1), 0U);
    EXPECT_THAT(metrics_.format_text(), testing::HasSubstr("sealpost_certificate_days_left{certificate=\"mx1\"} 303\n"));
}

TEST_F(CertificateWatchTest, TellsOfFilesThatCannotBeReadAndStillOfWhatIsShown)
{
    shown_["mx3"] = node_.store_->load("mx3")->chain;
    node_.write("mx3.pem", "nonsense");
    EXPECT_EQ(look_after(0), 1U) << "that they cannot be read";
    EXPECT_EQ(look_after(0), 0U);
    shown_["mx1"] = {crypto::Certificate::parse_pem(node_.leaf({"mx1.acme.test"}, node_.key_, 900)).value()};
    EXPECT_EQ(look_after(395), 1U) << "that it expires";
    EXPECT_THAT(metrics_.format_text(), testing::HasSubstr("sealpost_certificate_days_left{certificate=\"mx3\"} 5\n"));
}

TEST_F(CertificateWatchTest, SetsTheMetricOfEachCertificate)
{
    EXPECT_EQ(look_after(95), 1U);
    const auto text = metrics_.format_text();
    EXPECT_THAT(text, testing::HasSubstr("sealpost_certificate_days_left{certificate=\"mx1\"} 5\n"));
    EXPECT_THAT(text, testing::HasSubstr("sealpost_certificate_days_left{certificate=\"mx3\"} 305\n"));
}

TEST(RenewalByAnAuthority, IsLateInTheLastQuarterOfTheCertificatesLife)
{
    const WallTime begin = parse_rfc3339("2026-11-26T08:00:00Z").value();
    crypto::CertificateOrder order;
    order.subject = "mx1.acme.test";
    order.not_before = begin;
    order.not_after = begin + std::chrono::days(80);
    const auto leaf = crypto::make_certificate(order, crypto::PrivateKey::make_ecdsa_p256().value()).value();
    EXPECT_FALSE(is_renewal_late(leaf, begin + std::chrono::days(60)));
    EXPECT_TRUE(is_renewal_late(leaf, begin + std::chrono::days(61)));
}

}  // namespace
}  // namespace sealpost::certwatch
