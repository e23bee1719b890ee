// Codes and notifications of the service: they go without TLS too, but not against a policy that a domain has published.
#include "serve/replies/service_mail_world.hpp"
#include "serve/replies/service_outbox.hpp"

namespace sealpost::replies {
namespace {

using domains::OnFailure;
using smtpd::PostOffice;
using testing::HasSubstr;
using Kind = queue::RecipientOutcome::Kind;

class NotificationMailTest : public ServiceMailTest {
protected:
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
};

TEST_F(NotificationMailTest, CarriesNotificationsAlsoWithoutTls)
{
    PostOffice office(describe(Host::without_tls));
    const auto report = deliver(queue_reply({"alice@acme.test"}, std::string(queue::service_notification_lane)), office.port());
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_EQ(report.outcomes[0].kind, Kind::delivered) << "they hold nothing in clear form";
}

// After an operator's hold, say, or a stop of the service.
TEST_F(NotificationMailTest, DeliversNoCodeThatIsNoLongerValid)
{
    queue::NewMessage mail = queue::make_message({"alice@acme.test"}, "noreply@keys.test");
    mail.lane = queue::service_notification_lane;
    mail.facts = code_facts;
    const auto code = queue_message(std::move(mail));
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
TEST_F(NotificationMailTest, KeepsToTheTlsPolicyThatADomainHasPublished)
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
TEST_F(NotificationMailTest, TellsOfADomainWhoseTlsStopsNotifications)
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
TEST_F(NotificationMailTest, RemembersWhatBecameOfNotificationsThatAreBrokenOff)
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

TEST_F(NotificationMailTest, SendsNobodyToAnEnvelopeThatHasEndedMeanwhile)
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

}  // namespace
}  // namespace sealpost::replies
