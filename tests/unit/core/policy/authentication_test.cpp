#include "core/policy/authentication.hpp"

#include "base/text.hpp"
#include "core/policy/snapshot.hpp"
#include "vectors.hpp"

#include <gmock/gmock.h>

namespace sealpost::policy {
namespace {

using test::read_all;
using testing::ElementsAre;
using testing::HasSubstr;

SpfFacts& spf_of(AuthFacts& facts)
{
    if (!facts.spf)
        facts.spf = SpfFacts{AuthResult::none, "partner.test", "", AuthResult::none, "out.partner.test", "", "192.0.2.5"};
    return *facts.spf;
}

// "spf=fail", "helo=fail", "dkim=none", "dmarc=fail/reject", "sealer=lists.test", "postmaster"
void take_fact(AuthFacts& facts, std::string_view word)
{
    const auto key = word.substr(0, word.find('='));
    const auto value = word.substr(std::min(word.size(), key.size() + 1));
    const auto result = parse_auth_result(value.substr(0, value.find('/'))).value_or(AuthResult::none);
    if (key == "spf") spf_of(facts).mail_from = result;
    if (key == "helo") spf_of(facts).helo = result;
    if (key == "dkim") facts.dkim = result;
    if (key == "dmarc") {
        facts.dmarc = DmarcFacts{result, "partner.test", DmarcFacts::Wish::none, "", false};
        facts.dmarc->has_bad_from = value.ends_with("/bad-from");
        if (value.ends_with("/quarantine")) facts.dmarc->wish = DmarcFacts::Wish::quarantine;
        if (value.ends_with("/reject")) facts.dmarc->wish = DmarcFacts::Wish::reject;
    }
    if (key == "sealer") facts.dmarc->sealer = value;
    if (key == "postmaster") facts.only_postmaster = true;
}

std::string tell(const AuthDecision& decision)
{
    std::string out(format_auth_action(decision.action));
    if (decision.action >= AuthAction::defer) out += ' ' + std::to_string(decision.code) + ' ' + decision.enhanced_code;
    for (const auto& mark : decision.marks) out += ' ' + mark;
    if (!decision.overridden_by.empty()) out += " by " + decision.overridden_by;
    return out;
}

// A vector is a policy document whose policy ACCEPTED decides; its comments say "# facts: …" and
// "# then: …", once or several times.
TEST(AuthenticationVectors, AreDecidedAsTheySay)
{
    int count = 0;
    for (const auto& file : test::list_vectors("policy/authentication")) {
        const auto text = read_all(file);
        auto parsed = parse_document(text, "vector");
        ASSERT_TRUE(parsed.document) << file << config::format_problems(parsed.problems);
        const auto compiled = Snapshot::compile(std::move(*parsed.document), {{"public", ListenerKind::public_mail}});
        ASSERT_TRUE(compiled.snapshot) << file;
        const auto parameters =
            *compiled.snapshot->decide_connection({"public", *parse_ip("192.0.2.5"), HostState::none, ""}).parameters;
        AuthFacts facts;
        int told = 0;
        for (const auto line : split(text, '\n')) {
            if (line.starts_with("# facts: ")) {
                facts = {};
                for (const auto word : split(line.substr(9), ' ')) take_fact(facts, word);
            }
            if (!line.starts_with("# then: ")) continue;
            EXPECT_EQ(tell(decide_authentication(parameters.authentication, facts)), line.substr(8)) << file;
            ++told;
        }
        EXPECT_GT(told, 0) << file;
        count += told;
    }
    EXPECT_GE(count, 40);
}

TEST(AuthenticationDecision, SaysWhoseWordsAnExplanationIs)
{
    AuthParameters parameters;
    parameters.spf_fail = AuthAction::reject;
    AuthFacts facts;
    spf_of(facts).mail_from = AuthResult::fail;
    facts.spf->explanation = "See http://partner.test/why\r\n250 OK \xc3\xa9 " + std::string(2000, 'x');
    const auto decision = decide_authentication(parameters, facts);
    EXPECT_EQ(decision.code, 550U);
    ASSERT_EQ(decision.lines.size(), 2U);
    EXPECT_EQ(decision.lines[0], "partner.test does not let 192.0.2.5 send in its name (SPF fail)");
    EXPECT_THAT(decision.lines[1], testing::StartsWith("partner.test explains: See http://partner.test/why  250 OK "));
    EXPECT_LE(decision.lines[1].size(), 300U);
    for (const char c : decision.lines[1]) EXPECT_TRUE(c >= 32 && c < 127);
}

TEST(AuthenticationDecision, LetsTheStrongestActionSpeakAndKeepsEveryMark)
{
    AuthParameters parameters;
    parameters.spf_softfail = AuthAction::mark;
    parameters.dkim_fail = AuthAction::defer;
    AuthFacts facts;
    spf_of(facts).mail_from = AuthResult::softfail;
    facts.dkim = AuthResult::fail;
    facts.dmarc = DmarcFacts{AuthResult::fail, "partner.test", DmarcFacts::Wish::reject, "", false};
    const auto decision = decide_authentication(parameters, facts);
    EXPECT_EQ(decision.action, AuthAction::reject);
    EXPECT_THAT(decision.lines, ElementsAre(HasSubstr("partner.test")));
    EXPECT_THAT(decision.marks, ElementsAre("spf-softfail", "dkim-fail", "dmarc-reject"));
}

TEST(AuthenticationDecision, DoesNotSayThatADomainWantsMoreThanItDoes)
{
    AuthParameters parameters;
    parameters.dmarc_quarantine = AuthAction::reject;
    AuthFacts facts;
    facts.dmarc = DmarcFacts{AuthResult::fail, "partner.test", DmarcFacts::Wish::quarantine, "", false};
    EXPECT_THAT(decide_authentication(parameters, facts).lines, ElementsAre(testing::Not(HasSubstr("refuse"))));
    EXPECT_THAT(decide_authentication(parameters, facts).lines, ElementsAre(HasSubstr("distrust")));
    facts.dmarc->wish = DmarcFacts::Wish::reject;
    EXPECT_THAT(decide_authentication(parameters, facts).lines, ElementsAre(HasSubstr("refuse")));
}

TEST(AuthenticationDefaults, VerifyEverythingAndRefuseOnlyWhatTheAuthorsDomainWantsRefused)
{
    auto parsed = parse_document(default_document({{"public", ListenerKind::public_mail}}), "default");
    const auto compiled = Snapshot::compile(std::move(*parsed.document), {{"public", ListenerKind::public_mail}});
    const auto parameters =
        compiled.snapshot->decide_connection({"public", *parse_ip("192.0.2.5"), HostState::none, ""}).parameters->authentication;
    const AuthParameters built_in;
    EXPECT_TRUE(parameters.spf && parameters.dkim && parameters.dmarc && parameters.arc);
    EXPECT_FALSE(parameters.spf_helo || parameters.dmarc_reports);
    EXPECT_EQ(parameters.spf_fail, built_in.spf_fail);
    EXPECT_EQ(parameters.spf_temperror, built_in.spf_temperror);
    EXPECT_EQ(parameters.dkim_fail, built_in.dkim_fail);
    EXPECT_EQ(parameters.dmarc_reject, AuthAction::reject);
    EXPECT_EQ(parameters.dmarc_quarantine, AuthAction::mark);
    EXPECT_EQ(parameters.dmarc_permerror, AuthAction::mark);
    EXPECT_EQ(parameters.dmarc_bad_from, AuthAction::reject);
}

TEST(AuthResults, AreWordsThatComeBack)
{
    for (const std::string word : {"none", "pass", "neutral", "softfail", "fail", "policy", "temperror", "permerror"})
        EXPECT_EQ(format_auth_result(parse_auth_result(word).value()), word);
    EXPECT_FALSE(parse_auth_result("hardfail"));
}

}  // namespace
}  // namespace sealpost::policy
