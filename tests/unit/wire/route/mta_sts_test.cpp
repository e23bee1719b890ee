#include "wire/route/mta_sts.hpp"

#include "sys/async/workers.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <gtest/gtest.h>

namespace sealpost::route {
namespace {

using Mode = StsPolicy::Mode;
using Status = StsRecord::Status;

constexpr const char* enforced =
    "version: STSv1\r\nmode: enforce\r\nmx: mx1.acme.test\r\nmx: *.mail.acme.test\r\nmax_age: 604800\r\n";

TEST(StsPolicy, IsReadAsTheRfcWritesIt)
{
    const auto policy = parse_sts_policy(enforced);
    ASSERT_TRUE(policy.has_value()) << policy.error().text;
    EXPECT_EQ(policy->mode, Mode::enforce);
    EXPECT_EQ(policy->mx, (std::vector<std::string>{"mx1.acme.test", "*.mail.acme.test"}));
    EXPECT_EQ(policy->max_age, std::chrono::seconds(604800));
    EXPECT_EQ(format_sts_policy(*policy).size(), 5U);
}

TEST(StsPolicy, TakesLineFeedsAloneUnknownFieldsAndTheFirstOfTwo)
{
    const auto policy =
        parse_sts_policy("version: STSv1\nmode:testing\nmode: enforce\nnew_field: x\nmx: MX.Acme.Test.\nmax_age: 99999999999");
    ASSERT_TRUE(policy.has_error());  // more digits than the grammar has
    const auto capped =
        parse_sts_policy("version: STSv1\nmode:testing\nmode: enforce\nnew_field: x\nmx: MX.Acme.Test.\nmax_age: 9999999999");
    ASSERT_TRUE(capped.has_value()) << capped.error().text;
    EXPECT_EQ(capped->mode, Mode::testing);
    EXPECT_EQ(capped->mx.front(), "mx.acme.test");
    EXPECT_EQ(capped->max_age, StsPolicy::longest);
}

TEST(StsPolicy, IsRefusedForOneFaultEach)
{
    for (const char* text : {
             "",
             "mode: enforce\nmx: mx.acme.test\nmax_age: 1\n",
             "version: STSv2\nmode: enforce\nmx: mx.acme.test\nmax_age: 1\n",
             "version: STSv1\nmx: mx.acme.test\nmax_age: 1\n",
             "version: STSv1\nmode: Enforce\nmx: mx.acme.test\nmax_age: 1\n",
             "version: STSv1\nmode: enforce\nmx: mx.acme.test\n",
             "version: STSv1\nmode: enforce\nmx: mx.acme.test\nmax_age: -1\n",
             "version: STSv1\nmode: enforce\nmax_age: 1\n",
             "version: STSv1\nmode: enforce\nmx: mx.*.test\nmax_age: 1\n",
             "<html>404</html>",
         })
        EXPECT_TRUE(parse_sts_policy(text).has_error()) << text;
    EXPECT_TRUE(parse_sts_policy(std::string(StsPolicy::max_bytes + 1, '\n')).has_error());
    EXPECT_TRUE(parse_sts_policy("version: STSv1\nmode: none\nmax_age: 1\n").has_value());  // lists nobody, and need not
}

TEST(StsPolicy, ListsAHostByNameOrByOneLabelBelow)
{
    const auto policy = parse_sts_policy(enforced).value();
    EXPECT_TRUE(lists_mx(policy, "MX1.acme.test."));
    EXPECT_TRUE(lists_mx(policy, "a.mail.acme.test"));
    EXPECT_FALSE(lists_mx(policy, "mail.acme.test"));
    EXPECT_FALSE(lists_mx(policy, "b.a.mail.acme.test"));
    EXPECT_FALSE(lists_mx(policy, "mx1.acme.test.attacker.test"));
    EXPECT_FALSE(lists_mx(policy, ""));
}

TEST(StsRecord, IsReadStrictly)
{
    EXPECT_EQ(parse_sts_record("v=STSv1; id=20260101000000Z;"), "20260101000000Z");
    EXPECT_EQ(parse_sts_record("v=STSv1;id=a; extra=1"), "a");
    EXPECT_EQ(parse_sts_record("v=STSv1; id=;"), std::nullopt);
    EXPECT_EQ(parse_sts_record("v=STSv1; id=a-b;"), std::nullopt);
    EXPECT_EQ(parse_sts_record("v=STSv1; id=" + std::string(33, 'a') + ";"), std::nullopt);
    EXPECT_EQ(parse_sts_record("v=STSv11; id=a;"), std::nullopt);
    EXPECT_EQ(parse_sts_record("v=spf1 -all"), std::nullopt);
}

StsRecord find(std::string_view zone)
{
    dns::CannedResolver resolver(zone);
    StsRecord record;
    async::run_here([&]() -> Task<void> {
        StsRecord found = co_await find_sts_record(resolver, "acme.test", Deadline::after(std::chrono::seconds(5)));
        record = std::move(found);
    });
    return record;
}

TEST(StsRecord, IsTheOnlyOneOfItsVersion)
{
    const auto found = find("_mta-sts.acme.test TXT v=STSv1; id=1;\n_mta-sts.acme.test TXT google-site-verification=1\n");
    EXPECT_EQ(found.status, Status::found);
    EXPECT_EQ(found.id, "1");
    EXPECT_EQ(find("_mta-sts.acme.test TXT v=STSv1; id=1;\n_mta-sts.acme.test TXT v=STSv1; id=2;\n").status, Status::none);
    EXPECT_EQ(find("_mta-sts.acme.test TXT v=STSv1 ; id=1;\n_mta-sts.acme.test TXT v=STSv11; id=2;\n").id, "1");
    EXPECT_EQ(find("acme.test TXT v=STSv1; id=1;\n").status, Status::none);
    EXPECT_EQ(find("_mta-sts.acme.test TXT TEMPORARY\n").status, Status::temporary);
}

}  // namespace
}  // namespace sealpost::route
