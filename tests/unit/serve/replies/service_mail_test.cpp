#include "serve/replies/service_mail.hpp"

#include "serve/breaking_key_service.hpp"
#include "serve/mime_text.hpp"
#include "serve/post_office.hpp"
#include "serve/replies/replies_world.hpp"
#include "serve/replies/service_outbox.hpp"
#include "serve/replies/tap.hpp"
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

std::string make_lines(int count)
{
    std::string lines;
    for (int i = 0; i < count; ++i) lines += std::string(70, 'x') + "\r\n";
    return lines;
}

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

    queue::DueMessage queue_reply(std::vector<std::string> to, std::string lane = std::string(queue::reply_lane),
                                  std::string mode = "reply")
    {
        queue::NewMessage message = queue::make_message(std::move(to), "noreply@keys.test");
        message.lane = std::move(lane);
        message.facts = format_message_facts({answered_.value(), "bob@partner.test", mode, "Re: The contract", "<r1@keys.test>"});
        return queue_message(std::move(message), std::string(letter));
    }

    // As the outbox queues it for a person whose domain allowed it.
    queue::DueMessage queue_reply_as_person(std::vector<std::string> to)
    {
        queue::NewMessage message = queue::make_message(std::move(to), "noreply@keys.test");
        message.lane = queue::reply_lane;
        message.facts =
            format_message_facts({answered_.value(), "bob@partner.test", "reply", "Re: The contract", "<r1@keys.test>",
                                  identity::SentAs::person, R"({"sent_as":"person","reason":"authorised"})"});
        return queue_message(std::move(message), as_person);
    }

    queue::DueMessage queue_message(queue::NewMessage message, const std::string& text)
    {
        auto content = queue_->begin();
        EXPECT_TRUE(wait_for(content->write(text)).has_value());
        test::value_of(queue_->accept(std::move(message), std::move(content)));
        auto due = claim();
        EXPECT_EQ(due.size(), 1U);
        return due.at(0);
    }

    queue::Report deliver(queue::DueMessage message, std::uint16_t port) { return wait_for(carry(std::move(message), port)); }

    Task<queue::Report> carry(queue::DueMessage message, std::uint16_t port)
    {
        courier::CourierOptions options;
        options.resolver = names_;
        options.trust = [trust = authority_.client()] { return trust; };
        options.find_sts = [this](const std::string&, Deadline) { return find_sts(sts_); };
        auto courier = std::make_shared<courier::Courier>(std::move(options));
        ServiceMail::Parts parts;
        parts.queue = queue_;
        parts.domains = domains_;
        parts.keys = keys_;
        parts.courier = courier;
        parts.sealer = std::make_shared<sealer::EnvelopeSealer>(
            sealer::EnvelopeSealer::Parts{queue_, key_service_ ? key_service_ : make_key_service(), &pool_, &clock_, directory_,
                                          "keys.test", log::Log::silent()});
        parts.judge = judge_;
        parts.sending.helo_name = "out.keys.test";
        parts.sending.mx_port = port;
        parts.sender = "noreply@keys.test";
        ServiceMail service(std::move(parts));
        auto report = co_await service.deliver(std::move(message));
        reported_ = report.outcomes;
        co_await courier->close_idle();
        co_return report;
    }

    // Breaks a delivery to two domains off when one has refused for want of TLS, and the other does not answer.
    Task<void> break_off_behind_refusal(queue::DueMessage message)
    {
        Executor executor = co_await async::this_executor();
        auto listener = net::Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
        async::Signal silent(executor);
        async::TaskGroup group(executor);
        group.spawn(refuse_one_and_fall_silent(**listener, silent));
        group.spawn(carry_away(std::move(message), (*listener)->local().port));
        const bool is_silent = co_await silent.wait(Deadline::after(std::chrono::seconds(20)));
        EXPECT_TRUE(is_silent);
        group.cancel();
        co_await group.join();
    }
    Task<void> carry_away(queue::DueMessage message, std::uint16_t port)
    {
        [[maybe_unused]] auto report = co_await carry(std::move(message), port);
    }
    static Task<void> refuse_one_and_fall_silent(net::Listener& listener, async::Signal& silent)
    {
        const Deadline deadline = Deadline::after(std::chrono::seconds(20));
        std::vector<std::unique_ptr<net::TcpStream>> open;
        std::array<char, 4096> buffer{};
        for (const std::string_view to_mail : {"530 5.7.0 Must issue a STARTTLS command first\r\n", ""}) {
            auto accepted = co_await listener.accept();
            open.push_back(std::move(*accepted));
            for (const std::string_view text : {"220 mx\r\n", "250 mx\r\n"}) {
                [[maybe_unused]] auto told = co_await open.back()->write(text, deadline);
                [[maybe_unused]] auto heard = co_await open.back()->read_some(buffer, deadline);
            }
            [[maybe_unused]] auto told = co_await open.back()->write(to_mail, deadline);
        }
        silent.notify();
        [[maybe_unused]] auto slept = co_await async::sleep_until(Deadline::never());
    }

    std::optional<std::vector<queue::RecipientOutcome>>
        reported_;  // of the last delivery, also one that was broken off behind its report

    static Task<route::StsFinding> find_sts(route::StsFinding finding) { co_return finding; }

    // Opens the envelope that took the message's place, as its recipient would.
    std::string open_replacement(queue::MessageId message, queue::Report report, const std::string& recipient)
    {
        EXPECT_TRUE(wait_for(queue_->settle(message, std::move(report))).has_value());
        const auto due = claim();
        if (due.size() != 1) return "not one notification";
        EXPECT_EQ(due[0].lane, queue::service_notification_lane);
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

    // The one notification that took a message's place; claims it.
    queue::DueMessage settle_for_notification(queue::MessageId message, queue::Report report)
    {
        EXPECT_TRUE(wait_for(queue_->settle(message, std::move(report))).has_value());
        auto due = claim();
        EXPECT_EQ(due.size(), 1U);
        return due.at(0);
    }

    route::StsFinding sts_;  // of every domain
    const std::string as_person =
        "From: bob@partner.test\r\nTo: alice@acme.test\r\nMessage-ID: <r1@keys.test>\r\nSubject: Re: The contract\r\n\r\n"
        "The secret answer.\r\n" +
        make_lines(10'000);
    std::shared_ptr<sealer::KeyService> key_service_;  // instead of the service's own
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

TEST_F(ServiceMailTest, SealsAMessageThatBeginsForTheAccountItGoesTo)
{
    queue::NewMessage message = queue::make_message({"alice@acme.test"}, "noreply@keys.test");
    message.lane = queue::reply_lane;
    message.facts = format_message_facts(
        {"", "bob@partner.test", "compose", "The contract", "<m1@keys.test>", identity::SentAs::service, "", account_.value()});
    const auto begun = queue_message(std::move(message), std::string(letter));
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

TEST_F(ServiceMailTest, EndsAForwardWithTheEnvelopeThatItPassesOnAndSaysWhen)
{
    const auto end = test::value_of(keys_->find(answered_)).value().policy.expires_at;
    clock_.advance(std::chrono::hours(1));
    PostOffice office(describe(Host::sound));
    const auto forward = queue_reply({"carol@partner.test"}, std::string(queue::reply_lane), "forward");
    const auto sent = settle_for_notification(forward.id, deliver(forward, office.port()));
    const auto text = read(sent.content);
    seal::EnvelopeReader reader;
    ASSERT_TRUE(reader.append(text).has_value() && reader.finish().has_value());
    const auto id = keys::parse_envelope_id(reader.claims().envelope_id).value();
    EXPECT_EQ(test::value_of(keys_->find(id)).value().policy.expires_at, end);
    EXPECT_THAT(test::decode_parts(text), HasSubstr(format_rfc3339(end).substr(0, 4)));
}

// One to alice@acme.test, whose host takes it in clear form inside verified TLS, and has put it off once.
class QueuedForward : public ServiceMailTest {
protected:
    QueuedForward()
    {
        switch_tls_on(OnFailure::envelope);
        smtpd::Manners greylisting;
        greylisting.to_mail = smtp::Reply(450, "4.7.1", "Greylisted");
        PostOffice office(describe(Host::sound), greylisting);
        const auto forward = queue_reply({"alice@acme.test"}, std::string(queue::reply_lane), "forward");
        auto report = deliver(forward, office.port());
        EXPECT_EQ(report.outcomes.at(0).kind, Kind::retry);
        EXPECT_TRUE(wait_for(queue_->settle(forward.id, std::move(report))).has_value());
    }

    queue::RecipientOutcome try_again()
    {
        clock_.advance(std::chrono::hours(1));
        auto due = claim();
        EXPECT_EQ(due.size(), 1U);
        auto report = deliver(due.at(0), office_.port());
        EXPECT_EQ(report.outcomes.size(), 1U);
        EXPECT_TRUE(report.replacements.empty());
        const auto outcome = report.outcomes.at(0);
        EXPECT_TRUE(wait_for(queue_->settle(due[0].id, std::move(report))).has_value());
        return outcome;
    }

    PostOffice office_{describe(Host::sound)};
};

TEST_F(QueuedForward, LeavesWhileTheEnvelopeIsOpen)
{
    EXPECT_EQ(try_again().kind, Kind::delivered);
    EXPECT_EQ(office_.letters->take().size(), 1U);
}

TEST_F(QueuedForward, FailsWhenTheEnvelopeWasRecalledMeanwhile)
{
    EXPECT_EQ(test::value_of(keys_->recall(answered_, account_, "administrator:1")), keys::ChangeVerdict::done);
    const auto outcome = try_again();
    EXPECT_EQ(outcome.kind, Kind::failed);
    EXPECT_EQ(outcome.enhanced_code, "5.7.0");
    EXPECT_EQ(office_.letters->connections, 0);
}

TEST_F(QueuedForward, FailsWhenTheEnvelopeHasExpiredMeanwhile)
{
    clock_.advance(std::chrono::hours(49));
    const auto outcome = try_again();
    EXPECT_EQ(outcome.kind, Kind::failed);
    EXPECT_EQ(outcome.enhanced_code, "5.4.7");
    EXPECT_EQ(office_.letters->connections, 0);
}

TEST_F(QueuedForward, WaitsWhileTheEnvelopeIsLocked)
{
    EXPECT_EQ(test::value_of(keys_->lock(answered_, account_, "legal hold", "administrator:1")), keys::ChangeVerdict::done);
    const auto outcome = try_again();
    EXPECT_EQ(outcome.kind, Kind::retry);
    EXPECT_TRUE(outcome.postponed_for.has_value());
    EXPECT_EQ(office_.letters->connections, 0);
    EXPECT_EQ(test::value_of(keys_->unlock(answered_, account_, "administrator:1")), keys::ChangeVerdict::done);
    EXPECT_EQ(try_again().kind, Kind::delivered);
    EXPECT_EQ(office_.letters->take().size(), 1U);
}

TEST_F(ServiceMailTest, SealsNoForwardOfAnEnvelopeThatIsLockedOrRecalled)
{
    EXPECT_EQ(test::value_of(keys_->lock(answered_, account_, "legal hold", "administrator:1")), keys::ChangeVerdict::done);
    const auto forward = queue_reply({"carol@partner.test"}, std::string(queue::reply_lane), "forward");
    const auto waiting = deliver(forward, 1);
    EXPECT_EQ(waiting.outcomes.at(0).kind, Kind::retry);
    EXPECT_TRUE(waiting.replacements.empty());
    EXPECT_EQ(test::value_of(keys_->recall(answered_, account_, "administrator:1")), keys::ChangeVerdict::done);
    const auto over = deliver(forward, 1);
    EXPECT_EQ(over.outcomes.at(0).kind, Kind::failed);
    EXPECT_TRUE(over.replacements.empty());
}

// A reply is content of its own.
TEST_F(ServiceMailTest, DeliversAReplyToAnEnvelopeThatIsLocked)
{
    switch_tls_on(OnFailure::envelope);
    EXPECT_EQ(test::value_of(keys_->lock(answered_, account_, "legal hold", "administrator:1")), keys::ChangeVerdict::done);
    PostOffice office(describe(Host::sound));
    EXPECT_EQ(deliver(queue_reply({"alice@acme.test"}), office.port()).outcomes.at(0).kind, Kind::delivered);
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

TEST_F(ServiceMailTest, CarriesNotificationsAlsoWithoutTls)
{
    PostOffice office(describe(Host::without_tls));
    const auto report = deliver(queue_reply({"alice@acme.test"}, std::string(queue::service_notification_lane)), office.port());
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_EQ(report.outcomes[0].kind, Kind::delivered) << "they hold nothing in clear form";
}

// After an operator's hold, say, or a stop of the service.
TEST_F(ServiceMailTest, DeliversNoCodeThatIsNoLongerValid)
{
    queue::NewMessage mail = queue::make_message({"alice@acme.test"}, "noreply@keys.test");
    mail.lane = queue::service_notification_lane;
    mail.facts = code_facts;
    const auto code = queue_message(std::move(mail), std::string(letter));
    PostOffice office(describe(Host::sound));
    clock_.advance(people::Codes::lifetime - std::chrono::seconds(1));
    EXPECT_EQ(deliver(code, office.port()).outcomes.at(0).kind, Kind::delivered);
    EXPECT_EQ(office.letters->take().size(), 1U);
    clock_.advance(std::chrono::seconds(1));
    const auto report = deliver(code, office.port());
    EXPECT_EQ(report.outcomes.at(0).kind, Kind::failed);
    EXPECT_EQ(report.outcomes.at(0).enhanced_code, "5.4.7");
    EXPECT_TRUE(office.letters->take().empty());
}

// Whoever takes STARTTLS out on the way would read codes.
TEST_F(ServiceMailTest, KeepsToTheTlsPolicyThatADomainHasPublished)
{
    sts_.status = route::StsFinding::Status::found;
    sts_.policy.mode = route::StsPolicy::Mode::enforce;
    sts_.policy.mx = {"mx.acme.test"};
    PostOffice office(describe(Host::without_tls));
    auto message = queue_reply({"alice@acme.test"}, std::string(queue::service_notification_lane));
    const auto report = deliver(std::move(message), office.port());
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_EQ(report.outcomes[0].kind, Kind::retry);
    EXPECT_THAT(report.outcomes[0].text, HasSubstr("STARTTLS"));
}

// What stops notifications would stop replies: their domain is shown so, and tested, before there is one.
TEST_F(ServiceMailTest, TellsOfADomainWhoseTlsStopsNotifications)
{
    switch_tls_on(OnFailure::hold);
    {
        PostOffice sound(describe(Host::sound));
        (void)deliver(queue_reply({"alice@acme.test"}, std::string(queue::service_notification_lane)), sound.port());
        EXPECT_FALSE(acme().needs_test);
    }
    auto demanding = PostOffice::plain();
    demanding.profile.require_tls = true;
    PostOffice office(std::move(demanding));
    const auto report = deliver(queue_reply({"alice@acme.test"}, std::string(queue::service_notification_lane)), office.port());
    EXPECT_EQ(report.outcomes.at(0).kind, Kind::retry) << "another host may take it, or this one later";
    EXPECT_TRUE(acme().needs_test);
    EXPECT_THAT(acme().last_failure, HasSubstr("STARTTLS"));
}

// At the end of a drain, say. What is forgotten would be sent again.
TEST_F(ServiceMailTest, RemembersWhatBecameOfNotificationsThatAreBrokenOff)
{
    names_->now =
        std::make_shared<dns::CannedResolver>("acme.test MX 10 mx.test\npartner.test MX 10 mx.test\nmx.test A 127.0.0.1\n");
    auto message = queue_reply({"alice@acme.test", "carol@partner.test"}, std::string(queue::service_notification_lane));
    async::run_here([&] { return break_off_behind_refusal(std::move(message)); });
    ASSERT_TRUE(reported_.has_value()) << "the report is lost";
    ASSERT_EQ(reported_->size(), 2U);
    const std::string texts = reported_->at(0).text + reported_->at(1).text;
    EXPECT_THAT(texts, HasSubstr("STARTTLS"));
}

TEST_F(ServiceMailTest, LeavesUnderThePersonsNameWhileTheDomainAllowsIt)
{
    switch_tls_on(OnFailure::hold);
    PostOffice office(describe(Host::sound));
    const auto report = deliver(queue_reply_as_person({"alice@acme.test"}), office.port());
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_EQ(report.outcomes[0].kind, Kind::delivered);
    EXPECT_THAT(report.outcomes[0].facts, HasSubstr(R"("sent_as":"person")"));
    EXPECT_THAT(report.outcomes[0].facts, HasSubstr("\"verified\":true"));
    const auto letters = office.letters->take();
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].sender, "bob@partner.test");
    EXPECT_TRUE(letters[0].content == as_person) << letters[0].content.substr(0, 400);
}

TEST_F(ServiceMailTest, LeavesUnderItsOwnNameWhenTheDomainNoLongerAllowsIt)
{
    switch_tls_on(OnFailure::hold);
    PostOffice office(describe(Host::sound));
    const auto reply = queue_reply_as_person({"alice@acme.test"});
    withdraw_permission();
    const auto report = deliver(reply, office.port());
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_EQ(report.outcomes[0].kind, Kind::delivered);
    EXPECT_THAT(report.outcomes[0].facts, HasSubstr(R"("sent_as":"service","reason":"spf_not_pass")"));
    const auto letters = office.letters->take();
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].sender, "noreply@keys.test");
    const std::string names = "From: \"bob via keys.test\" <noreply@keys.test>\r\n";
    const std::string rest = as_person.substr(as_person.find("To: "), as_person.find("\r\n\r\n") + 2 - as_person.find("To: "));
    EXPECT_TRUE(letters[0].content ==
                names + rest + "Reply-To: bob@partner.test\r\n" + as_person.substr(as_person.find("\r\n\r\n") + 2))
        << letters[0].content.substr(0, 400);
}

TEST_F(ServiceMailTest, GivesTheNotificationOfASealedReplyThePersonsNames)
{
    PostOffice office(describe(Host::sound));
    const auto reply = queue_reply_as_person({"alice@acme.test"});
    auto report = deliver(reply, office.port());
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_THAT(report.outcomes[0].facts, HasSubstr(R"("sent_as":"person")"));
    const auto notification = settle_for_notification(reply.id, std::move(report));
    EXPECT_EQ(notification.sender, "bob@partner.test");
    EXPECT_THAT(read(notification.content), HasSubstr("From: bob@partner.test\r\n"));
    EXPECT_THAT(read(notification.content), Not(HasSubstr("Reply-To:")));

    const auto carried = deliver(notification, office.port());
    ASSERT_EQ(carried.outcomes.size(), 1U);
    EXPECT_THAT(carried.outcomes[0].facts, HasSubstr(R"("sent_as":"person")"));
    const auto letters = office.letters->take();
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].sender, "bob@partner.test");
}

TEST_F(ServiceMailTest, SealsUnderItsOwnNameWhenTheDomainNoLongerAllowsThePersons)
{
    PostOffice office(describe(Host::sound));
    const auto reply = queue_reply_as_person({"alice@acme.test"});
    withdraw_permission();
    const auto notification = settle_for_notification(reply.id, deliver(reply, office.port()));
    EXPECT_EQ(notification.sender, "noreply@keys.test");
    EXPECT_THAT(read(notification.content), HasSubstr("From: \"bob via keys.test\" <noreply@keys.test>\r\n"));
    EXPECT_THAT(read(notification.content), HasSubstr("Reply-To: bob@partner.test\r\n"));
}

TEST_F(ServiceMailTest, RenamesANotificationThatWaitedTooLong)
{
    PostOffice office(describe(Host::sound));
    const auto reply = queue_reply_as_person({"alice@acme.test"});
    const auto notification = settle_for_notification(reply.id, deliver(reply, office.port()));
    withdraw_permission();
    const auto report = deliver(notification, office.port());
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_EQ(report.outcomes[0].kind, Kind::delivered);
    EXPECT_THAT(report.outcomes[0].facts, HasSubstr(R"("sent_as":"service")"));
    const auto letters = office.letters->take();
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].sender, "noreply@keys.test");
    EXPECT_THAT(letters[0].content, HasSubstr("From: \"bob via keys.test\" <noreply@keys.test>\r\n"));
    EXPECT_THAT(letters[0].content, HasSubstr("Reply-To: bob@partner.test\r\n"));
    const auto before = read(notification.content);
    EXPECT_TRUE(letters[0].content.substr(letters[0].content.find("\r\n\r\n")) == before.substr(before.find("\r\n\r\n")));
}

TEST_F(ServiceMailTest, SendsNobodyToAnEnvelopeThatHasEndedMeanwhile)
{
    const auto reply = queue_reply({"alice@acme.test"});
    const auto notification = settle_for_notification(reply.id, deliver(reply, 1));
    clock_.advance(std::chrono::hours(49));
    PostOffice office(describe(Host::sound));
    const auto report = deliver(notification, office.port());
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_EQ(report.outcomes[0].kind, Kind::failed);
    EXPECT_EQ(report.outcomes[0].enhanced_code, "5.4.7");
    EXPECT_EQ(office.letters->connections, 0);
}

TEST_F(ServiceMailTest, AsksNothingForWhatIsUnderItsOwnName)
{
    switch_tls_on(OnFailure::hold);
    PostOffice office(describe(Host::sound));
    const auto report = deliver(queue_reply({"alice@acme.test"}), office.port());
    EXPECT_THAT(names_->now->asked(), Not(testing::Contains(HasSubstr("TXT"))));
    EXPECT_THAT(report.outcomes.at(0).facts, Not(HasSubstr("identity")));
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
