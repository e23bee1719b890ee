#include "serve/identity/judge.hpp"

#include "sys/async/wait.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sealpost::identity {
namespace {

constexpr std::string_view zone = R"(
included.test              TXT  v=spf1 include:keys.test -all
strict.test                TXT  v=spf1 include:keys.test -all
_dmarc.strict.test         TXT  v=DMARC1; p=reject; aspf=s; adkim=s
stranger.test              TXT  v=spf1 ip4:198.51.100.0/24 -all
soft.test                  TXT  v=spf1 ~all
neutral.test               TXT  v=spf1 ?all
silent.test                A    198.51.100.1
broken.test                TXT  v=spf1 ip4:999 -all
away.test                  TXT  TEMPORARY
half.test                  TXT  v=spf1 ip4:192.0.2.10 -all
dmarcaway.test             TXT  v=spf1 include:keys.test -all
_dmarc.dmarcaway.test      TXT  TEMPORARY
peruser.test               TXT  v=spf1 exists:%{l}.users.%{d} -all
bob.users.peruser.test     A    127.0.0.2
xn--bcher-kva.test         TXT  v=spf1 include:keys.test -all
helo.test                  TXT  v=spf1 exists:%{h}.helo.%{d} -all
out.keys.test.helo.helo.test A  127.0.0.2
keys.test                  TXT  v=spf1 exists:%{i}.spf.keys.test -all
192.0.2.10.spf.keys.test   A    127.0.0.2
192.0.2.11.spf.keys.test   A    127.0.0.2
)";

class JudgeTest : public testing::Test {
protected:
    SendingIdentityJudge::Parts parts()
    {
        SendingIdentityJudge::Parts parts;
        parts.resolver = resolver_;
        parts.clock = &clock_;
        parts.send_addresses = {IpAddress::v4({192, 0, 2, 10}), IpAddress::v4({192, 0, 2, 11})};
        parts.helo = "out.keys.test";
        parts.sender = mail::parse_mailbox("noreply@keys.test").value();
        parts.service_name = "keys.test";
        return parts;
    }
    static Judgement judge(SendingIdentityJudge& by, std::string person) { return async::wait_here(by.judge(std::move(person))); }
    Judgement judge(std::string person) { return judge(judge_, std::move(person)); }

    ManualClock clock_{parse_rfc3339("2026-11-22T08:00:00Z").value()};
    std::shared_ptr<dns::CannedResolver> resolver_ = std::make_shared<dns::CannedResolver>(zone);
    SendingIdentityJudge judge_{parts()};
};

TEST_F(JudgeTest, LetsThePersonsNameStandWhereTheDomainIncludesTheService)
{
    const auto judgement = judge("bob@included.test");
    EXPECT_EQ(judgement.sent_as, SentAs::person);
    ASSERT_EQ(judgement.evidence.spf.size(), 2U);
    EXPECT_EQ(judgement.evidence.spf[0].mechanism, "include:keys.test");
    EXPECT_EQ(judge_.choose_names(judgement, "bob@included.test"), (SenderNames{"bob@included.test", "bob@included.test", ""}));
}

TEST_F(JudgeTest, SatisfiesAStrictPolicyWithTheInclude)
{
    const auto judgement = judge("bob@strict.test");
    EXPECT_EQ(judgement.sent_as, SentAs::person);
    EXPECT_EQ(judgement.dmarc.outcome, dmarc::Outcome::pass);
    EXPECT_EQ(judgement.dmarc.requested, dmarc::Policy::reject);
    EXPECT_EQ(judgement.evidence.dmarc.text, "v=DMARC1; p=reject; aspf=s; adkim=s");
}

TEST_F(JudgeTest, TakesTheServicesNameForEverythingElse)
{
    for (const auto& [person, reason] : std::vector<std::pair<std::string, Reason>>{{"bob@stranger.test", Reason::spf_not_pass},
                                                                                    {"bob@soft.test", Reason::spf_not_pass},
                                                                                    {"bob@neutral.test", Reason::spf_not_pass},
                                                                                    {"bob@half.test", Reason::spf_not_pass},
                                                                                    {"bob@silent.test", Reason::spf_missing},
                                                                                    {"bob@nowhere.test", Reason::spf_missing},
                                                                                    {"bob@broken.test", Reason::spf_broken},
                                                                                    {"bob@away.test", Reason::spf_unknown},
                                                                                    {"bob@dmarcaway.test", Reason::dmarc_unknown},
                                                                                    {"bob@[192.0.2.1]", Reason::no_domain},
                                                                                    {"nonsense", Reason::no_domain}}) {
        const auto judgement = judge(person);
        EXPECT_EQ(judgement.sent_as, SentAs::service) << person;
        EXPECT_EQ(judgement.reason, reason) << person;
        EXPECT_EQ(judge_.choose_names(judgement, person).envelope_sender, "noreply@keys.test") << person;
    }
}

TEST_F(JudgeTest, WantsEachSendingAddressToPass)
{
    const auto judgement = judge("bob@half.test");
    ASSERT_EQ(judgement.evidence.spf.size(), 2U);
    EXPECT_EQ(judgement.evidence.spf[0].verdict, spf::Verdict::pass);
    EXPECT_EQ(judgement.evidence.spf[1].verdict, spf::Verdict::fail);
}

TEST_F(JudgeTest, NeverAuthorisesWithoutSendingAddresses)
{
    auto without = parts();
    without.send_addresses.clear();
    SendingIdentityJudge by(std::move(without));
    EXPECT_EQ(judge(by, "bob@included.test").reason, Reason::no_send_addresses);
    EXPECT_TRUE(resolver_->asked().empty());
}

TEST_F(JudgeTest, TreatsPeopleOfTheServicesOwnDomainLikeAnybody) { EXPECT_EQ(judge("ann@keys.test").sent_as, SentAs::person); }

TEST_F(JudgeTest, AsksForAnInternationalisedDomainByItsALabels)
{
    const auto judgement = judge("jörg@bücher.test");
    EXPECT_EQ(judgement.sent_as, SentAs::person);
    EXPECT_EQ(judgement.evidence.domain, "xn--bcher-kva.test");
}

TEST_F(JudgeTest, SaysHeloAsTheCourierDoes) { EXPECT_EQ(judge("bob@helo.test").sent_as, SentAs::person); }

TEST_F(JudgeTest, KeepsPeopleOfOneDomainApartWhoseRecordDoes)
{
    EXPECT_EQ(judge("bob@peruser.test").sent_as, SentAs::person);
    EXPECT_EQ(judge("eve@peruser.test").sent_as, SentAs::service);
}

TEST_F(JudgeTest, KnowsTheKeyThatWouldSign)
{
    auto with_key = parts();
    with_key.signing_domains = {"included.test"};
    SendingIdentityJudge by(std::move(with_key));
    EXPECT_EQ(judge(by, "bob@included.test").evidence.signing_domain, "included.test");
    EXPECT_EQ(judge(by, "bob@strict.test").evidence.signing_domain, "");
}

TEST_F(JudgeTest, RemembersForFiveMinutesAndWhatDnsDidNotSayForHalfAMinute)
{
    const auto asks_again = [&](const std::string& person) {
        const auto before = resolver_->asked().size();
        judge(person);
        return resolver_->asked().size() > before;
    };
    EXPECT_TRUE(asks_again("bob@included.test"));
    EXPECT_TRUE(asks_again("bob@away.test"));
    clock_.advance(std::chrono::seconds(29));
    EXPECT_FALSE(asks_again("bob@included.test"));
    EXPECT_FALSE(asks_again("bob@away.test"));
    clock_.advance(std::chrono::seconds(1));
    EXPECT_TRUE(asks_again("bob@away.test"));
    EXPECT_FALSE(asks_again("bob@included.test"));
    clock_.advance(std::chrono::minutes(5));
    EXPECT_TRUE(asks_again("bob@included.test"));
    clock_.advance(-std::chrono::hours(1));
    EXPECT_TRUE(asks_again("bob@included.test")) << "a clock that was set back";
}

TEST_F(JudgeTest, RemembersNoMoreThanItsLimit)
{
    judge("first@silent.test");
    clock_.advance(std::chrono::seconds(1));
    for (std::size_t i = 0; i < SendingIdentityJudge::max_kept; ++i) judge("p" + std::to_string(i) + "@silent.test");
    const auto before = resolver_->asked().size();
    judge("p999@silent.test");
    EXPECT_EQ(resolver_->asked().size(), before);
    judge("first@silent.test");
    EXPECT_GT(resolver_->asked().size(), before) << "the oldest made room";
}

// Answers nothing until the deadline.
class SilentResolver final : public dns::Resolver {
public:
    Task<dns::Answer> query(std::string, dns::Type, Deadline deadline) override
    {
        [[maybe_unused]] auto slept = co_await async::sleep_until(deadline);
        co_return dns::Answer();
    }
};

TEST_F(JudgeTest, WaitsNoLongerThanItsLimitForASlowDomain)
{
    auto slow = parts();
    slow.resolver = std::make_shared<SilentResolver>();
    slow.time_limit = std::chrono::milliseconds(50);
    SendingIdentityJudge by(std::move(slow));
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(judge(by, "bob@included.test").reason, Reason::spf_unknown);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(8));
}

}  // namespace
}  // namespace sealpost::identity
