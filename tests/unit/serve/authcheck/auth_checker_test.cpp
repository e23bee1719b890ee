#include "serve/authcheck/auth_checker.hpp"

#include "sys/async/wait.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <gtest/gtest.h>

namespace sealpost::authcheck {
namespace {

// Knows one zone at once; whatever ends with slow.test is answered by nobody until the deadline.
class SlowResolver final : public dns::Resolver {
public:
    explicit SlowResolver(std::string_view zone) : canned_(zone) {}

    Task<dns::Answer> query(std::string name, dns::Type type, Deadline deadline) override
    {
        dns::Answer answer;
        if (name.ends_with("slow.test")) {
            auto slept = co_await async::sleep_until(deadline);
            static_cast<void>(slept);
            co_return answer;
        }
        if (deadline.has_passed()) co_return answer;
        auto known = co_await canned_.query(std::move(name), type, deadline);
        answer = std::move(known);
        co_return answer;
    }

private:
    dns::CannedResolver canned_;
};

constexpr std::string_view zone = "_dmarc.bank.test TXT v=DMARC1; p=reject\n";

Task<Report> check_with(const AuthChecker& checker, std::string text, std::optional<SpfReport> spf)
{
    MessageCheck check = checker.begin_message();
    check.append_head(mail::HeaderBlock::parse(text).value());
    Sender sender{*parse_ip("192.0.2.50"), "client.test", "x@evil.test", ""};
    auto report = co_await checker.check_message(std::move(check), std::move(sender), std::move(spf), true);
    co_return report;
}

// The time for each method is a second.
Report check(const std::string& text, std::optional<SpfReport> spf = std::nullopt)
{
    const SystemClock clock;
    Options options;
    options.hostname = "mx1.acme.test";
    options.time_limit = std::chrono::seconds(1);
    options.draw = [] { return 0U; };
    const AuthChecker checker(std::make_shared<SlowResolver>(zone), clock, options);
    return async::wait_here(check_with(checker, text, std::move(spf)));
}

TEST(TheTimeOfDmarc, IsNotUsedUpByKeysThatNobodyCanFetch)
{
    const auto report = check(
        "DKIM-Signature: v=1; a=rsa-sha256; d=slow.test; s=s1; h=from;\r\n"
        " bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=; b=AAAA\r\nFrom: boss@bank.test\r\n");
    ASSERT_EQ(report.message->signatures.size(), 1U);
    EXPECT_EQ(report.message->signatures[0].verdict, dkim::Verdict::temperror);
    EXPECT_EQ(report.dmarc->judgement.verdict.outcome, dmarc::Outcome::fail);
    EXPECT_EQ(report.dmarc->judgement.verdict.applied, dmarc::Policy::reject);
}

TEST(TheTimeOfDmarc, IsNotUsedUpByOtherAuthors)
{
    const auto report = check("From: a@a.slow.test, b@b.slow.test, c@c.slow.test, d@d.slow.test, boss@bank.test\r\n");
    EXPECT_EQ(report.dmarc->judgement.author_domain, "bank.test");
    EXPECT_EQ(report.dmarc->judgement.verdict.applied, dmarc::Policy::reject);
    EXPECT_TRUE(report.dmarc->has_several_authors);
}

TEST(AnErrorOfTheMoment, CountsForTheAuthorWhomItCouldHaveVouchedFor)
{
    SpfReport spf;
    spf.mail_from.verdict = spf::Verdict::temperror;
    spf.mail_from.domain = "evil.test";
    EXPECT_EQ(check("From: x@evil.test, boss@bank.test\r\n", spf).dmarc->judgement.verdict.outcome, dmarc::Outcome::fail);
    spf.mail_from.domain = "mail.bank.test";
    const auto open = check("From: boss@bank.test\r\n", spf);
    EXPECT_EQ(open.dmarc->judgement.verdict.outcome, dmarc::Outcome::temperror);
    EXPECT_EQ(make_facts(open).dmarc->wish, policy::DmarcFacts::Wish::reject) << "it may turn out to be a failure";
}

TEST(ABadFrom, IsToldFromABrokenRecord)
{
    const auto bad = check("From: ceo..x@bank.test, x@evil.test\r\n");
    EXPECT_TRUE(bad.dmarc->has_bad_from);
    EXPECT_TRUE(make_facts(bad).dmarc->has_bad_from);
    EXPECT_EQ(bad.dmarc->judgement.verdict.outcome, dmarc::Outcome::permerror);
    EXPECT_FALSE(check("From: boss@bank.test\r\n").dmarc->has_bad_from);
}

}  // namespace
}  // namespace sealpost::authcheck
