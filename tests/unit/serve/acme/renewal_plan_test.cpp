#include "serve/acme/renewal_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace sealpost::acme {
namespace {

using std::chrono::hours;

crypto::Certificate make_leaf(WallTime from, hours life)
{
    crypto::CertificateOrder order;
    order.dns_names = {"mx1.acme.test"};
    order.not_before = from;
    order.not_after = from + life;
    return crypto::make_certificate(order, crypto::PrivateKey::make_ecdsa_p256().value()).value();
}

const WallTime start = parse_rfc3339("2026-11-26T08:00:00Z").value();

TEST(RenewalTime, IsAThirdOfTheLifeBeforeTheEndAndAtMostATwentiethEarlier)
{
    for (int i = 0; i < 50; ++i) {
        const auto leaf = make_leaf(start, hours(24 * 90));
        EXPECT_LE(renewal_time(leaf), start + hours(24 * 60));
        EXPECT_GE(renewal_time(leaf), start + hours(24 * 60) - hours(108));
    }
}

TEST(RenewalTime, StaysTheSameForACertificateAndDiffersBetweenThem)
{
    std::set<WallTime> times;
    for (int i = 0; i < 20; ++i) {
        const auto leaf = make_leaf(start, hours(24 * 90));
        EXPECT_EQ(renewal_time(leaf), renewal_time(leaf));
        times.insert(renewal_time(leaf));
    }
    EXPECT_GT(times.size(), 10U) << "nodes that were set up together do not all ask at once";
}

TEST(Urgency, BeginsWhenANinthOfTheLifeIsLeftOrNothingOfUseIsInstalled)
{
    crypto::CertificateOrder root;
    root.subject = "root";
    root.is_ca = true;
    root.not_before = start;
    root.not_after = start + hours(24 * 900);
    const auto key = crypto::PrivateKey::make_ecdsa_p256().value();
    crypto::CertificateOrder order;
    order.dns_names = {"mx1.acme.test"};
    order.not_before = start;
    order.not_after = start + hours(24 * 90);
    const auto leaf =
        crypto::make_certificate(order, key, crypto::Issuer{crypto::make_certificate(root, key).value(), key}).value();
    EXPECT_FALSE(is_urgent(leaf, start + hours(24 * 79)));
    EXPECT_TRUE(is_urgent(leaf, start + hours(24 * 81)));
    EXPECT_TRUE(is_urgent(std::nullopt, start));
    EXPECT_TRUE(is_urgent(make_leaf(start, hours(24 * 90)), start)) << "a demo certificate";
}

}  // namespace
}  // namespace sealpost::acme
