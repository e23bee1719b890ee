#include "serve/authcheck/report.hpp"

#include <gmock/gmock.h>

namespace sealpost::authcheck {
namespace {

using testing::HasSubstr;

dkim::ChainReport chain_that_says(const std::string& results)
{
    dkim::ChainReport chain;
    chain.verdict = dkim::ChainVerdict::pass;
    chain.sealer = "lists.test";
    chain.authentication_results = results;
    return chain;
}

TEST(Signatures, AreAsGoodAsTheBestOfThem)
{
    const auto best = [](std::vector<dkim::Verdict> verdicts) {
        std::vector<dkim::SignatureReport> signatures(verdicts.size());
        for (std::size_t i = 0; i < verdicts.size(); ++i) signatures[i].verdict = verdicts[i];
        return find_best(signatures);
    };
    using enum dkim::Verdict;
    EXPECT_EQ(best({}), none);
    EXPECT_EQ(best({fail, pass, temperror}), pass);
    EXPECT_EQ(best({fail, temperror, permerror}), temperror);
    EXPECT_EQ(best({neutral, fail}), fail);
    EXPECT_EQ(best({neutral, permerror}), permerror);
    EXPECT_EQ(best({policy, permerror}), policy);
}

TEST(Signatures, ThatFailInATestCountForNone)
{
    using enum dkim::Verdict;
    for (const auto verdict : {fail, policy, permerror}) {
        std::vector<dkim::SignatureReport> signatures(1);
        signatures[0].verdict = verdict;
        signatures[0].testing = true;
        EXPECT_EQ(find_best(signatures), none);
        Report report;
        report.message = dkim::MessageReport{signatures, {}};
        EXPECT_EQ(make_facts(report).dkim, policy::AuthResult::none);
        signatures.resize(2);
        signatures[1].verdict = fail;
        EXPECT_EQ(find_best(signatures), fail) << "that of the other signer is no test";
        signatures[0].verdict = pass;
        EXPECT_EQ(find_best(signatures), pass);
    }
}

TEST(AChain, VouchesForTheAuthorItNamesOnly)
{
    EXPECT_TRUE(is_vouched_for(chain_that_says("lists.test; dmarc=pass header.from=bank.test"), "bank.test"));
    EXPECT_TRUE(is_vouched_for(chain_that_says("lists.test; dkim=pass header.d=mail.bank.test"), "bank.test"));
    EXPECT_TRUE(is_vouched_for(chain_that_says("lists.test; dkim=pass header.i=@bank.test"), "bank.test"));
    EXPECT_TRUE(is_vouched_for(chain_that_says("lists.test; spf=pass smtp.mailfrom=boss@bank.test"), "bank.test"));
    for (const std::string other : {"lists.test; dmarc=pass header.from=evil.test", "lists.test; dmarc=pass",
                                    "lists.test; dmarc=fail header.from=bank.test", "lists.test; dkim=pass header.d=evil.test",
                                    "lists.test; spf=pass smtp.helo=bank.test", "lists.test; none", "", "nonsense ((",
                                    "lists.test; arc=pass header.from=bank.test", "lists.test; dkim=pass header.d=notbank.test"})
        EXPECT_FALSE(is_vouched_for(chain_that_says(other), "bank.test")) << other;
    auto broken = chain_that_says("lists.test; dmarc=pass header.from=bank.test");
    broken.verdict = dkim::ChainVerdict::fail;
    EXPECT_FALSE(is_vouched_for(broken, "bank.test"));
    EXPECT_FALSE(is_vouched_for(chain_that_says("lists.test; spf=pass smtp.mailfrom=x"), ""));
}

TEST(TheAuthor, IsProvenByDmarcAndWithoutARecordBySpfOrASignature)
{
    Report report;
    EXPECT_EQ(find_proven_author(report), "");
    report.dmarc = DmarcReport{};
    EXPECT_EQ(find_proven_author(report), "");
    report.dmarc->judgement.author_domain = "bank.test";
    report.spf = SpfReport{};
    report.spf->mail_from.domain = "mail.bank.test";
    report.spf->mail_from.verdict = spf::Verdict::pass;
    EXPECT_EQ(find_proven_author(report), "bank.test");
    report.spf->mail_from.verdict = spf::Verdict::neutral;
    EXPECT_EQ(find_proven_author(report), "");
    report.message = dkim::MessageReport{};
    report.message->signatures.resize(2);
    report.message->signatures[1].domain = "bank.test";
    EXPECT_EQ(find_proven_author(report), "");
    report.message->signatures[1].verdict = dkim::Verdict::pass;
    EXPECT_EQ(find_proven_author(report), "bank.test");
    report.message->signatures[1].domain = "evil.test";
    EXPECT_EQ(find_proven_author(report), "");
    report.dmarc->judgement.verdict.outcome = dmarc::Outcome::pass;
    EXPECT_EQ(find_proven_author(report), "bank.test");
    report.dmarc->has_several_authors = true;
    EXPECT_EQ(find_proven_author(report), "");
}

Report report()
{
    Report out;
    out.sender = {*parse_ip("2001:db8::5"), "out.partner.test", "carol@partner.test", "fail"};
    out.spf = SpfReport{};
    out.spf->mail_from.verdict = spf::Verdict::temperror;
    out.spf->mail_from.domain = "partner.test";
    out.spf->mail_from.problem = "DNS does not answer";
    return out;
}

TEST(Results, NameOnlyWhatWasLookedAt)
{
    const auto results = make_results(report(), "acme.test", "");
    ASSERT_EQ(results.methods.size(), 2U);
    EXPECT_EQ(results.methods[0], (authres::MethodResult{"iprev", "fail", "", {{"policy", "iprev", "2001:db8::5"}}}));
    EXPECT_EQ(results.methods[1],
              (authres::MethodResult{"spf", "temperror", "DNS does not answer", {{"smtp", "mailfrom", "carol@partner.test"}}}));
    const auto facts = make_facts(report());
    EXPECT_EQ(facts.spf->mail_from, policy::AuthResult::temperror);
    EXPECT_FALSE(facts.dkim || facts.dmarc);
}

TEST(Results, TellTheProblemInReceivedSpfToo)
{
    const auto field = authres::format_received_spf(make_received_spf(report(), "mx1.acme.test"));
    EXPECT_THAT(field, HasSubstr("client-ip=\"2001:db8::5\""));
    EXPECT_THAT(field, HasSubstr("problem=\"DNS does not answer\""));
    EXPECT_THAT(field, HasSubstr("receiver=mx1.acme.test"));
}

}  // namespace
}  // namespace sealpost::authcheck
