#include "sys/dns/canned_resolver.hpp"
#include "wire/dmarc/destination.hpp"
#include "wire/dmarc/dmarc.hpp"
#include "wire/dmarc/vector_files.hpp"

namespace sealpost::dmarc {
namespace {

using test::answer_of;

const Deadline soon = Deadline::after(std::chrono::seconds(20));

std::string_view format_state(Discovery::State state)
{
    switch (state) {
        case Discovery::State::found: return "found";
        case Discovery::State::none: return "none";
        case Discovery::State::temporary: return "temporary";
        case Discovery::State::broken: return "broken";
    }
    return "";
}

Facts read_facts(const test::VectorFile& file)
{
    Facts facts;
    facts.author_domain = file.one("from");
    if (!file.text("spf").empty()) facts.spf_pass_domain = file.text("spf");
    const std::string dkim = file.text("dkim");
    if (!dkim.empty())
        for (const auto domain : split(dkim, ',')) facts.dkim_pass_domains.emplace_back(trim(domain));
    const auto temporary = split(file.one("temporary"), ' ');
    if (temporary.at(0) == "spf") facts.spf_temporary_domain = temporary.at(1);
    if (temporary.at(0) == "dkim") facts.dkim_temporary_domains.emplace_back(temporary.at(1));
    return facts;
}

std::string format_aligned(const Verdict& verdict)
{
    if (verdict.spf_aligned && verdict.dkim_aligned) return "spf dkim";
    return verdict.spf_aligned ? "spf" : verdict.dkim_aligned ? "dkim" : "-";
}

TEST(DmarcEvaluationVectors, ReachTheVerdictByTheLookupsThatTheRfcAllows)
{
    const auto files = test::read_vectors("evaluations");
    for (const auto& file : files) {
        dns::CannedResolver resolver(join(file.lines.at("zone"), "\n"));
        const auto discovery = answer_of(find_record(resolver, file.one("from"), soon));
        const auto draw = static_cast<unsigned>(*parse_decimal(file.one("draw")));
        const Verdict verdict = evaluate(discovery, read_facts(file), draw);
        EXPECT_EQ(format_state(discovery.state), file.one("state")) << file.name;
        EXPECT_EQ(verdict.domain, file.one("at")) << file.name;
        EXPECT_EQ(format_outcome(verdict.outcome), file.one("is")) << file.name;
        EXPECT_EQ(format_aligned(verdict), file.one("aligned")) << file.name;
        EXPECT_EQ(format_policy(verdict.requested), file.one("requested")) << file.name;
        EXPECT_EQ(format_policy(verdict.applied), file.one("applied")) << file.name;
        const std::string at_stake = file.lines.contains("at_stake") ? file.one("at_stake") : "none";
        EXPECT_EQ(format_policy(verdict.at_stake), at_stake) << file.name;
        EXPECT_EQ(verdict.sampled_out ? "yes" : "no", file.one("sampled_out")) << file.name;
        std::vector<std::string> asked;
        for (const auto name : split(file.one("asked"), ' ')) asked.push_back(std::string(name) + " TXT");
        EXPECT_EQ(resolver.asked(), asked) << file.name;
    }
    EXPECT_GE(files.size(), 46U);
}

TEST(OrganisationalDomain, IsOneLabelBelowThePublicSuffix)
{
    EXPECT_EQ(find_organisational_domain("a.b.c.d.example.com"), "example.com");
    EXPECT_EQ(find_organisational_domain("example.com"), "example.com");
    EXPECT_EQ(find_organisational_domain("www.example.co.uk"), "example.co.uk");
    EXPECT_EQ(find_organisational_domain("mail.acme.test"), "acme.test");  // a suffix that the list does not know
    EXPECT_EQ(find_organisational_domain("A.Example.COM."), "example.com");
    EXPECT_EQ(find_organisational_domain("mail.bücher.example.com"), "example.com");
    EXPECT_EQ(find_organisational_domain("www.食狮.中国"), find_organisational_domain("xn--85x722f.xn--fiqs8s"));
}

TEST(OrganisationalDomain, OfASuffixIsTheSuffix)
{
    EXPECT_EQ(find_organisational_domain("com"), "com");
    EXPECT_EQ(find_organisational_domain("co.uk"), "co.uk");
    EXPECT_EQ(find_organisational_domain("test"), "test");
    EXPECT_EQ(find_organisational_domain(""), "");
}

TEST(OrganisationalDomain, OfSomethingThatIsNoNameIsItself)
{
    for (const std::string& text : {std::string("a..b.example.com"), std::string(".example.com"), std::string("a b.example.com"),
                                    std::string("x.example.com\0.y.test", 20), std::string(250, 'a') + ".b.test"})
        EXPECT_EQ(find_organisational_domain(text), text);
}

TEST(Alignment, OfSuffixesIsNone)
{
    EXPECT_FALSE(are_aligned("a.co.uk", "b.co.uk", Alignment::relaxed));
    EXPECT_FALSE(are_aligned("com", "example.com", Alignment::relaxed));
    EXPECT_FALSE(are_aligned("", "", Alignment::relaxed));
    EXPECT_FALSE(are_aligned("example.com", "", Alignment::relaxed));
    EXPECT_TRUE(are_aligned("a.example.com", "b.example.com", Alignment::relaxed));
    EXPECT_FALSE(are_aligned("a.example.com", "b.example.com", Alignment::strict));
}

TEST(DmarcDiscovery, OfSomethingThatIsNoNameFindsNone)
{
    dns::CannedResolver resolver("acme.test A 192.0.2.1\n");
    const std::string long_name =
        std::string(63, 'a') + '.' + std::string(63, 'b') + '.' + std::string(63, 'c') + '.' + std::string(50, 'd') + ".test";
    for (const std::string& name : {std::string(), std::string("a..b"), std::string(300, 'x')}) {
        EXPECT_EQ(answer_of(find_record(resolver, name, soon)).state, Discovery::State::none) << name;
    }
    EXPECT_TRUE(resolver.asked().empty());
    // "_dmarc." does not fit before it, but before the organisation it does.
    EXPECT_EQ(answer_of(find_record(resolver, long_name, soon)).state, Discovery::State::none);
    EXPECT_EQ(resolver.asked(), std::vector<std::string>{"_dmarc." + std::string(50, 'd') + ".test TXT"});
}

TEST(DmarcDiscovery, TellsWhatIsWrongWithARecordThatCounts)
{
    dns::CannedResolver resolver("_dmarc.acme.test TXT v=DMARC1; p=reject; pct=200\n");
    const auto discovery = answer_of(find_record(resolver, "acme.test", soon));
    ASSERT_EQ(discovery.problems.size(), 1U);
    EXPECT_EQ(discovery.problems[0].tag, "pct");
    EXPECT_EQ(discovery.text, "v=DMARC1; p=reject; pct=200");
}

TEST(SeveralAuthors, AreNotSparedByWhatCouldVouchForOneOnly)
{
    dns::CannedResolver resolver("_dmarc.bank.test TXT v=DMARC1; p=reject\n_dmarc.evil.test TXT v=DMARC1; p=none\n");
    Facts facts;
    facts.spf_temporary_domain = "evil.test";
    facts.dkim_temporary_domains = {"mail.evil.test"};
    const auto judged = answer_of(judge(resolver, {"evil.test", "bank.test"}, facts, 0, soon));
    EXPECT_EQ(judged.author_domain, "bank.test");
    EXPECT_EQ(judged.verdict.outcome, Outcome::fail);
    EXPECT_EQ(judged.verdict.applied, Policy::reject);
    facts.dkim_temporary_domains.push_back("mail.bank.test");
    EXPECT_EQ(answer_of(judge(resolver, {"bank.test"}, facts, 0, soon)).verdict.outcome, Outcome::temperror);
}

TEST(Alignment, IsThatOfTheRecordForWhatCouldNotBeAskedToo)
{
    dns::CannedResolver resolver("_dmarc.bank.test TXT v=DMARC1; p=reject; aspf=s; adkim=s\n");
    const auto discovery = answer_of(find_record(resolver, "bank.test", soon));
    Facts facts;
    facts.author_domain = "bank.test";
    facts.spf_temporary_domain = "www.bank.test";
    facts.dkim_temporary_domains = {"www.bank.test"};
    EXPECT_EQ(evaluate(discovery, facts, 0).outcome, Outcome::fail);
    facts.spf_temporary_domain = "bank.test";
    EXPECT_EQ(evaluate(discovery, facts, 0).outcome, Outcome::temperror);
    EXPECT_EQ(evaluate(discovery, facts, 0).at_stake, Policy::reject);
    EXPECT_EQ(evaluate(discovery, facts, 0).applied, Policy::none);
}

TEST(Sampling, SparesWhatIsOpenAsItSparesFailures)
{
    dns::CannedResolver resolver("_dmarc.bank.test TXT v=DMARC1; p=reject; pct=30\n");
    const auto discovery = answer_of(find_record(resolver, "bank.test", soon));
    Facts facts;
    facts.author_domain = "bank.test";
    facts.spf_temporary_domain = "lame.bank.test";
    EXPECT_EQ(evaluate(discovery, facts, 29).at_stake, Policy::reject);
    EXPECT_EQ(evaluate(discovery, facts, 30).at_stake, Policy::quarantine);
    EXPECT_FALSE(evaluate(discovery, facts, 30).sampled_out) << "of failures only";
}

TEST(SeveralAuthors, AreNotSparedByOneWhoseOwnNameServersFail)
{
    dns::CannedResolver resolver(
        "_dmarc.broken.bank.test TXT TEMPORARY\n_dmarc.bank.test TXT v=DMARC1; p=reject\n"
        "_dmarc.apart.test TXT v=DMARC1; p=quarantine\n");
    const auto judged = answer_of(judge(resolver, {"apart.test", "broken.bank.test"}, {}, 0, soon));
    EXPECT_EQ(judged.author_domain, "broken.bank.test");
    EXPECT_EQ(judged.verdict.outcome, Outcome::temperror);
    EXPECT_EQ(judged.verdict.at_stake, Policy::reject);
    EXPECT_EQ(judged.discovery.state, Discovery::State::temporary);
    ASSERT_TRUE(judged.discovery.organisation.has_value());
    EXPECT_EQ(judged.discovery.organisation->domain, "bank.test");
}

TEST(SeveralAuthors, AreJudgedByTheStrictestThatFails)
{
    constexpr auto zone =
        "_dmarc.none.test TXT v=DMARC1; p=none\n_dmarc.reject.test TXT v=DMARC1; p=reject\n"
        "_dmarc.quarantine.test TXT v=DMARC1; p=quarantine\n_dmarc.late.test TEMPORARY\nother.test A 192.0.2.1\n"
        "_dmarc.watched.test TXT v=DMARC1; p=none\n";
    dns::CannedResolver resolver(zone);
    Facts facts;
    facts.dkim_pass_domains = {"none.test"};
    const auto judge_all = [&](std::vector<std::string> domains) {
        return answer_of(judge(resolver, std::move(domains), facts, 0, soon));
    };
    EXPECT_EQ(judge_all({"none.test", "quarantine.test", "reject.test"}).author_domain, "reject.test");
    EXPECT_EQ(judge_all({"none.test", "quarantine.test"}).verdict.applied, Policy::quarantine);
    EXPECT_EQ(judge_all({"none.test"}).verdict.outcome, Outcome::pass);
    EXPECT_EQ(judge_all({"none.test", "other.test"}).verdict.outcome, Outcome::none);
    EXPECT_EQ(judge_all({"none.test", "late.test", "other.test"}).verdict.outcome, Outcome::temperror);
    EXPECT_EQ(judge_all({"late.test", "reject.test"}).verdict.applied, Policy::reject);
    EXPECT_EQ(judge_all({"watched.test", "late.test"}).verdict.outcome, Outcome::temperror);
    EXPECT_EQ(judge_all({"watched.test", "other.test"}).verdict.outcome, Outcome::fail);
    // Whether the record of one that is open asks for more than that of one that fails.
    facts.spf_temporary_domain = "lame.reject.test";
    EXPECT_EQ(judge_all({"quarantine.test", "reject.test"}).verdict.outcome, Outcome::temperror);
    facts.spf_temporary_domain = "lame.quarantine.test";
    EXPECT_EQ(judge_all({"quarantine.test", "reject.test"}).verdict.applied, Policy::reject);
}

Destination verify(std::string_view zone, std::string policy_domain, std::string address, std::uint64_t max_bytes = 0)
{
    dns::CannedResolver resolver(zone);
    return answer_of(verify_destination(resolver, std::move(policy_domain), {std::move(address), max_bytes}, soon));
}

TEST(ReportDestination, OfTheSameOrganisationNeedsNoConsent)
{
    const auto own = verify("x.test A 192.0.2.1\n", "acme.test", "d@reports.acme.test", 7);
    EXPECT_EQ(own.state, Destination::State::own);
    EXPECT_EQ(own.asked, "");
    EXPECT_EQ(own.addresses, (std::vector<ReportAddress>{{"d@reports.acme.test", 7}}));
}

TEST(ReportDestination, OfOthersMustAgree)
{
    constexpr auto yes = "acme.test._report._dmarc.example.org TXT v=DMARC1\n";
    const auto verified = verify(yes, "acme.test", "d@Example.org", 7);
    EXPECT_EQ(verified.state, Destination::State::verified);
    EXPECT_EQ(verified.asked, "acme.test._report._dmarc.example.org");
    EXPECT_EQ(verified.addresses, (std::vector<ReportAddress>{{"d@Example.org", 7}}));
    EXPECT_EQ(verify("example.org A 192.0.2.1\n", "acme.test", "d@example.org").state, Destination::State::unverified);
    EXPECT_EQ(verify("acme.test._report._dmarc.example.org TXT v=spf1\n", "acme.test", "d@example.org").state,
              Destination::State::unverified);
    EXPECT_EQ(verify("acme.test._report._dmarc.example.org TEMPORARY\n", "acme.test", "d@example.org").state,
              Destination::State::temporary);
    EXPECT_EQ(verify("example.org A 192.0.2.1\n", std::string(60, 'a') + "." + std::string(60, 'b') + ".test",
                     "d@" + std::string(60, 'c') + "." + std::string(60, 'd') + ".org")
                  .state,
              Destination::State::unverified);
}

TEST(ReportDestination, MayNameAnotherAddressOfItsOwnHostOnly)
{
    const auto moved =
        verify("acme.test._report._dmarc.example.org TXT v=DMARC1; rua=mailto:new@example.org!1k, mailto:x@victim.test\n",
               "acme.test", "old@example.org");
    EXPECT_EQ(moved.addresses, (std::vector<ReportAddress>{{"new@example.org", 1024}}));
    const auto abused =
        verify("acme.test._report._dmarc.example.org TXT v=DMARC1; rua=mailto:x@victim.test\n", "acme.test", "old@example.org");
    EXPECT_EQ(abused.addresses, (std::vector<ReportAddress>{{"old@example.org", 0}}));
}

}  // namespace
}  // namespace sealpost::dmarc
