#include "serve/replies/service_mail.hpp"

#include "serve/mime_text.hpp"
#include "serve/post_office.hpp"
#include "serve/replies/replies_world.hpp"
#include "serve/replies/tap.hpp"
#include "sys/dns/canned_resolver.hpp"
#include "wire/seal/envelope_reader.hpp"
#include "wire/seal/opener.hpp"

namespace sealpost::replies {
namespace {

using domains::OnFailure;
using smtpd::Authority;
using smtpd::MailServerOptions;
using smtpd::PostOffice;
using testing::HasSubstr;
using testing::Not;
using Kind = queue::RecipientOutcome::Kind;

constexpr std::string_view zone = R"(
acme.test     MX 10 mx.acme.test
mx.acme.test  A  127.0.0.1
)";

// What is the matter with the domain's mail host.
enum class Host { sound, untrusted, other_name, without_tls };

class ServiceMailTest : public RepliesWorld {
protected:
    MailServerOptions describe(Host host)
    {
        MailServerOptions options = PostOffice::plain();
        if (host == Host::without_tls) return options;
        const Authority& authority = host == Host::untrusted ? stranger_ : authority_;
        options.identity = authority.identity(host == Host::other_name ? "other.test" : "mx.acme.test");
        options.profile.offer_starttls = true;
        return options;
    }

    queue::DueMessage queue_reply(std::vector<std::string> to, std::string lane = std::string(reply_lane))
    {
        queue::NewMessage message = queue::make_message(std::move(to), "noreply@keys.test");
        message.lane = std::move(lane);
        message.facts =
            format_reply_facts({answered_.value(), "bob@partner.test", "reply", "Re: The contract", "<r1@keys.test>"});
        auto content = queue_->begin();
        EXPECT_TRUE(wait_for(content->write(std::string(letter))).has_value());
        test::value_of(queue_->accept(std::move(message), std::move(content)));
        auto due = claim();
        EXPECT_EQ(due.size(), 1U);
        return due.at(0);
    }

    queue::Report deliver(queue::DueMessage message, std::uint16_t port) { return wait_for(carry(std::move(message), port)); }

    Task<queue::Report> carry(queue::DueMessage message, std::uint16_t port)
    {
        courier::CourierOptions options;
        options.resolver = std::make_shared<dns::CannedResolver>(zone);
        options.trust = [trust = authority_.client()] { return trust; };
        auto courier = std::make_shared<courier::Courier>(std::move(options));
        ServiceMail::Parts parts;
        parts.queue = queue_;
        parts.domains = domains_;
        parts.courier = courier;
        parts.sealer = std::make_shared<sealer::EnvelopeSealer>(sealer::EnvelopeSealer::Parts{
            queue_, make_key_service(), &pool_, &clock_, directory_, "keys.test", log::Log::silent()});
        parts.sending.helo_name = "out.keys.test";
        parts.sending.mx_port = port;
        parts.sender = "noreply@keys.test";
        ServiceMail service(std::move(parts));
        auto report = co_await service.deliver(std::move(message));
        co_await courier->close_idle();
        co_return report;
    }

    // Opens the envelope that took the message's place, as its recipient would.
    std::string open_replacement(queue::MessageId message, queue::Report report, const std::string& recipient)
    {
        EXPECT_TRUE(wait_for(queue_->settle(message, std::move(report))).has_value());
        const auto due = claim();
        if (due.size() != 1) return "not one notification";
        EXPECT_EQ(due[0].lane, notification_lane);
        EXPECT_EQ(due[0].sender, "noreply@keys.test");
        const auto text = read(due[0].content);
        EXPECT_THAT(test::decode_parts(text), HasSubstr("https://keys.test"));
        EXPECT_THAT(test::decode_parts(text), Not(HasSubstr("The secret answer")));
        EXPECT_THAT(text, Not(HasSubstr("The contract"))) << "a subject is told after release only";
        seal::EnvelopeReader reader;
        std::string age_file = reader.append(text).value();
        age_file += reader.finish().value();
        keys::ReleaseRequest request;
        request.id = keys::parse_envelope_id(reader.claims().envelope_id).value();
        request.addresses = {recipient};
        request.assurance = people::Assurance::mailbox;
        request.who = "person:1";
        request.network = "192.0.2.0/24";
        EXPECT_EQ(test::value_of(keys_->find(request.id)).value().policy.account, account_);
        auto verdict = test::value_of(keys_->release(std::move(request)));
        auto* released = std::get_if<keys::Released>(&verdict);
        if (!released) return "not released";
        seal::Opener opener(seal::Identity::parse(released->identity.reveal_text()).value());
        std::string opened = opener.append(age_file).value();
        return opened + opener.finish().value();
    }

    domains::Domain acme() { return test::value_of(domains_->find("acme.test")).value(); }

    Authority authority_, stranger_;
};

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

TEST_F(ServiceMailTest, CarriesNotificationsAlsoWithoutTls)
{
    PostOffice office(describe(Host::without_tls));
    const auto report = deliver(queue_reply({"alice@acme.test"}, std::string(notification_lane)), office.port());
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_EQ(report.outcomes[0].kind, Kind::delivered) << "they hold nothing in clear form";
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
    reply.facts = format_reply_facts({keys::make_envelope_id().value(), "bob@partner.test", "reply", "Re: x", "<r2@keys.test>"});
    const auto report = deliver(std::move(reply), office.port());
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_EQ(report.outcomes[0].kind, Kind::failed);
    EXPECT_TRUE(report.replacements.empty());
}

}  // namespace
}  // namespace sealpost::replies
