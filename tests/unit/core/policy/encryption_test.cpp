#include "base/clock.hpp"
#include "core/policy/compiled.hpp"
#include "core/policy/ruling.hpp"

#include <gtest/gtest.h>

namespace sealpost::policy {
namespace {

const std::string document = R"(
[[recipient]]
address = ["ext.acme.test", "noc@"]
action = "reject"

[[recipient]]
address = ["acme.test", ".acme.test", "bob@bank.test", "info@"]

[[domain_map]]
from = "old.test"
to = "acme.test"

[[encryption_profile]]
name = "strict"
assurance = "strong"
forward = false
expires_after = "10d"

[[encryption_rule]]
name = "tagged"
subject_contains = ["[secure]", "securemail", "[sécurisé]"]
profile = "strict"
strip_subject_tag = true

[[encryption_rule]]
name = "bank"
sender = ["acme.test"]
recipient = ["bank.test", ".bank.test"]
header_matches = ["X-Class: ^conf"]
action = "if_tls_fails"

[[encryption_rule]]
name = "inside"
listener = "private"
subject_matches = ["(?i)^board:"]
own_domains = true
)";

class Encryption : public testing::Test {
protected:
    void SetUp() override
    {
        snapshot_ = compile(document);
        ASSERT_TRUE(snapshot_);
    }

    [[nodiscard]] EncryptionDecision decide(MessageFacts facts, const std::string& recipient = "bob@partner.test") const
    {
        return snapshot_->decide_encryption(facts, recipient);
    }
    static MessageFacts message(std::string subject, std::vector<std::pair<std::string, std::string>> headers = {})
    {
        return {"private", true, "alice@acme.test", std::move(subject), std::move(headers)};
    }

    std::shared_ptr<const Snapshot> snapshot_;
};

TEST_F(Encryption, DecidesForEachRecipientOfOneMessage)
{
    const auto facts = message("Re: [Secure] offer", {{"X-Sealpost-Reply", "no"}});
    MessageEncryption encryption(*snapshot_, facts);
    for (const char* recipient : {"bob@partner.test", "carol@elsewhere.test", "dave@acme.test", "bob@partner.test"}) {
        const auto shared = encryption.decide(recipient);
        const auto alone = decide(facts, recipient);
        EXPECT_EQ(shared.action, alone.action) << recipient;
        EXPECT_EQ(shared.action_from, alone.action_from) << recipient;
        EXPECT_EQ(shared.subject, alone.subject) << recipient;
        EXPECT_EQ(shared.changed_by, alone.changed_by) << recipient;
    }
}

TEST_F(Encryption, SealsByRuleAndTakesTheTagOut)
{
    const auto decision = decide(message("Re: [Secure] offer"));
    EXPECT_EQ(decision.action, SealAction::seal);
    EXPECT_EQ(decision.action_from, "rule tagged");
    EXPECT_EQ(decision.profile.name, "strict");
    EXPECT_EQ(decision.profile.assurance, Assurance::strong);
    EXPECT_EQ(decision.subject, "Re: offer");
}

TEST_F(Encryption, LeavesAloneWhatNoRuleNames)
{
    const auto decision = decide(message("hello"));
    EXPECT_EQ(decision.action, SealAction::clear);
    EXPECT_EQ(decision.action_from, "default");
    EXPECT_FALSE(decision.subject);
}

TEST_F(Encryption, NeverTouchesMailThatComesIn)
{
    auto facts = message("[secure] x", {{"X-Sealpost-Seal", "yes"}});
    facts.outgoing = false;
    EXPECT_EQ(decide(facts).action, SealAction::clear);
}

TEST_F(Encryption, LeavesOwnRecipientsUnlessTheRuleNamesThem)
{
    EXPECT_EQ(decide(message("[secure] x"), "carol@acme.test").action, SealAction::clear);
    EXPECT_EQ(decide(message("Board: x"), "carol@acme.test").action_from, "rule inside");
    EXPECT_EQ(decide(message("x", {{"X-Sealpost-Seal", "yes"}}), "carol@acme.test").action, SealAction::seal);
}

TEST_F(Encryption, AsksWhomTheRecipientAccessTableTakesAndNotWhoseDomainItNames)
{
    const auto seals = [&](const std::string& recipient) {
        return decide(message("[secure] x"), recipient).action == SealAction::seal;
    };
    EXPECT_FALSE(seals("bob@bank.test"));
    EXPECT_TRUE(seals("anna@bank.test")) << "one hosted mailbox makes nobody else there ours";
    EXPECT_TRUE(seals("carol@ext.acme.test")) << "a row before refuses it";
    EXPECT_FALSE(seals("carol@int.acme.test"));
    EXPECT_TRUE(seals("noc@acme.test"));
    EXPECT_FALSE(seals("info@acme.test"));
    EXPECT_TRUE(seals("info@partner.test")) << "a name at any domain makes no domain ours";
    EXPECT_FALSE(seals("carol@old.test"));
}

TEST_F(Encryption, ComparesWithoutCaseInAnyScript)
{
    for (const char* subject : {"Re: [SÉCURISÉ] offre", "Re: [sécurisé] offre", "Re: [se\u0301curise\u0301] offre"}) {
        const auto decision = decide(message(subject));
        EXPECT_EQ(decision.action, SealAction::seal) << subject;
        EXPECT_EQ(decision.subject, "Re: offre") << subject;
    }
    EXPECT_EQ(decide(message("[securise] x")).action, SealAction::clear);
}

TEST_F(Encryption, RefusesToSealOtherwiseThanAHeaderAsksFor)
{
    const WallTime now = parse_rfc3339("2026-11-27T08:00:00Z").value();
    const auto code = [&](const std::string& name, const std::string& value, const char* seal = "yes") {
        const auto ruling = decide_sealing(decide(message("x", {{"X-Sealpost-Seal", seal}, {name, value}})), now);
        return ruling.is_refusal() ? ruling.text : std::string();
    };
    EXPECT_EQ(code("X-Sealpost-Expires", "2 days"),
              "The header field X-Sealpost-Expires is not understood: write it with a unit (+7d), as +HH:MM:SS or as a date");
    EXPECT_EQ(code("X-Sealpost-Profile", "nosuch"), "The header field X-Sealpost-Profile is not understood");
    EXPECT_EQ(code("X-PostX-Forward-Enabled", "perhaps"), "The header field X-PostX-Forward-Enabled is not understood");
    EXPECT_EQ(code("X-Sealpost-Expires", "2026-11-26"), "The expiry 2026-11-26T23:59:59.000Z is over already");
    EXPECT_EQ(code("X-Sealpost-Expires", "2026-11-27T08:30:00+01:00"), "The expiry 2026-11-27T07:30:00.000Z is over already");
    EXPECT_EQ(code("X-Sealpost-Expires", "2026-11-27T08:30:00-01:00"), "");
    EXPECT_EQ(code("X-Sealpost-Expires", "2 days", "no"), "") << "in clear form nothing hangs on it";
    EXPECT_EQ(code("X-Sealpost-Receipt", "no", "maybe"), "") << "sealing is the stronger way already";
}

TEST_F(Encryption, NeedsEveryConditionOfARule)
{
    EXPECT_EQ(decide(message("x", {{"x-class", "confidential"}}), "a@eu.bank.test").action, SealAction::if_tls_fails);
    EXPECT_EQ(decide(message("x", {{"x-class", "not confidential"}}), "a@bank.test").action, SealAction::clear);
    EXPECT_EQ(decide(message("x", {{"x-class", "confidential"}}), "a@partner.test").action, SealAction::clear);
    auto foreign = message("x", {{"x-class", "confidential"}});
    foreign.sender = "eve@other.test";
    EXPECT_EQ(decide(foreign, "a@bank.test").action, SealAction::clear);
}

TEST_F(Encryption, LetsAHeaderWinOverTheRule)
{
    const auto off = decide(message("[secure] x", {{"X-Sealpost-Seal", " No "}}));
    EXPECT_EQ(off.action, SealAction::clear);
    EXPECT_EQ(off.action_from, "header X-Sealpost-Seal");
    EXPECT_EQ(decide(message("x", {{"X-Sealpost-Seal", "if-tls-fails"}})).action, SealAction::if_tls_fails);
    const auto profile = decide(message("x", {{"X-Sealpost-Seal", "yes"}, {"X-Sealpost-Profile", "strict"}}));
    EXPECT_EQ(profile.profile.name, "strict");
    EXPECT_EQ(profile.profile_from, "header X-Sealpost-Profile");
}

TEST_F(Encryption, SealsWhenAHeaderIsNotUnderstood)
{
    const auto decision = decide(message("x", {{"X-Sealpost-Seal", "maybe"}, {"X-Sealpost-Forward", "perhaps"}}));
    EXPECT_EQ(decision.action, SealAction::seal);
    EXPECT_EQ(decision.notes.size(), 2U);
    EXPECT_TRUE(decision.changed_by.empty());
}

TEST_F(Encryption, UnderstandsTheReferencesHeaders)
{
    const auto decision = decide(message(
        "[secure] x",
        {{"X-PostX-Forward-Enabled", "true"}, {"X-PostX-Reply-Enabled", "false"}, {"X-PostX-ExpirationDate", "+24:30:00"}}));
    EXPECT_TRUE(decision.profile.forward);
    EXPECT_FALSE(decision.profile.reply);
    EXPECT_EQ(decision.profile.expires_after, std::chrono::minutes(24 * 60 + 30));
    EXPECT_EQ(decision.changed_by.size(), 3U);
    EXPECT_EQ(decision.changed_by.front().second, "header X-PostX-Reply-Enabled");
    const auto ours = decide(message("x", {{"X-PostX-Forward-Enabled", "true"}, {"X-Sealpost-Forward", "no"}}));
    EXPECT_FALSE(ours.profile.forward);
}

TEST_F(Encryption, ReadsExpiryAsDelayOrDate)
{
    EXPECT_EQ(decide(message("x", {{"X-Sealpost-Expires", "+24h"}})).profile.expires_after, std::chrono::hours(24));
    EXPECT_EQ(decide(message("x", {{"X-Sealpost-Expires", "2027-02-22T00:00:00Z"}})).expires_at_text, "2027-02-22T00:00:00.000Z");
    EXPECT_EQ(decide(message("x", {{"X-Sealpost-Expires", "2027-02-22"}})).expires_at_text, "2027-02-22T23:59:59.000Z");
    EXPECT_EQ(decide(message("x", {{"X-Sealpost-Expires", "Mon, 22 Feb 2027 01:00:00 +0100"}})).expires_at_text,
              "2027-02-22T00:00:00.000Z");
    for (const char* bad : {"24h", "+7", "+86400", "+0h", "+", "tomorrow", "+99999999999999999999s", "+1:2"})
        EXPECT_EQ(decide(message("x", {{"X-Sealpost-Expires", bad}})).notes.size(), 1U) << bad;
    const auto alone = decide(message("[secure] x", {{"X-PostX-ExpirationDate", "+7"}}));
    EXPECT_EQ(alone.unreadable, "X-PostX-ExpirationDate") << "no envelope that is over in seven seconds";
}

TEST(ControlHeaders, AreKnownByTheirPrefix)
{
    EXPECT_TRUE(is_control_header("x-sealpost-seal"));
    EXPECT_TRUE(is_control_header("X-PostX-Use-Script"));
    EXPECT_FALSE(is_control_header("X-Sealpostal"));
    EXPECT_TRUE(is_steering_header("x-sealpost-seal"));
    EXPECT_TRUE(is_steering_header("X-PostX-ExpirationDate"));
    EXPECT_FALSE(is_steering_header("X-PostX-Use-Script")) << "which nobody obeys";
    EXPECT_FALSE(is_steering_header("X-Sealpost-Envelope"));
    EXPECT_FALSE(is_steering_header(""));
}

}  // namespace
}  // namespace sealpost::policy
