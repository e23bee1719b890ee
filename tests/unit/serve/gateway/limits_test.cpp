// The limits of hosts and of the node, as the intake keeps them.
#include "serve/gateway/gateway_world.hpp"
#include "serve/gateway/intake_dialogue.hpp"
#include "sys/async/task_group.hpp"
#include "sys/crypto/password.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <gmock/gmock.h>

namespace sealpost::gateway {
namespace {

using namespace std::chrono_literals;
using queue::wait_for;
using smtp::Reply;
using test::run;
using testing::HasSubstr;

constexpr std::string_view limits_text = R"(
[[mail_flow_policy]]
name = "TIGHT"
behavior = "accept"
max_connections_per_host = 2
max_recipients_per_hour = 3
max_recipients_per_hour_code = 450
max_recipients_per_hour_text = "Enough from $RemoteIP"
max_invalid_recipients_per_hour = 2

[[mail_flow_policy]]
name = "PATIENT"
behavior = "accept"
max_invalid_recipients_per_hour = 2
drop_on_invalid_recipients = false

[[mail_flow_policy]]
name = "INNER"
behavior = "relay"
max_connections_per_host = 4
max_recipients_per_message = 300

[[mail_flow_policy]]
name = "CERTIFIED"
behavior = "accept"
tls_verify_client = true

[[mail_flow_policy]]
name = "PER_SENDER"
behavior = "accept"
max_recipients_per_hour = 3
max_recipients_per_sender = 2

[[mail_flow_policy]]
name = "SIGN_IN"
behavior = "accept"
auth = "preferred"

[[sender_group]]
name = "SENDERS"
listener = "public"
policy = "PER_SENDER"
senders = ["192.0.2.50-51"]

[[sender_group]]
name = "SIGNING_IN"
listener = "public"
policy = "SIGN_IN"
senders = ["192.0.2.60-61"]

[[sender_group]]
name = "PATIENTLY"
listener = "public"
policy = "PATIENT"
senders = ["192.0.2.30"]

[[sender_group]]
name = "CERTIFICATES"
listener = "public"
policy = "CERTIFIED"
senders = ["192.0.2.40"]

[[sender_group]]
name = "EVERYBODY"
listener = "public"
policy = "TIGHT"
senders = ["ALL"]

[[sender_group]]
name = "OURS"
listener = "private"
policy = "INNER"
senders = ["ALL"]

[[recipient]]
address = "postmaster@acme.test"
bypass_limits = true

[[recipient]]
address = "nobody@acme.test"
action = "reject"
text = "No such mailbox"

[[recipient]]
address = "acme.test"
)";

class LimitsTest : public queue::QueueFixture, protected IntakeDialogue {
protected:
    LimitsTest()
    {
        parts_->policy = revisions::PolicyStore::open(
                             database_, clock_,
                             {{"public", policy::ListenerKind::public_mail}, {"private", policy::ListenerKind::private_mail}})
                             .value();
        const auto submitted = parts_->policy->submit(std::string(limits_text), "policy.toml", "ann").value();
        EXPECT_EQ(submitted.kind, revisions::SubmitResult::Kind::staged)
            << (submitted.problems.empty() ? "" : submitted.problems.front().what);
        EXPECT_TRUE(parts_->policy->commit("ann", "for the tests"));
        parts_->queue = queue_;
        parts_->resolver = std::make_shared<dns::CannedResolver>("");
        parts_->clock = &clock_;
        parts_->hostname = "mx1.acme.test";
        parts_->hosts = std::make_shared<HostLimits>(clock_);
        parts_->senders = std::make_shared<SenderLimits>(clock_);
        parts_->passwords = std::make_shared<people::PasswordChecker>();
    }

    smtpd::Admission connect(Intake& intake, const std::string& ip, const std::string& listener)
    {
        smtpd::PeerFacts facts;
        facts.connection_id = "c1";
        facts.listener = listener;
        facts.peer = {*parse_ip(ip), 40000};
        return wait_for(intake.connected(std::move(facts)));
    }
    // Null: turned away, with `rejection_`.
    std::unique_ptr<Intake> come(const std::string& ip, const std::string& listener = "public")
    {
        auto intake = std::make_unique<Intake>(parts_);
        auto admission = connect(*intake, ip, listener);
        if (auto* rejected = std::get_if<smtpd::Reject>(&admission)) {
            rejection_ = rejected->reply;
            return nullptr;
        }
        EXPECT_TRUE(std::holds_alternative<smtpd::Accept>(admission));
        return intake;
    }
    using IntakeDialogue::mail;
    static Reply mail(Intake& intake) { return mail(intake, "carol@partner.test"); }
    static void start_tls(Intake& intake, bool shown = false, bool verified = false)
    {
        smtpd::TlsFacts facts;
        facts.protocol = "TLSv1.3";
        facts.client_shown = shown;
        facts.client_verified = verified;
        run(intake.tls_started(std::move(facts)));
    }

    std::shared_ptr<IntakeParts> parts_ = std::make_shared<IntakeParts>();
    Reply rejection_{250, "", ""};
};

TEST_F(LimitsTest, TurnAwayAHostWithTooManyConnections)
{
    auto first = come("192.0.2.1");
    auto second = come("192.0.2.1");
    EXPECT_EQ(come("192.0.2.1"), nullptr);
    EXPECT_EQ(rejection_.code, 421);
    EXPECT_EQ(rejection_.enhanced, "4.7.0");
    EXPECT_NE(come("192.0.2.2"), nullptr);
    first.reset();
    EXPECT_NE(come("192.0.2.1"), nullptr);
}

TEST_F(LimitsTest, CountConnectionsOverAllListeners)
{
    auto first = come("192.0.2.1", "private");
    auto second = come("192.0.2.1", "private");
    EXPECT_EQ(come("192.0.2.1", "public"), nullptr);
    EXPECT_NE(come("192.0.2.1", "private"), nullptr);
}

TEST_F(LimitsTest, RefuseRecipientsOfAnHourWithThePolicysCodeAndText)
{
    auto intake = come("192.0.2.1");
    EXPECT_EQ(mail(*intake).code, 250);
    for (const char* address : {"a@acme.test", "b@acme.test", "c@acme.test"}) EXPECT_EQ(rcpt(*intake, address).code, 250);
    const Reply refused = rcpt(*intake, "d@acme.test");
    EXPECT_EQ(refused.code, 450);
    EXPECT_THAT(refused.text(), HasSubstr("Enough from 192.0.2.1"));
    auto again = come("192.0.2.1");
    EXPECT_EQ(rcpt(*again, "d@acme.test").code, 450) << "also on the next connection";
    EXPECT_EQ(rcpt(*come("192.0.2.2"), "d@acme.test").code, 250) << "but not from another host";
    clock_.advance(1h);
    EXPECT_EQ(rcpt(*again, "d@acme.test").code, 250);
}

TEST_F(LimitsTest, DoNotCountRecipientsThatBypassThem)
{
    auto intake = come("192.0.2.1");
    for (int i = 0; i < 5; ++i) EXPECT_EQ(rcpt(*intake, "postmaster@acme.test").code, 250);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(rcpt(*intake, "a@acme.test").code, 250);
    EXPECT_EQ(rcpt(*intake, "a@acme.test").code, 450);
    EXPECT_EQ(rcpt(*intake, "postmaster@acme.test").code, 250);
}

TEST_F(LimitsTest, DropWhoeverTriesAddressesAndTellHimNothingAfterwards)
{
    auto intake = come("192.0.2.1");
    EXPECT_EQ(rcpt(*intake, "nobody@acme.test").code, 550);
    EXPECT_EQ(rcpt(*intake, "a@example.org").code, 550);
    EXPECT_EQ(rcpt(*intake, "a@acme.test").code, 421) << "ends the connection";
    auto again = come("192.0.2.1");
    const Reply refused = rcpt(*again, "a@acme.test");
    EXPECT_EQ(refused.code, 550);
    EXPECT_EQ(refused.enhanced, "5.7.1");
    EXPECT_EQ(rcpt(*come("192.0.2.2"), "a@acme.test").code, 250);
    clock_.advance(1h);
    EXPECT_EQ(rcpt(*again, "a@acme.test").code, 250);
}

TEST_F(LimitsTest, KeepTheConnectionOfAHarvesterWherePolicySaysSo)
{
    auto intake = come("192.0.2.30");
    for (int i = 0; i < 2; ++i) EXPECT_THAT(rcpt(*intake, "nobody@acme.test").text(), HasSubstr("No such mailbox"));
    const Reply refused = rcpt(*intake, "a@acme.test");
    EXPECT_EQ(refused.code, 550);
    EXPECT_THAT(refused.text(), HasSubstr("Too many invalid recipients"));
}

TEST_F(LimitsTest, AllowAsManyRefusedRecipientsAsAMessageMayHave)
{
    for (const auto& [listener, most] : {std::pair("private", 300U), std::pair("public", 100U)}) {
        Intake intake(parts_);
        const auto admission = connect(intake, "192.0.2.1", listener);
        EXPECT_EQ(std::get<smtpd::Accept>(admission).profile.limits.max_refused_recipients, most) << listener;
    }
}

TEST_F(LimitsTest, LeaveOurOwnHostsAlone)
{
    auto intake = come("192.0.2.1", "private");
    for (int i = 0; i < 60; ++i) EXPECT_EQ(rcpt(*intake, "x" + std::to_string(i) + "@partner.test").code, 250);
}

TEST_F(LimitsTest, TurnAwayWhomTheNodeHasNoPlaceFor)
{
    parts_->connections = std::make_shared<Places>(2);
    auto first = come("192.0.2.1");
    auto second = come("192.0.2.2", "private");
    EXPECT_EQ(come("192.0.2.3"), nullptr);
    EXPECT_EQ(rejection_.code, 421);
    EXPECT_EQ(rejection_.enhanced, "4.3.2");
    second.reset();
    EXPECT_NE(come("192.0.2.3"), nullptr);
}

TEST_F(LimitsTest, EndTlsConnectionsThatTheNodeHasNoPlaceForAtHello)
{
    parts_->tls_connections = std::make_shared<Places>(1);
    auto first = come("192.0.2.1");
    start_tls(*first);
    EXPECT_EQ(wait_for(first->hello("client.test", true)).code, 250);
    auto second = come("192.0.2.2");
    EXPECT_EQ(wait_for(second->hello("client.test", true)).code, 250) << "in clear there is room";
    start_tls(*second);
    const Reply refused = wait_for(second->hello("client.test", true));
    EXPECT_EQ(refused.code, 421);
    EXPECT_EQ(refused.enhanced, "4.3.2");
    first.reset();
    auto third = come("192.0.2.3");
    start_tls(*third);
    EXPECT_EQ(wait_for(third->hello("client.test", true)).code, 250);
}

TEST_F(LimitsTest, RefuseACertificateThatIsShownAndDoesNotVerifyAlsoWhereNoneIsNeeded)
{
    for (const auto& [shown, verified, code] :
         {std::tuple(false, false, 250), std::tuple(true, false, 550), std::tuple(true, true, 250)}) {
        auto intake = come("192.0.2.40");
        start_tls(*intake, shown, verified);
        EXPECT_EQ(mail(*intake).code, code) << shown << verified;
    }
    EXPECT_EQ(mail(*come("192.0.2.40")).code, 250) << "in clear there is nothing to show";
}

TEST_F(LimitsTest, CountRecipientsOfASenderOverAllHosts)
{
    auto first = come("192.0.2.50");
    auto second = come("192.0.2.51");
    for (auto* intake : {first.get(), second.get()}) {
        EXPECT_EQ(mail(*intake).code, 250);
        EXPECT_EQ(rcpt(*intake, "a@acme.test").code, 250);
    }
    const Reply refused = rcpt(*second, "b@acme.test");
    EXPECT_EQ(refused.code, 452);
    EXPECT_EQ(refused.enhanced, "4.7.0");
    EXPECT_EQ(mail(*second, "").code, 250);
    EXPECT_EQ(rcpt(*second, "b@acme.test").code, 250) << "the null sender has no limit";
    EXPECT_EQ(mail(*first).code, 250);
    clock_.advance(1h);
    EXPECT_EQ(rcpt(*first, "b@acme.test").code, 250);
}

TEST_F(LimitsTest, CountNoRecipientOfASenderThatTheHostMayNotHave)
{
    auto intake = come("192.0.2.50");
    EXPECT_EQ(mail(*intake, "").code, 250);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(rcpt(*intake, "a@acme.test").code, 250);
    EXPECT_EQ(mail(*intake).code, 250);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(rcpt(*intake, "a@acme.test").code, 452);
    auto other = come("192.0.2.51");
    EXPECT_EQ(mail(*other).code, 250);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(rcpt(*other, "a@acme.test").code, 250) << "none of the refused were counted";
}

TEST_F(LimitsTest, TellAHostThatGuessedPasswordsNoMoreAboutThem)
{
    const SubmissionUsers::List users{{"alice", crypto::hash_password(Secret::copy_of("right"))}};
    parts_->users = std::make_shared<SubmissionUsers>(users, "");
    const auto sign_in = [](Intake& intake, std::string_view password) {
        return wait_for(intake.authenticate({"alice", Secret::copy_of(password), ""})).code;
    };
    const HostKey guesser(*parse_ip("192.0.2.60"));
    auto intake = come("192.0.2.60");
    for (int i = 0; i < 99; ++i) EXPECT_TRUE(parts_->hosts->try_password(guesser, 100));
    EXPECT_EQ(sign_in(*intake, "wrong"), 535);
    EXPECT_EQ(sign_in(*intake, "right"), 454);
    EXPECT_EQ(sign_in(*come("192.0.2.60"), "right"), 454) << "also on the next connection";
    EXPECT_EQ(sign_in(*come("192.0.2.61"), "right"), 235) << "but not from another host";
    clock_.advance(1h);
    EXPECT_EQ(sign_in(*intake, "right"), 235);
}

Task<void> guess(Intake& intake, std::vector<int>& codes)
{
    smtpd::Credentials credentials{"alice", Secret::copy_of("wrong"), ""};
    const auto reply = co_await intake.authenticate(std::move(credentials));
    codes.push_back(reply.code);
}

Task<void> guess_at_once(std::vector<std::unique_ptr<Intake>>& intakes, std::vector<int>& codes)
{
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    for (const auto& intake : intakes) group.spawn(guess(*intake, codes));
    co_await group.join();
}

TEST_F(LimitsTest, CountAPasswordBeforeItIsCheckedSoThatManyAtOnceAreNoMore)
{
    const SubmissionUsers::List users{{"alice", crypto::hash_password(Secret::copy_of("right"))}};
    parts_->users = std::make_shared<SubmissionUsers>(users, "");
    const HostKey guesser(*parse_ip("192.0.2.60"));
    for (int i = 0; i < 98; ++i) EXPECT_TRUE(parts_->hosts->try_password(guesser, 100));
    std::vector<std::unique_ptr<Intake>> intakes;
    for (int i = 0; i < 6; ++i) {
        intakes.push_back(std::make_unique<Intake>(parts_));
        auto admission = connect(*intakes.back(), "192.0.2.60", "public");
        ASSERT_TRUE(std::holds_alternative<smtpd::Accept>(admission));
    }
    std::vector<int> codes;
    async::run_here([&] { return guess_at_once(intakes, codes); });
    EXPECT_EQ(std::ranges::count(codes, 535), 2);
    EXPECT_EQ(std::ranges::count(codes, 454), 4);
}

TEST_F(LimitsTest, PutOffAPasswordThatFindsNoPlaceAmongThoseThatAreChecked)
{
    const SubmissionUsers::List users{{"alice", crypto::hash_password(Secret::copy_of("right"))}};
    parts_->users = std::make_shared<SubmissionUsers>(users, "");
    const auto with_room = parts_->passwords;
    parts_->passwords = std::make_shared<people::PasswordChecker>(people::PasswordChecker::Limits{1, 0});
    const HostKey host(*parse_ip("192.0.2.60"));
    for (int i = 0; i < 99; ++i) EXPECT_TRUE(parts_->hosts->try_password(host, 100));
    auto intake = come("192.0.2.60");
    const auto sign_in = [&] { return wait_for(intake->authenticate({"alice", Secret::copy_of("right"), ""})); };
    const auto reply = sign_in();
    EXPECT_EQ(reply.code, 454);
    EXPECT_EQ(reply.enhanced, "4.7.0");
    parts_->passwords = with_room;
    EXPECT_EQ(sign_in().code, 235) << "what was not looked at was no guess";
}

TEST_F(LimitsTest, RefuseMailAndRecipientsWhileThereIsNoRoomForThem)
{
    parts_->load = std::make_shared<load::Load>(load::Limits{.queue_messages = 2, .free_bytes = 1000});
    auto intake = come("192.0.2.1");
    parts_->load->note_disk(10);
    const Reply refused = mail(*intake);
    EXPECT_EQ(refused.code, 452);
    EXPECT_EQ(refused.enhanced, "4.3.1");
    EXPECT_NE(come("192.0.2.2"), nullptr) << "who connects now may find room in a minute";
    parts_->load->note_disk(5000);
    EXPECT_EQ(mail(*intake).code, 250);
    parts_->load->note_accepted(100);
    parts_->load->note_accepted(100);
    EXPECT_EQ(rcpt(*intake, "a@acme.test").code, 452);
    parts_->load->end_count(parts_->load->begin_count(), {1, 100});
    EXPECT_EQ(rcpt(*intake, "a@acme.test").code, 250);
}

TEST_F(LimitsTest, RefuseMailWhileTheStoreIsDamaged)
{
    parts_->load = std::make_shared<load::Load>(load::Limits{.damages = 1});
    auto intake = come("192.0.2.1");
    EXPECT_EQ(mail(*intake).code, 250);
    parts_->load->note_store(true);
    EXPECT_EQ(rcpt(*intake, "a@acme.test").code, 452);
    const Reply refused = mail(*come("192.0.2.2"));
    EXPECT_EQ(refused.code, 452);
    EXPECT_EQ(refused.enhanced, "4.3.0");
}

TEST_F(LimitsTest, RefuseAMessageOfASizeThatWouldEatUpTheReserve)
{
    parts_->load = std::make_shared<load::Load>(load::Limits{.free_bytes = 1000});
    parts_->load->note_disk(5000);
    auto intake = come("192.0.2.1");
    smtp::MailFrom from;
    from.sender = sealpost::mail::parse_mailbox("carol@partner.test").value();
    from.size = 4001;
    EXPECT_EQ(wait_for(intake->mail(from)).code, 452);
    from.size = 4000;
    EXPECT_EQ(wait_for(intake->mail(from)).code, 250);
}

TEST_F(LimitsTest, EndConnectionsWhileMemoryIsShort)
{
    parts_->load = std::make_shared<load::Load>(load::Limits{.memory_bytes = 1000});
    auto intake = come("192.0.2.1");
    auto other = come("192.0.2.2");
    EXPECT_EQ(mail(*other).code, 250);
    EXPECT_EQ(rcpt(*other, "a@acme.test").code, 250);
    load::Held held(parts_->load);
    held.set(900);
    EXPECT_EQ(come("192.0.2.3"), nullptr);
    EXPECT_EQ(rejection_.code, 421);
    EXPECT_EQ(rejection_.enhanced, "4.4.5");
    EXPECT_EQ(mail(*intake).code, 421);
    EXPECT_EQ(wait_for(other->data_begin()).code, 421);
    held.set(100);
    EXPECT_EQ(mail(*intake).code, 250);
    EXPECT_NE(come("192.0.2.3"), nullptr);
}

TEST_F(LimitsTest, CountTheMemoryOfRecipientsAndOfAHeadUntilTheMessageIsStored)
{
    parts_->load = std::make_shared<load::Load>(load::Limits{.memory_bytes = 100 * 1024 * 1024});
    const auto held = [this] { return parts_->load->value(load::Resource::memory); };
    auto intake = come("192.0.2.1", "private");
    EXPECT_EQ(mail(*intake).code, 250);
    for (int i = 0; i < 100; ++i) {
        smtp::RcptTo to;
        to.recipient = sealpost::mail::parse_mailbox("a@acme.test").value();
        to.orcpt = "rfc822;" + std::string(400, 'o');
        EXPECT_EQ(wait_for(intake->rcpt(std::move(to))).code, 250);
    }
    EXPECT_GT(held(), 100U * 400U);
    std::string head;
    while (head.size() < 180'000) head += "X-Field: " + std::string(90, 'f') + "\r\n";
    EXPECT_EQ(wait_for(intake->data_begin()).code, 354);
    run(intake->data(head + "\r\nThe body.\r\n"));
    EXPECT_GT(held(), 4U * 180'000U);
    EXPECT_EQ(wait_for(intake->data_end()).code, 250);
    EXPECT_EQ(held(), 0U);
}

TEST_F(LimitsTest, TakeNoMoreRecipientsWhenAllMemoryIsUsedUp)
{
    parts_->load = std::make_shared<load::Load>(load::Limits{.memory_bytes = 10'000});
    auto intake = come("192.0.2.1", "private");
    EXPECT_EQ(mail(*intake).code, 250);
    EXPECT_EQ(rcpt(*intake, "a@acme.test").code, 250);
    load::Held held(parts_->load);
    held.set(20'000);
    const Reply refused = rcpt(*intake, "b@acme.test");
    EXPECT_EQ(refused.code, 452);
    EXPECT_EQ(refused.enhanced, "4.3.1");
    held.set(0);
    EXPECT_EQ(rcpt(*intake, "b@acme.test").code, 250);
}

TEST_F(LimitsTest, GiveUpAMessageUnderWayWhenAllMemoryOrTheDiskIsUsedUp)
{
    constexpr std::uint64_t mebibyte = 1024 * 1024;
    parts_->load = std::make_shared<load::Load>(load::Limits{.memory_bytes = 10 * mebibyte, .free_bytes = 1000});
    const auto send = [this](const std::function<void()>& in_the_middle) {
        auto intake = come("192.0.2.1", "private");
        EXPECT_EQ(mail(*intake).code, 250);
        EXPECT_EQ(rcpt(*intake, "a@acme.test").code, 250);
        EXPECT_EQ(wait_for(intake->data_begin()).code, 354);
        run(intake->data("Subject: x\r\n\r\n" + std::string(100'000, 'x')));
        EXPECT_GT(parts_->load->value(load::Resource::memory), 100'000U);
        in_the_middle();
        run(intake->data(std::string(100'000, 'x')));
        const int code = wait_for(intake->data_end()).code;
        EXPECT_LE(parts_->load->value(load::Resource::memory), 20 * mebibyte);
        return code;
    };
    EXPECT_EQ(send([] {}), 250);
    EXPECT_EQ(parts_->load->value(load::Resource::queue_messages), 1U);
    load::Held held(parts_->load);
    EXPECT_EQ(send([&] { held.set(20 * mebibyte); }), 452);
    held.set(0);
    EXPECT_EQ(send([&] { parts_->load->note_disk(10); }), 452);
    parts_->load->note_disk(10'000);
    EXPECT_EQ(send([] {}), 250);
    EXPECT_EQ(parts_->load->value(load::Resource::memory), 0U) << "all was given back";
}

}  // namespace
}  // namespace sealpost::gateway
