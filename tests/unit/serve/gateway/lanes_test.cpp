#include "serve/gateway/lanes.hpp"

#include <gtest/gtest.h>

namespace sealpost::gateway {
namespace {

const WallTime now = parse_rfc3339("2026-11-22T08:00:00Z").value();

policy::EncryptionDecision decide(policy::SealAction action)
{
    policy::EncryptionDecision decision;
    decision.action = action;
    decision.action_from = "rule tagged";
    decision.profile.name = "strict";
    decision.profile.assurance = policy::Assurance::account;
    decision.profile.attachment_name = "lettre.html";
    decision.profile.attachment_max_bytes = 12345;
    decision.profile.reply_all = false;
    decision.profile.forward = true;
    decision.profile.neutral_subject = true;
    decision.profile.neutral_subject_text = "A letter";
    decision.profile.language = "fr";
    return decision;
}

sealer::SealPlan pass_on(const policy::EncryptionDecision& decision)
{
    return parse_plan(format_facts({"c1.1", true}, decision, now)).value();
}

TEST(Lanes, AreChosenByTheAction)
{
    EXPECT_EQ(choose_lane(policy::SealAction::seal), seal_lane);
    EXPECT_EQ(choose_lane(policy::SealAction::if_tls_fails), seal_unless_tls_lane);
    EXPECT_EQ(choose_lane(policy::SealAction::clear), relay_lane);
}

TEST(Lanes, RememberHowToSeal)
{
    auto decision = decide(policy::SealAction::seal);
    decision.subject = "Without its tag \"é\"";
    const auto plan = pass_on(decision);
    EXPECT_EQ(plan.profile, "strict");
    EXPECT_EQ(plan.assurance, "account");
    EXPECT_EQ(plan.attachment_name, "lettre.html");
    EXPECT_EQ(plan.attachment_max_bytes, 12345U);
    EXPECT_TRUE(plan.may_reply);
    EXPECT_FALSE(plan.may_reply_all);
    EXPECT_TRUE(plan.may_forward);
    EXPECT_TRUE(plan.receipt);
    EXPECT_TRUE(plan.neutral_subject);
    EXPECT_EQ(plan.neutral_subject_text, "A letter");
    EXPECT_EQ(plan.language, "fr");
    EXPECT_EQ(plan.subject, "Without its tag \"é\"");
    EXPECT_FALSE(plan.expires_at.has_value());
}

TEST(Lanes, RememberWhatWasSaidOfTls)
{
    IntakeFacts intake{"c1.1", true};
    EXPECT_TRUE(format_facts(intake, {}, now).starts_with(R"({"intake":"c1.1",)")) << "the queue looks for it there";
    intake.message_id = "7@acme.test";
    EXPECT_TRUE(format_facts(intake, {}, now).starts_with(R"({"intake":"c1.1","message_id":"7@acme.test",)"));
    EXPECT_FALSE(read_facts(format_facts(intake, {}, now)).tls_not_required);
    intake.tls_not_required = true;
    EXPECT_TRUE(read_facts(format_facts(intake, {}, now)).tls_not_required);
    EXPECT_FALSE(read_facts(format_facts(intake, {}, now)).tls_report);
    intake.tls_report = true;
    EXPECT_TRUE(read_facts(format_facts(intake, {}, now)).tls_report);
    EXPECT_FALSE(read_facts("broken").tls_not_required);
}

TEST(Lanes, TellAttachmentFromHosted)
{
    auto decision = decide(policy::SealAction::if_tls_fails);
    decision.profile.delivery = policy::EnvelopeDelivery::attachment;
    EXPECT_TRUE(pass_on(decision).attach);
    EXPECT_FALSE(pass_on(decision).hosted);
    decision.profile.delivery = policy::EnvelopeDelivery::hosted;
    EXPECT_FALSE(pass_on(decision).attach);
    EXPECT_TRUE(pass_on(decision).hosted);
    decision.profile.delivery = policy::EnvelopeDelivery::both;
    EXPECT_TRUE(pass_on(decision).attach);
    EXPECT_TRUE(pass_on(decision).hosted);
}

TEST(Lanes, FixTheExpiryWhenTheMessageIsAccepted)
{
    auto decision = decide(policy::SealAction::seal);
    decision.profile.expires_after = std::chrono::hours(24);
    EXPECT_EQ(pass_on(decision).expires_at, now + std::chrono::hours(24));
    decision.expires_at_text = "2027-01-01T00:00:00.000Z";
    EXPECT_EQ(pass_on(decision).expires_at, parse_rfc3339("2027-01-01T00:00:00Z").value()) << "a date in a header wins";
}

TEST(Lanes, RememberWhoWasProvenToHaveWrittenAReport)
{
    IntakeFacts intake{"c1.1"};
    EXPECT_EQ(read_facts(format_facts(intake, {}, now)).author, "");
    intake.author = "good.test";
    EXPECT_EQ(read_facts(format_facts(intake, {}, now)).author, "good.test");
    for (const char* facts : {"", "[]", "{}", "{\"author\":1}"}) EXPECT_EQ(read_facts(facts).author, "") << facts;
}

TEST(Lanes, RememberWhetherTheMessageComesFromOurOwnPeople)
{
    const auto decision = decide(policy::SealAction::clear);
    EXPECT_TRUE(read_facts(format_facts({"c1.1", true}, decision, now)).outgoing);
    EXPECT_FALSE(read_facts(format_facts({"c1.1", false}, decision, now)).outgoing);
    for (const char* facts : {"", "[]", "{}", "{\"outgoing\":1}"}) EXPECT_FALSE(read_facts(facts).outgoing) << facts;
}

TEST(Lanes, RememberWhatTheMailFlowPolicySaysAboutDelivery)
{
    const auto decision = decide(policy::SealAction::seal);
    EXPECT_FALSE(read_facts(format_facts({"c1.1", true, false}, decision, now)).dkim_sign);
    EXPECT_TRUE(read_facts(format_facts({"c1.1", true, true}, decision, now)).dkim_sign);
    for (const char* facts : {"", "[]", "{}", R"({"dkim_sign":0,"bounce_profile":1})"}) {
        EXPECT_TRUE(read_facts(facts).dkim_sign) << facts;
    }
}

TEST(Lanes, HaveNoPlanForClearForm)
{
    EXPECT_EQ(parse_plan(format_facts({"c1.1", true}, decide(policy::SealAction::clear), now)).error().fault, Fault::give_up);
}

TEST(Lanes, RefuseBrokenFacts)
{
    for (const char* facts : {"", "{", "[]", "{\"plan\":1}", "{\"plan\":{\"profile\":\"x\"}}"})
        EXPECT_EQ(parse_plan(facts).error().fault, Fault::give_up) << facts;
}

}  // namespace
}  // namespace sealpost::gateway
