#include "serve/spfadvice/advice_world.hpp"

#include "serve/spfadvice/mend.hpp"
#include "serve/spfadvice/proposal.hpp"

#include <gmock/gmock.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace sealpost::spfadvice {
namespace {

using spf::Verdict;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view keys_zone =
    "keys.test TXT v=spf1 mx:keys.test exists:%{i}.spf.keys.test -all\n"
    "keys.test MX 10 mx1.keys.test\n"
    "mx1.keys.test A 192.0.2.9\n"
    "192.0.2.10.spf.keys.test A 127.0.0.2\n";

Order order_for_acme() { return {"acme.test", "keys.test", {*parse_ip("192.0.2.10")}}; }

Advice advise_on(const std::string& zone)
{
    dns::CannedResolver resolver(zone + "\n" + std::string(keys_zone));
    return advise_here(resolver, order_for_acme());
}

const Deadline soon = Deadline::after(std::chrono::seconds(20));

TEST(Advise, AsksEachNameOnceHoweverManyAddressesItProbes)
{
    dns::CannedResolver resolver(
        "acme.test TXT v=spf1 mx ip4:203.0.113.0/24 -all\nacme.test MX 10 mx.acme.test\nmx.acme.test A 198.51.100.7\n" +
        std::string(keys_zone));
    const auto advice = advise_here(resolver, order_for_acme());
    EXPECT_EQ(advice.conclusion, Conclusion::publish);
    EXPECT_GT(advice.proof.probes, 40U);
    auto asked = resolver.asked();
    std::sort(asked.begin(), asked.end());
    EXPECT_EQ(std::adjacent_find(asked.begin(), asked.end()), asked.end());
}

TEST(Advise, ShowsThatTheServicePassesAndNobodyElseChanges)
{
    const auto advice = advise_on("acme.test TXT v=spf1 ip4:203.0.113.0/24 ~all");
    EXPECT_TRUE(advice.proof.holds());
    EXPECT_EQ(advice.proof.include_probes, 2U);
    ASSERT_EQ(advice.proof.changed.size(), 2U);
    for (const auto& change : advice.proof.changed) {
        EXPECT_TRUE(change.by_include);
        EXPECT_EQ(change.before, Verdict::softfail);
        EXPECT_EQ(change.after, Verdict::pass);
    }
}

TEST(Advise, CountsNoChangeFromNoneToNeutral)
{
    const auto advice = advise_on("acme.test A 203.0.113.1");
    EXPECT_EQ(advice.publish, "v=spf1 include:keys.test ?all");
    EXPECT_EQ(advice.proof.changed.size(), 2U);
    for (const auto& change : advice.proof.changed) EXPECT_TRUE(change.by_include);
}

TEST(Advise, RefusesNamesThatAreNone)
{
    dns::CannedResolver resolver("acme.test A 192.0.2.1");
    for (const std::string name : {"", "localhost", "a b.test", "acme..test", "-x y"}) {
        const auto answer = async::wait_here(advise(resolver, {name, "keys.test", {}}, soon));
        ASSERT_TRUE(answer.has_error()) << name;
        EXPECT_EQ(answer.error().fault, Fault::config);
    }
}

TEST(Advise, TakesNamesAsPeopleWriteThem)
{
    dns::CannedResolver resolver("xn--caf-dma.test TXT v=spf1 -all\n" + std::string(keys_zone));
    const auto advice = advise_here(resolver, {"Café.test", "KEYS.test.", {}});
    EXPECT_EQ(advice.domain, "xn--caf-dma.test");
    EXPECT_EQ(advice.publish, "v=spf1 include:keys.test -all");
}

TEST(Advise, DrawsTheTreeWithWhatEachTermCosts)
{
    const auto advice = advise_on(
        "acme.test TXT v=spf1 include:a.test ip4:203.0.113.1 -all\na.test TXT v=spf1 include:b.test mx -all\n"
        "b.test TXT v=spf1 a -all\nb.test A 203.0.113.2\na.test MX 5 b.test");
    EXPECT_EQ(advice.tree.lookups, 4U);
    ASSERT_EQ(advice.tree.inside.size(), 3U);
    const auto& a = advice.tree.inside[0];
    EXPECT_EQ(a.lookups, 4U);
    EXPECT_EQ(a.record, "v=spf1 include:b.test mx -all");
    EXPECT_EQ(a.inside[0].lookups, 2U);
    EXPECT_EQ(a.inside[0].inside[0].networks.size(), 1U);
    const auto text = format_text(advice, Language::en);
    EXPECT_THAT(text, HasSubstr("├─ include:a.test  [4]\n  │  ├─ include:b.test  [2]\n  │  │  ├─ a  [1]  203.0.113.2"));
}

TEST(Advise, SpeaksBothLanguagesOfEveryProblem)
{
    for (int kind = 0; kind <= static_cast<int>(ProblemKind::dns_failure); ++kind) {
        const Problem problem{static_cast<ProblemKind>(kind), "WHERE", 3, "", 7};
        const Problem mended{static_cast<ProblemKind>(kind), "WHERE", 3, "MENDED", 7};
        EXPECT_FALSE(format_kind(problem.kind).empty());
        const auto en = phrase(problem, Language::en);
        const auto fr = phrase(problem, Language::fr);
        EXPECT_NE(en.text, fr.text);
        for (const auto& said : {en, fr, phrase(mended, Language::en), phrase(mended, Language::fr)}) {
            EXPECT_FALSE(said.text.empty());
            EXPECT_EQ(said.text.find_first_of("{}|"), std::string::npos) << said.text;
            EXPECT_EQ(said.fix.find_first_of("{}|"), std::string::npos) << said.fix;
        }
    }
}

TEST(Advise, AnswersAsTheSpecificationSays)
{
    const auto object = to_json(advise_on("acme.test TXT v=spf1 ipv4:203.0.113.4 -all"), Language::fr);
    EXPECT_EQ(object.at("domain"), "acme.test");
    EXPECT_EQ(object.at("conclusion"), "publish");
    EXPECT_EQ(object.at("record"), "v=spf1 ipv4:203.0.113.4 -all");
    EXPECT_EQ(object.at("zone_line"), "acme.test. IN TXT \"v=spf1 ip4:203.0.113.4 include:keys.test -all\"");
    EXPECT_EQ(object.at("lookups").as_object().at("after"), 3);
    const auto& problem = object.at("problems").as_array().at(0).as_object();
    EXPECT_EQ(problem.at("kind"), "unknown_mechanism");
    EXPECT_EQ(problem.at("severity"), "error");
    EXPECT_EQ(problem.at("column"), 8);
    EXPECT_EQ(problem.at("fix"), "Écrivez ip4:203.0.113.4.");
    EXPECT_EQ(object.at("proof").as_object().at("worse").as_array().size(), 0U);
}

TEST(Advise, KeepsHostileOctetsOutOfWhatPeopleRead)
{
    const auto advice = advise_on("acme.test TXT v=spf1 a\x1b[31m:\xff include:\xc3( x=\x7f -all");
    EXPECT_EQ(advice.conclusion, Conclusion::none);
    const auto json = boost::json::serialize(to_json(advice, Language::en));
    const auto text = format_text(advice, Language::fr);
    for (const auto& said : {json, text}) {
        EXPECT_EQ(said.find('\x1b'), std::string::npos);
        EXPECT_EQ(said.find('\xff'), std::string::npos);
        EXPECT_EQ(said.find("\xc3("), std::string::npos);
    }
}

TEST(Proof, TellsAWorseRecord)
{
    dns::CannedResolver resolver("acme.test TXT v=spf1 ip4:203.0.113.4 ~all\n" + std::string(keys_zone));
    const auto prove_record = [&](const std::string& record) {
        Claim claim{"acme.test",
                    "keys.test",
                    record,
                    {{{*parse_ip("203.0.113.4"), ""}, {*parse_ip("203.0.113.5"), ""}, {*parse_ip("192.0.2.10"), ""}}}};
        return async::wait_here(prove(resolver, std::move(claim), soon));
    };
    EXPECT_TRUE(prove_record("v=spf1 ip4:203.0.113.4 include:keys.test ~all").holds());
    EXPECT_FALSE(prove_record("v=spf1 include:keys.test ~all").holds());                         // one fewer passes
    EXPECT_FALSE(prove_record("v=spf1 ip4:203.0.113.4 include:keys.test -all").holds());         // harder on strangers
    EXPECT_FALSE(prove_record("v=spf1 ip4:203.0.113.4/31 include:keys.test ~all").holds());      // one more passes
    EXPECT_FALSE(prove_record("v=spf1 ip4:203.0.113.4 ~all").holds());                           // the service does not
    EXPECT_FALSE(prove_record("v=spf1 ip4:203.0.113.4 include:keys.test ipv4:x ~all").holds());  // permerror
}

TEST(Proof, CallsNoVerdictBetterThanItIs)
{
    EXPECT_TRUE(is_no_worse(Verdict::fail, Verdict::pass, true));
    EXPECT_FALSE(is_no_worse(Verdict::fail, Verdict::pass, false));
    EXPECT_FALSE(is_no_worse(Verdict::pass, Verdict::softfail, false));
    EXPECT_FALSE(is_no_worse(Verdict::pass, Verdict::neutral, true));
    EXPECT_TRUE(is_no_worse(Verdict::none, Verdict::neutral, false));
    EXPECT_FALSE(is_no_worse(Verdict::none, Verdict::softfail, false));
    EXPECT_TRUE(is_no_worse(Verdict::permerror, Verdict::fail, false));
    EXPECT_FALSE(is_no_worse(Verdict::permerror, Verdict::permerror, false));
    EXPECT_FALSE(is_no_worse(Verdict::fail, Verdict::temperror, false));
}

TEST(Probes, StandAtBothEndsOfANetworkAndJustOutside)
{
    Node node;
    node.term = "ip4:192.0.2.16/28";
    node.networks.push_back({*parse_ip("192.0.2.20"), 28});
    node.networks.push_back({*parse_ip("255.255.255.255"), 32});
    node.networks.push_back({*parse_ip("2001:db8::"), 32});
    std::vector<std::string> from_terms;
    for (const auto& probe : make_probes({node, node, node}, {}, "acme.test").list)
        if (!probe.why.empty()) from_terms.push_back(format_ip(probe.ip));
    EXPECT_THAT(from_terms, ElementsAre("192.0.2.16", "192.0.2.31", "192.0.2.15", "192.0.2.32", "255.255.255.255",
                                        "255.255.255.254", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
                                        "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"));
}

TEST(Probes, AreTheSameForTheSameDomainAndNotWithoutEnd)
{
    Node node;
    for (int i = 0; i < 256; ++i)
        for (int j = 0; j < 8; ++j)
            node.networks.push_back({*parse_ip("10." + std::to_string(i) + "." + std::to_string(j * 4) + ".0"), 24});
    const auto cut = make_probes({node, node, node}, {}, "acme.test");
    const auto once = cut.list;
    const auto again = make_probes({node, node, node}, {}, "acme.test").list;
    EXPECT_TRUE(cut.was_cut);
    EXPECT_EQ(once.size(), max_probes);
    ASSERT_EQ(once.size(), again.size());
    for (std::size_t i = 0; i < once.size(); ++i) EXPECT_EQ(once[i].ip, again[i].ip);
}

TEST(Draft, ReadsEveryTermThatTheEvaluatorReads)
{
    const auto draft = read_draft(
        "v=spf1 a/24//64 mx:b.test ?ptr ~ip6:2001:db8::/32 exists:%{ir}.%{v}._spf.%{d2} redirect=_x.test exp=%{d}.e.test x=y");
    EXPECT_TRUE(draft.problems.empty());
    ASSERT_EQ(draft.terms.size(), 8U);
    EXPECT_EQ(draft.terms[0].bits4, 24);
    EXPECT_EQ(draft.terms[0].bits6, 64);
    EXPECT_EQ(draft.terms[2].qualifier, '?');
    EXPECT_TRUE(draft.terms[4].has_macro());
    EXPECT_EQ(draft.terms[5].domain, "_x.test");
    EXPECT_EQ(draft.terms[7].kind, Kind::modifier);
}

TEST(Draft, OffersOnlyTermsThatRead)
{
    for (const std::string_view word : {"ipv4:1.2.3.4", "ip4;1.2.3.4", "include:=x.test", "~ip6:1.2.3.4", "1.2.3.4",
                                        "inculde:x.test", "mx:", "ip4:1.2.3.4mx:x.test", "a,mx", "%", "::::", "ip4:", "-",
                                        "redirct=x.test", "include:", "exists::x.test", "ip4:1.2.3.4/255.255.0.255"})
        for (const auto& mended : find_mend(word).words)
            EXPECT_NE(read_term(mended).kind, Kind::unknown) << word << " -> " << mended;
}

TEST(Savings, AreMadeOnlyWhereNothingCanDecideOtherwiseFirst)
{
    const auto advice = advise_on(
        "acme.test TXT v=spf1 include:b.test -ip4:203.0.113.1 include:a.test -all\na.test TXT v=spf1 include:b.test -all\n"
        "b.test TXT v=spf1 ip4:203.0.113.0/24 -all");
    // b.test stands before a fail that a.test stands behind: leaving it out would fail 203.0.113.1.
    std::vector<Term> terms;
    for (const auto& node : advice.tree.inside) terms.push_back(node.parsed);
    EXPECT_FALSE(find_saving(terms, advice.tree, "acme.test"));
    terms.erase(terms.begin() + 1);
    Node without_fail = advice.tree;
    without_fail.inside.erase(without_fail.inside.begin() + 1);
    const auto saving = find_saving(terms, without_fail, "acme.test");
    ASSERT_TRUE(saving);
    EXPECT_EQ(saving->note.kind, ProblemKind::left_out_nested);
    EXPECT_EQ(saving->note.where, "include:b.test");
}

}  // namespace
}  // namespace sealpost::spfadvice
