#include "serve/replies/service_mail.hpp"

#include "serve/breaking_key_service.hpp"
#include "serve/replies/service_mail_world.hpp"
#include "serve/replies/tap.hpp"

namespace sealpost::replies {
namespace {

using domains::OnFailure;
using smtpd::PostOffice;
using testing::HasSubstr;
using testing::Not;
using Kind = queue::RecipientOutcome::Kind;

TEST_F(ServiceMailTest, SealsAReplyToADomainThatDidNotSwitchTlsOn)
{
    PostOffice office(describe(Host::sound));
    const auto reply = queue_reply({"alice@acme.test"});
    auto report = deliver(reply, office.port());
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_EQ(report.outcomes[0].kind, Kind::relayed_elsewhere);
    EXPECT_EQ(office.letters->connections, 0);
    EXPECT_EQ(open_replacement(reply.id, std::move(report), "alice@acme.test"), letter);
}

TEST_F(ServiceMailTest, SealsAMessageThatBeginsForTheAccountItGoesTo)
{
    queue::NewMessage message = queue::make_message({"alice@acme.test"}, "noreply@keys.test");
    message.lane = queue::reply_lane;
    message.facts = format_message_facts(
        {"", "bob@partner.test", "compose", "The contract", "<m1@keys.test>", identity::SentAs::service, "", account_.value()});
    const auto begun = queue_message(std::move(message));
    auto report = deliver(begun, 1);
    EXPECT_EQ(open_replacement(begun.id, std::move(report), "alice@acme.test"), letter);
    keys::ListQuery query;
    query.account = account_;
    query.text = "<r1@keys.test>";  // of the thread that an answer goes on with
    const auto kept = test::value_of(keys_->list(query));
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept[0].policy.profile, "compose");
    EXPECT_EQ(kept[0].policy.sender.address, "bob@partner.test");
    EXPECT_TRUE(kept[0].policy.rights.reply);
    EXPECT_FALSE(kept[0].policy.receipt);
    EXPECT_TRUE(kept[0].policy.by_service);
}

TEST_F(ServiceMailTest, DeliversInClearFormInsideVerifiedTls)
{
    switch_tls_on(OnFailure::envelope);
    PostOffice office(describe(Host::sound));
    Tap tap(office.endpoint());
    const auto report = deliver(queue_reply({"alice@acme.test"}), tap.port());
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_EQ(report.outcomes[0].kind, Kind::delivered);
    EXPECT_TRUE(report.replacements.empty());
    EXPECT_THAT(report.outcomes[0].facts, HasSubstr("\"verified\":true"));
    const auto letters = office.letters->take();
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_NE(letters[0].tls, "");
    EXPECT_EQ(letters[0].sender, "noreply@keys.test");
    EXPECT_THAT(letters[0].content, HasSubstr("The secret answer."));
    EXPECT_THAT(tap.heard(), HasSubstr("STARTTLS"));
    EXPECT_THAT(tap.heard(), Not(HasSubstr("The secret answer")));
    EXPECT_THAT(tap.heard(), Not(HasSubstr("alice@acme.test")));
    EXPECT_FALSE(acme().needs_test);
}

// RFC 3461 §4.3: what the host would send back whole goes on as ordinary mail.
TEST_F(ServiceMailTest, AsksHostsToReportOfAReplyWithoutIt)
{
    switch_tls_on(OnFailure::envelope);
    PostOffice office(describe(Host::sound));
    deliver(queue_reply({"alice@acme.test"}), office.port());
    const auto letters = office.letters->take();
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].sender, "noreply@keys.test");
    EXPECT_EQ(letters[0].ret, "HDRS");
}

struct Unmet {
    Host host;
    OnFailure choice;
    Kind kind;
    const char* name;
};

class TlsIsNotProven : public ServiceMailTest, public testing::WithParamInterface<Unmet> {};

TEST_P(TlsIsNotProven, TakesTheDomainsChoiceAndSaysNothingInClearText)
{
    const Unmet& given = GetParam();
    switch_tls_on(given.choice);
    PostOffice office(describe(given.host));
    Tap tap(office.endpoint());
    const auto reply = queue_reply({"alice@acme.test"});
    auto report = deliver(reply, tap.port());
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_EQ(report.outcomes[0].kind, given.kind);
    EXPECT_EQ(report.replacements.size(), given.choice == OnFailure::envelope ? 1U : 0U);
    EXPECT_THAT(tap.heard(), HasSubstr("EHLO out.keys.test"));
    EXPECT_THAT(tap.heard(), Not(HasSubstr("MAIL FROM")));
    EXPECT_THAT(tap.heard(), Not(HasSubstr("secret")));
    EXPECT_THAT(tap.heard(), Not(HasSubstr("contract")));
    EXPECT_TRUE(office.letters->take().empty());
    EXPECT_TRUE(acme().needs_test);
    EXPECT_NE(acme().last_failure, "");
    if (given.choice == OnFailure::envelope) {
        EXPECT_EQ(open_replacement(reply.id, std::move(report), "alice@acme.test"), letter);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Each, TlsIsNotProven,
    testing::Values(Unmet{Host::untrusted, OnFailure::envelope, Kind::relayed_elsewhere, "UntrustedEnvelope"},
                    Unmet{Host::untrusted, OnFailure::hold, Kind::held, "UntrustedHold"},
                    Unmet{Host::untrusted, OnFailure::bounce, Kind::failed, "UntrustedBounce"},
                    Unmet{Host::other_name, OnFailure::envelope, Kind::relayed_elsewhere, "OtherNameEnvelope"},
                    Unmet{Host::other_name, OnFailure::bounce, Kind::failed, "OtherNameBounce"},
                    Unmet{Host::without_tls, OnFailure::envelope, Kind::relayed_elsewhere, "NoTlsEnvelope"},
                    Unmet{Host::without_tls, OnFailure::hold, Kind::held, "NoTlsHold"}),
    [](const auto& unmet) { return std::string(unmet.param.name); });

TEST_F(ServiceMailTest, TriesAgainLaterWhenTheHostCannotBeReached)
{
    switch_tls_on(OnFailure::bounce);
    std::uint16_t closed_port = 0;
    {
        PostOffice gone;
        closed_port = gone.port();
        gone.server->stop(std::chrono::milliseconds(0));
    }
    const auto report = deliver(queue_reply({"alice@acme.test"}), closed_port);
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_EQ(report.outcomes[0].kind, Kind::retry) << "only missing proof takes the failure choice";
    EXPECT_TRUE(report.replacements.empty());
    EXPECT_FALSE(acme().needs_test);
}

TEST_F(ServiceMailTest, WaitsAnHourForAHostThatCutsTheHandshakeBeforeItTakesTheDomainsChoice)
{
    switch_tls_on(OnFailure::bounce);
    PostOffice office(describe(Host::sound));
    Tap tap(office.endpoint(), true);
    const auto reply = queue_reply({"alice@acme.test"});
    const auto first = deliver(reply, tap.port());
    ASSERT_EQ(first.outcomes.size(), 1U);
    EXPECT_EQ(first.outcomes[0].kind, Kind::retry) << first.outcomes[0].text;
    clock_.advance(std::chrono::minutes(59));
    EXPECT_EQ(deliver(reply, tap.port()).outcomes.at(0).kind, Kind::retry);
    clock_.advance(std::chrono::minutes(1));
    EXPECT_EQ(deliver(reply, tap.port()).outcomes.at(0).kind, Kind::failed);
    EXPECT_THAT(tap.heard(), Not(HasSubstr("MAIL FROM")));
    EXPECT_TRUE(office.letters->take().empty());
}

TEST_F(ServiceMailTest, MakesAnEnvelopeAtOnceWhereAHandshakeIsCut)
{
    switch_tls_on(OnFailure::envelope);
    PostOffice office(describe(Host::sound));
    Tap tap(office.endpoint(), true);
    EXPECT_EQ(deliver(queue_reply({"alice@acme.test"}), tap.port()).outcomes.at(0).kind, Kind::relayed_elsewhere);
}

TEST_F(ServiceMailTest, GivesEachRecipientTheWayOfTheirDomain)
{
    switch_tls_on(OnFailure::envelope);
    PostOffice office(describe(Host::sound));
    const auto reply = queue_reply({"alice@acme.test", "carol@partner.test"});
    auto report = deliver(reply, office.port());
    ASSERT_EQ(report.outcomes.size(), 2U);
    std::map<int, Kind> kinds;
    for (const auto& outcome : report.outcomes) kinds[outcome.index] = outcome.kind;
    EXPECT_EQ(kinds.at(0), Kind::delivered);
    EXPECT_EQ(kinds.at(1), Kind::relayed_elsewhere);
    const auto letters = office.letters->take();
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_THAT(letters[0].recipients, testing::ElementsAre("alice@acme.test"));
    EXPECT_EQ(open_replacement(reply.id, std::move(report), "carol@partner.test"), letter);
}

TEST_F(ServiceMailTest, RemembersWhoWasReachedWhenSealingForTheRestIsBrokenOff)
{
    switch_tls_on(OnFailure::envelope);
    key_service_ = std::make_shared<sealer::BreakingKeyService>();
    PostOffice office(describe(Host::sound));
    const auto report = deliver(queue_reply({"alice@acme.test", "carol@partner.test"}), office.port());
    ASSERT_EQ(report.outcomes.size(), 1U) << "carol counts as one to try again";
    EXPECT_EQ(report.outcomes[0].index, 0);
    EXPECT_EQ(report.outcomes[0].kind, Kind::delivered);
    EXPECT_EQ(office.letters->take().size(), 1U);
}

TEST_F(ServiceMailTest, LeavesWhatAGatewayShouldSealAlone)
{
    PostOffice office(describe(Host::sound));
    for (const char* lane : {"seal", "seal-unless-tls", "relay"}) {
        const auto report = deliver(queue_reply({"alice@acme.test"}, lane), office.port());
        ASSERT_EQ(report.outcomes.size(), 1U);
        EXPECT_EQ(report.outcomes[0].kind, Kind::retry) << lane;
    }
    EXPECT_EQ(office.letters->connections, 0);
}

TEST_F(ServiceMailTest, KeepsAReplyWhoseFactsAreBroken)
{
    PostOffice office(describe(Host::sound));
    auto reply = queue_reply({"alice@acme.test"});
    reply.facts = "{}";
    const auto report = deliver(std::move(reply), office.port());
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_EQ(report.outcomes[0].kind, Kind::retry);
}

TEST_F(ServiceMailTest, FailsAReplyWhoseEnvelopeIsGone)
{
    PostOffice office(describe(Host::sound));
    auto reply = queue_reply({"alice@acme.test"});
    reply.facts =
        format_message_facts({keys::make_envelope_id().value(), "bob@partner.test", "reply", "Re: x", "<r2@keys.test>"});
    const auto report = deliver(std::move(reply), office.port());
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_EQ(report.outcomes[0].kind, Kind::failed);
    EXPECT_TRUE(report.replacements.empty());
}

}  // namespace
}  // namespace sealpost::replies
