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

// What is known just after `leaf` was issued at `now`.
RenewalState issued(const crypto::Certificate& leaf, WallTime now)
{
    return note_success(begin_try({}, {"mx1.acme.test"}, now), leaf, now);
}

Plan plan_at(WallTime now, const crypto::Certificate& leaf, const RenewalState& state)
{
    return plan_next({{"mx1.acme.test"}, leaf, false, now}, state);
}

TEST(RenewalPlan, SpacesTriesThatSucceedUnderAClockFarAhead)
{
    const auto leaf = make_leaf(start, hours(24 * 90));
    const WallTime now = start + hours(24 * 400);
    const auto state = issued(leaf, now);
    EXPECT_EQ(plan_at(now, leaf, state).at, now + hours(1));
    EXPECT_EQ(*state.next, now + hours(1));
    EXPECT_EQ(plan_at(now + hours(2), leaf, state).at, now + hours(1)) << "due by then";
}

TEST(RenewalPlan, SpacesTriesThatSucceedWithLittleLifeLeft)
{
    const auto leaf = make_leaf(start - hours(4), hours(5));  // nearly over when it is issued
    const auto state = issued(leaf, start);
    EXPECT_EQ(plan_at(start, leaf, state).at, start + std::chrono::seconds(hours(5)) / 8);
}

TEST(RenewalPlan, SpacesTriesWhoseCertificateIsNeverSeenInstalled)
{
    const auto state = issued(make_leaf(start, hours(24 * 90)), start);
    EXPECT_EQ(plan_next({{"mx1.acme.test"}, std::nullopt, false, start}, state).at, start + hours(1));
}

TEST(RenewalPlan, DoesNotWaitWhenAnAdministratorAsksOrTheNamesAreOthers)
{
    const auto leaf = make_leaf(start, hours(24 * 90));
    const auto state = issued(leaf, start);
    const WallTime now = start + std::chrono::minutes(1);
    EXPECT_EQ(plan_next({{"mx1.acme.test"}, leaf, true, now}, state).at, now);
    EXPECT_EQ(plan_next({{"mx2.acme.test"}, leaf, false, now}, state).at, now);
}

TEST(RenewalPlan, DoesNotWaitForATryThatIsYetToCome)
{
    const auto leaf = make_leaf(start, hours(24 * 90));
    const auto state = issued(leaf, start + hours(24 * 4000));  // the clock has been put right since
    const WallTime due = start + hours(24 * 80);
    EXPECT_LE(plan_at(due, leaf, state).at, due);
}

TEST(RenewalPlan, DoesNotWaitForWhatAClockFarAheadHasPutOff)
{
    const auto leaf = make_leaf(start, hours(24 * 90));
    const auto before = issued(leaf, start);
    const WallTime due = start + hours(24 * 80), ahead = start + hours(24 * 4000);
    const Failure unreachable(Failure::Kind::unreachable, "its certificate has expired by this clock");
    const std::vector<std::string> names{"mx1.acme.test"};
    for (const WallTime begun : {ahead, due}) {  // before the try, or in the middle of it
        const auto state = note_failure(begin_try(before, names, begun), unreachable, ahead);
        EXPECT_LE(plan_at(due, leaf, state).at, due);
        EXPECT_LE(plan_next({names, leaf, true, due + hours(1)}, state).at, due + hours(1)) << "nor does an administrator";
    }
}

TEST(RenewalPlan, WaitsAfterAFailureAsLongAsTheAuthorityMayAsk)
{
    const auto leaf = make_leaf(start, hours(24 * 90));
    const WallTime due = start + hours(24 * 80);
    const Failure limited(Failure::Kind::refused, "rateLimited", hours(24 * 30));
    const auto state = note_failure(begin_try(issued(leaf, start), {"mx1.acme.test"}, due), limited, due);
    EXPECT_EQ(plan_at(due, leaf, state).at, due + hours(24 * 7));
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
