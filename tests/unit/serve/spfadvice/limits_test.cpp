// Records that lead too far: what cannot be looked through, or not be asked about in full, is not offered.
#include "serve/spfadvice/advice_world.hpp"

#include "serve/spfadvice/mend.hpp"
#include "serve/spfadvice/proposal.hpp"
#include "sys/async/give_way.hpp"
#include "sys/async/task_group.hpp"

#include <gmock/gmock.h>
#include <boost/json/serialize.hpp>

#include <cstdlib>

namespace sealpost::spfadvice {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view keys_zone =
    "keys.test TXT v=spf1 mx:keys.test exists:%{i}.spf.keys.test -all\n"
    "keys.test MX 10 mx1.keys.test\n"
    "mx1.keys.test A 192.0.2.9\n"
    "192.0.2.10.spf.keys.test A 127.0.0.2\n";
const std::string long_name = std::string(64, 'a') + ".com";

Advice advise_on(const std::string& zone)
{
    dns::CannedResolver resolver(zone + "\n" + std::string(keys_zone));
    return advise_here(resolver, {"acme.test", "keys.test", {*parse_ip("192.0.2.10")}});
}

bool has(const Advice& advice, ProblemKind kind)
{
    return std::any_of(advice.problems.begin(), advice.problems.end(), [&](const Problem& p) { return p.kind == kind; });
}

// How many times longer everything takes where tools/check_memory runs it.
int slowness()
{
    const char* times = std::getenv("SEALPOST_SLOWNESS");
    return times != nullptr ? std::atoi(times) : 1;
}

std::string addresses(int first, int count)
{
    std::string terms;
    for (int i = 0; i < count; ++i)
        terms += "ip4:" + std::to_string(first) + '.' + std::to_string(i / 200) + '.' + std::to_string(i % 200) + ".5 ";
    return terms;
}

std::string repeat(const std::string& text, int times)
{
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

TEST(TooLarge, ARedirectToWhatIsNoNameMergesAsAnIncludeOfIt)
{
    const auto advice = advise_on("acme.test TXT v=spf1 redirect=" + long_name + "\nacme.test TXT v=spf1 -all");
    EXPECT_EQ(advice.publish, "v=spf1 include:keys.test -all");
    EXPECT_EQ(as_include(read_term("redirect=" + long_name)).text, "include:" + long_name);
}

TEST(TooLarge, WhatIsNoNameIsNotTheDomainItself)
{
    EXPECT_FALSE(read_term("a:" + long_name).says_the_same_as(read_term("a")));
    const auto advice = advise_on("acme.test TXT v=spf1 a a:" + long_name + " -all\nacme.test A 203.0.113.1");
    ASSERT_EQ(advice.tree.inside.size(), 3U);
    EXPECT_EQ(advice.tree.inside[1].outcome, Outcome::nothing);
}

TEST(TooLarge, ARecordThatMendingMakesLongerThanOneIsReadIsNotOffered)
{
    const auto advice = advise_on("acme.test TXT v=spf1 " + repeat("1.2.3.4 ", 1500) + "-all");
    EXPECT_EQ(advice.conclusion, Conclusion::none);
    EXPECT_TRUE(has(advice, ProblemKind::too_large));
    EXPECT_EQ(advice.tree.inside.size(), 1501U);
}

TEST(TooLarge, TwoRecordsThatAreTooLongTogetherAreNotOffered)
{
    const auto advice =
        advise_on("acme.test TXT v=spf1 " + addresses(10, 800) + "-all\nacme.test TXT v=spf1 " + addresses(11, 800) + "-all");
    EXPECT_EQ(advice.conclusion, Conclusion::none);
    EXPECT_TRUE(has(advice, ProblemKind::too_large));
    EXPECT_EQ(advice.tree.inside.size(), 1601U);
}

TEST(TooLarge, ARecordThatIsTooLongOnlyWithTheIncludeIsNotOffered)
{
    std::string record = "v=spf1 a:void1.test a:void2.test a:void3.test " + addresses(10, 850);
    record += "x=" + std::string(max_draft_bytes - record.size() - 7, 'y') + " -all";
    ASSERT_EQ(record.size(), max_draft_bytes);
    const auto advice = advise_on("acme.test TXT " + record);
    EXPECT_EQ(advice.conclusion, Conclusion::none);
    EXPECT_TRUE(has(advice, ProblemKind::too_large));
    EXPECT_FALSE(has(advice, ProblemKind::no_room));
    EXPECT_EQ(advice.lookups_after, 0U);
}

TEST(TooLarge, NobodyIsLeftOutForBeingTooManyTermsToRead)
{
    std::string zone = "acme.test TXT v=spf1 ";
    for (int i = 0; i < 12; ++i) zone += "a:v" + std::to_string(i) + ".test ";
    for (int i = 0; i < 30; ++i) zone += "include:c" + std::to_string(i) + ".test ";
    zone += "~all\n";
    for (int i = 0; i < 30; ++i) zone += "c" + std::to_string(i) + ".test TXT v=spf1 " + repeat("a= ", 5400) + '\n';
    const auto begin = std::chrono::steady_clock::now();
    const auto advice = advise_on(zone);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
    EXPECT_EQ(advice.conclusion, Conclusion::none);
    EXPECT_TRUE(has(advice, ProblemKind::too_large));
}

TEST(TooLarge, ManyTermsThatNameNothingEndInAClearAnswer)
{
    std::string zone = "acme.test TXT v=spf1 ";
    for (int i = 0; i < 110; ++i) zone += "a:v" + std::to_string(i) + ".test ";
    zone += "include:big.test -all\nbig.test TXT v=spf1 " + addresses(10, 900);
    const auto begin = std::chrono::steady_clock::now();
    const auto advice = advise_on(zone);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(15) * slowness());
    EXPECT_EQ(advice.conclusion, Conclusion::none);
    EXPECT_TRUE(has(advice, ProblemKind::no_room));
}

TEST(TooLarge, ARecordThatLeadsToThousandsOfAddressesIsNotOffered)
{
    std::string zone = "acme.test TXT v=spf1 mx:hosts.test -all\n";
    for (int host = 0; host < 4; ++host) {
        const std::string name = "h" + std::to_string(host) + ".test";
        zone += "hosts.test MX 10 " + name + '\n';
        for (int i = 0; i < 2501; ++i)
            zone += name + " A 5." + std::to_string(host) + '.' + std::to_string(i / 200) + '.' + std::to_string(i % 200) + '\n';
    }
    const auto advice = advise_on(zone);
    EXPECT_EQ(advice.conclusion, Conclusion::none);
    EXPECT_TRUE(has(advice, ProblemKind::too_large));
    EXPECT_EQ(advice.proof.probes, 0U);
}

Task<void> advise_too_late(dns::Resolver& resolver, std::optional<Result<Advice>>& answer)
{
    Order order{"acme.test", "keys.test", {}};
    auto given = co_await advise(resolver, std::move(order), Deadline::after(std::chrono::seconds(0)));
    answer = std::move(given);
}

TEST(TooLarge, NothingIsOfferedWhenTheTimeIsOver)
{
    dns::CannedResolver resolver("acme.test TXT v=spf1 -all\n" + std::string(keys_zone));
    std::optional<Result<Advice>> answer;
    async::run_here([&] { return advise_too_late(resolver, answer); });
    ASSERT_TRUE(answer->has_value());
    EXPECT_EQ((*answer)->conclusion, Conclusion::could_not_tell);
    EXPECT_FALSE((*answer)->publish);
}

Task<void> count_turns(const bool& is_over, std::size_t& turns)
{
    while (!is_over) {
        ++turns;
        co_await async::give_way();
    }
}

Task<void> advise_and_tell(dns::Resolver& resolver, std::optional<Result<Advice>>& answer, bool& is_over)
{
    Order order{"acme.test", "keys.test", {*parse_ip("192.0.2.10")}};
    co_await advise_into(resolver, std::move(order), answer);
    is_over = true;
}

// How often somebody else on the worker has his turn while advice is made.
Task<void> advise_beside(dns::Resolver& resolver, std::optional<Result<Advice>>& answer, std::size_t& turns)
{
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    bool is_over = false;
    group.spawn(count_turns(is_over, turns));
    group.spawn(advise_and_tell(resolver, answer, is_over));
    co_await group.join();
}

TEST(Proof, LetsOthersOnTheWorkerHaveTheirTurn)
{
    dns::CannedResolver resolver("acme.test TXT v=spf1 " + addresses(10, 200) + "-all\n" + std::string(keys_zone));
    std::optional<Result<Advice>> answer;
    std::size_t turns = 0;
    async::run_here([&] { return advise_beside(resolver, answer, turns); });
    ASSERT_TRUE(answer->has_value());
    ASSERT_GT((*answer)->proof.probes, 500U);
    EXPECT_GT(turns, (*answer)->proof.probes / 8);  // three evaluations a probe, of sixteen tasks
}

TEST(CutProof, AsksFirstAboutWhatIsLeftOut)
{
    // brk.test passes 203.0.113.200 today, before anybody comes to its dead end.
    const auto advice = advise_on("acme.test TXT v=spf1 include:big.test include:brk.test ~all\nbig.test TXT v=spf1 " +
                                  addresses(100, 600) + "-all\nbrk.test TXT v=spf1 ip4:203.0.113.200 include:nothere.test -all");
    EXPECT_EQ(advice.conclusion, Conclusion::none);
    EXPECT_TRUE(has(advice, ProblemKind::not_proven));
    ASSERT_FALSE(advice.proof.worse.empty());
    EXPECT_EQ(advice.proof.worse.back().probe.ip, *parse_ip("203.0.113.200"));
}

TEST(CutProof, IsEnoughForARecordThatOnlyGainsTheInclude)
{
    const auto big = "big.test TXT v=spf1 " + addresses(100, 600) + "-all";
    const auto advice = advise_on("acme.test TXT v=spf1 include:big.test ip4:1.2.3.4 -all\n" + big);
    EXPECT_EQ(advice.publish, "v=spf1 include:big.test ip4:1.2.3.4 include:keys.test -all");
    EXPECT_TRUE(advice.proof.was_cut);
    EXPECT_TRUE(has(advice, ProblemKind::partly_probed));
    EXPECT_THAT(boost::json::serialize(to_json(advice, Language::en)), HasSubstr("\"was_cut\":true"));

    const auto twice = advise_on("acme.test TXT v=spf1 include:big.test ip4:1.2.3.4 ip4:1.2.3.4 -all\n" + big);
    EXPECT_EQ(twice.conclusion, Conclusion::none);
    EXPECT_TRUE(has(twice, ProblemKind::partly_probed));
    EXPECT_TRUE(has(twice, ProblemKind::not_proven));
}

TEST(Strangers, OfIpv6MayMeetTheVoidLimitWhereTheyFailOnly)
{
    const std::string hosts = "\nacme.test MX 10 m.acme.test\nm.acme.test A 198.51.100.7";
    const auto fails = advise_on("acme.test TXT v=spf1 mx -all" + hosts);
    EXPECT_EQ(fails.publish, "v=spf1 mx include:keys.test -all");
    EXPECT_GT(fails.proof.at_void_limit, 0U);
    const auto said = boost::json::serialize(to_json(fails, Language::en));
    EXPECT_THAT(said, HasSubstr("\"at_void_limit\":" + std::to_string(fails.proof.at_void_limit)));
    EXPECT_THAT(said, HasSubstr("\"changed_by_include\":2,"));
    EXPECT_THAT(format_text(fails, Language::en), HasSubstr("IPv6 addresses that nobody lists"));

    const auto softens = advise_on("acme.test TXT v=spf1 mx ~all" + hosts);
    EXPECT_EQ(softens.publish, "v=spf1 ip4:198.51.100.7 include:keys.test ~all");
    EXPECT_EQ(softens.proof.at_void_limit, 0U);
    EXPECT_TRUE(has(softens, ProblemKind::kept_by_hand));
}

TEST(Strangers, OfIpv6AreToldOfWhenNothingCanSpareThem)
{
    const auto advice =
        advise_on("acme.test TXT v=spf1 mx ~all\nacme.test MX 10 m.provider.test\nm.provider.test A 198.51.100.7");
    EXPECT_EQ(advice.conclusion, Conclusion::none);
    EXPECT_TRUE(has(advice, ProblemKind::no_room_for_voids));
}

TEST(Strangers, OfIpv6AreNoReasonToChangeARecordThatWasPublishedAsAdvised)
{
    const auto advice =
        advise_on("acme.test TXT v=spf1 mx include:keys.test -all\nacme.test MX 10 m.acme.test\nm.acme.test A 198.51.100.7");
    EXPECT_EQ(advice.conclusion, Conclusion::unchanged);
}

TEST(NotInForce, ARedirectBecomesAnInclude)
{
    const auto advice =
        advise_on("acme.test TXT v=spf1; exp=e.test redirect=_spf.test\n_spf.test TXT v=spf1 ip4:203.0.113.0/24 -all");
    EXPECT_EQ(advice.publish, "v=spf1 include:_spf.test include:keys.test ?all exp=e.test");
    EXPECT_FALSE(has(advice, ProblemKind::redirect_shared));
}

TEST(KeptByHand, AProvidersAddressesAreNot)
{
    std::string zone;
    std::string record = "acme.test TXT v=spf1 mx ";
    for (int i = 0; i < 7; ++i) {
        const auto name = "i" + std::to_string(i) + ".test";
        record += "include:" + name + ' ';
        zone += name + " TXT v=spf1 ip4:198.51." + std::to_string(i) + ".0/24 -all\n";
    }
    zone += record + "-all\n";
    const auto theirs = advise_on(zone + "acme.test MX 10 mx1.provider.test\nmx1.provider.test A 203.0.113.77");
    EXPECT_EQ(theirs.conclusion, Conclusion::none);
    EXPECT_TRUE(has(theirs, ProblemKind::no_room));
    const auto own = advise_on(zone + "acme.test MX 10 mx1.acme.test\nmx1.acme.test A 203.0.113.77");
    EXPECT_EQ(own.conclusion, Conclusion::publish);
    EXPECT_TRUE(has(own, ProblemKind::kept_by_hand));
}

TEST(KeptByHand, NorIsAHostThatIsAnAliasOfAProviders)
{
    const auto advice = advise_on(
        "acme.test TXT v=spf1 a:www.acme.test ~all\nwww.acme.test CNAME w.provider.test\nw.provider.test A 203.0.113.7");
    EXPECT_FALSE(has(advice, ProblemKind::kept_by_hand));
    EXPECT_EQ(advice.conclusion, Conclusion::none);
}

TEST(OpenToAnybody, AMaskOfZerosIsNotMended) { EXPECT_TRUE(find_mend("ip4:192.0.2.1/0.0.0.0").words.empty()); }

TEST(OpenToAnybody, NoMendedRecordIsUnlessItSaysSo)
{
    const auto advice = advise_on("acme.test TXT v=spf1 ipv4:203.0.113.4 exists:here.test -all\nhere.test A 127.0.0.2");
    EXPECT_EQ(advice.conclusion, Conclusion::none);
    EXPECT_TRUE(has(advice, ProblemKind::not_proven));
    EXPECT_EQ(advise_on("acme.test TXT v=spf1 ipv4:203.0.113.4 +all").conclusion, Conclusion::publish);
}

TEST(FrenchText, TranslatesWhatTheTreeAndTheProblemsSay)
{
    const auto text = format_text(advise_on("acme.test TXT v=spf1 a:gone.test ipv4:203.0.113.4 -all"), Language::fr);
    EXPECT_THAT(text, HasSubstr("ne trouve rien"));
    EXPECT_THAT(text, HasSubstr("  erreur  "));
    EXPECT_THAT(text, HasSubstr("Enregistrement actuel\u00a0:\n"));
    EXPECT_THAT(text, HasSubstr("À faire\u00a0: "));
    EXPECT_THAT(text, Not(HasSubstr(" :")));
}

}  // namespace
}  // namespace sealpost::spfadvice
