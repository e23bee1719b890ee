#include "wire/dmarc/examination.hpp"

#include "sys/dns/canned_resolver.hpp"
#include "wire/dmarc/vector_files.hpp"

namespace sealpost::dmarc {
namespace {

const Deadline soon = Deadline::after(std::chrono::seconds(20));

Examination look_at(std::string_view zone, std::string domain)
{
    dns::CannedResolver resolver(zone);
    return test::answer_of(examine(resolver, std::move(domain), soon));
}

std::vector<std::string> list_findings(const Examination& examination)
{
    std::vector<std::string> list;
    for (const auto& finding : examination.findings) {
        EXPECT_FALSE(finding.what.empty());
        EXPECT_FALSE(finding.fix.empty());
        list.push_back((finding.weight == Finding::Weight::fault ? "fault " : "advice ") + finding.tag);
    }
    return list;
}

using Findings = std::vector<std::string>;

TEST(Examination, FindsNothingToMendInAGoodRecord)
{
    const auto good = look_at("_dmarc.acme.test TXT v=DMARC1; p=reject; rua=mailto:d@acme.test\n", "ACME.test");
    EXPECT_EQ(good.domain, "acme.test");
    EXPECT_FALSE(good.is_inherited);
    EXPECT_EQ(list_findings(good), Findings{});
    ASSERT_EQ(good.targets.size(), 1U);
    EXPECT_EQ(good.targets[0].destination.state, Destination::State::own);
}

TEST(Examination, ExplainsEveryTagWrittenOrNot)
{
    const auto below = look_at("_dmarc.acme.test TXT v=DMARC1; p=reject; sp=none; pct=25\n", "mail.acme.test");
    EXPECT_TRUE(below.is_inherited);
    std::string written, all;
    for (const auto& tag : below.tags) {
        EXPECT_FALSE(tag.meaning.empty()) << tag.tag;
        all += tag.tag + " ";
        if (!tag.is_default) written += tag.tag + "=" + tag.value + " ";
    }
    EXPECT_EQ(all, "p sp pct adkim aspf rua ruf ri fo ");
    EXPECT_EQ(written, "p=reject sp=none pct=25 ");
}

TEST(Examination, NamesEachWeaknessWithItsTag)
{
    EXPECT_EQ(list_findings(look_at("_dmarc.acme.test TXT v=DMARC1; p=none\n", "acme.test")),
              (Findings{"advice p", "advice rua"}));
    EXPECT_EQ(
        list_findings(look_at("_dmarc.acme.test TXT v=DMARC1; p=reject; sp=none; pct=5; rua=mailto:d@acme.test\n", "acme.test")),
        (Findings{"advice sp", "advice pct"}));
    EXPECT_EQ(
        list_findings(look_at("_dmarc.acme.test TXT v=DMARC1; p=reject; adkim=x; rua=mailto:d@else.test\nelse.test A 192.0.2.1\n",
                              "acme.test")),
        (Findings{"fault adkim", "fault rua"}));
}

TEST(Examination, GoesByTheTagThatCountsForASubdomain)
{
    const auto below = [](const std::string& tags) {
        return list_findings(look_at("_dmarc.acme.test TXT v=DMARC1; " + tags + "; rua=mailto:d@acme.test\n", "mail.acme.test"));
    };
    EXPECT_EQ(below("p=reject; sp=none"), Findings{"advice sp"});
    EXPECT_EQ(below("p=reject; sp=none; pct=5"), Findings{"advice sp"});
    EXPECT_EQ(below("p=none; sp=reject"), Findings{});
    EXPECT_EQ(below("p=none; sp=quarantine; pct=5"), Findings{"advice pct"});
    EXPECT_EQ(below("p=none"), Findings{"advice p"});
    EXPECT_EQ(below("p=reject"), Findings{});
}

TEST(Examination, TellsAMissingABrokenAndAnUnknownRecordApart)
{
    const auto missing = look_at("acme.test A 192.0.2.1\n", "mail.acme.test");
    EXPECT_EQ(missing.discovery.state, Discovery::State::none);
    EXPECT_EQ(list_findings(missing), Findings{"fault "});
    EXPECT_NE(missing.findings[0].fix.find("_dmarc.acme.test"), std::string::npos);
    const auto broken = look_at("_dmarc.acme.test TXT v=DMARC1; p=x\n", "acme.test");
    EXPECT_EQ(list_findings(broken), (Findings{"fault ", "fault p"}));
    const auto two = look_at("_dmarc.acme.test TXT v=DMARC1; p=none\n_dmarc.acme.test TXT v=DMARC1; p=reject\n", "acme.test");
    EXPECT_EQ(list_findings(two), Findings{"fault "});
    EXPECT_TRUE(list_findings(look_at("_dmarc.acme.test TEMPORARY\n", "acme.test")).empty());
}

}  // namespace
}  // namespace sealpost::dmarc
