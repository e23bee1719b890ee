// The way out and back: logins of routes, bounce profiles, and bounce verification. home.test is ours; the post
// office is the mail host of acme.test.
#include "serve/gateway/bounce_profiles.hpp"
#include "serve/gateway/gateway_world.hpp"
#include "serve/gateway/intake_dialogue.hpp"
#include "serve/gateway/lanes.hpp"
#include "serve/gateway/outgoing_mail.hpp"
#include "serve/post_office.hpp"
#include "sys/dns/canned_resolver.hpp"

namespace sealpost::gateway {
namespace {

using namespace std::chrono_literals;
using queue::wait_for;
using smtpd::Authority;
using smtpd::PostOffice;
using test::run;
using Kind = queue::RecipientOutcome::Kind;
using sealpost::mail::BounceKey;
using sealpost::mail::BounceKeys;
using sealpost::mail::Mailbox;

constexpr std::string_view base_policy = R"(
[[mail_flow_policy]]
name = "PATIENT"
behavior = "accept"
bounce_profile = "patient"

[[mail_flow_policy]]
name = "OLD_FASHIONED"
behavior = "accept"
accept_untagged_bounces = true

[[mail_flow_policy]]
name = "INNER"
behavior = "relay"

[[sender_group]]
name = "PATIENT_ONES"
listener = "public"
policy = "PATIENT"
senders = ["192.0.2.30"]

[[sender_group]]
name = "OLD_ONES"
listener = "public"
policy = "OLD_FASHIONED"
senders = ["192.0.2.40"]

[[sender_group]]
name = "INSIDE"
listener = "public"
policy = "INNER"
senders = ["192.0.2.10"]

[[recipient]]
address = "home.test"

[[bounce_profile]]
name = "patient"
max_age = "10d"
original = "full"

[[bounce_profile]]
name = "quick"
max_attempts = 3
delay_warning_after = "1h"
max_delay_warnings = 2
original = "headers"
alternate_recipient = "bounces@home.test"

[[bounce_profile]]
name = "silent"
send_bounces = false

[[destination]]
domain = "quick.test"
bounce_profile = "quick"

[[encryption_rule]]
name = "secret"
recipient = ["secret.test"]
)";

constexpr std::string_view tagging = "\n[[destination]]\ndomain = [\"acme.test\", \"home.test\"]\ntag_sender = true\n";

constexpr std::string_view zone = "acme.test MX 10 mx.acme.test\nmx.acme.test A 127.0.0.1\n";

class BouncesTest : public GatewayWorld, protected IntakeDialogue {
protected:
    BouncesTest() { set_policy(std::string(tagging)); }

    void set_policy(const std::string& more) { commit_policy(*policy_, std::string(base_policy) + more); }

    static std::shared_ptr<const BounceKeys> keys_of(std::vector<char> digits)
    {
        std::vector<BounceKey> keys;
        for (const char digit : digits) keys.push_back(BounceKey::parse(std::string(64, digit)).value());
        return std::make_shared<const BounceKeys>(std::move(keys));
    }

    // Says MAIL and RCPT from an address; the answer to RCPT.
    smtp::Reply try_rcpt(const std::string& sender, const std::string& recipient, const std::string& ip = "192.0.2.1")
    {
        auto intake = let_in(ip);
        EXPECT_EQ(mail(*intake, sender).code, 250);
        auto reply = rcpt(*intake, recipient);
        return reply;
    }

    std::unique_ptr<Intake> let_in(const std::string& ip)
    {
        auto parts = std::make_shared<IntakeParts>();
        parts->policy = policy_;
        parts->queue = queue_;
        parts->resolver = std::make_shared<dns::CannedResolver>(zone);
        parts->clock = &clock_;
        parts->hostname = "mx1.home.test";
        parts->retry = node_times_;
        parts->bounce_keys = keys_;
        parts->is_public = is_public_;
        auto intake = std::make_unique<Intake>(parts);
        EXPECT_TRUE(std::holds_alternative<smtpd::Accept>(wait_for(intake->connected(peer(ip)))));
        return intake;
    }

    // Takes a message over the door and gives the queue's messages.
    std::vector<queue::DueMessage> take(const std::string& ip, std::vector<std::string> recipients)
    {
        auto intake = let_in(ip);
        EXPECT_EQ(mail(*intake, "carol@home.test").code, 250);
        for (const auto& recipient : recipients) EXPECT_EQ(rcpt(*intake, recipient).code, 250) << recipient;
        EXPECT_EQ(wait_for(intake->data_begin()).code, 354);
        run(intake->data("From: Carol <carol@home.test>\r\nSubject: x\r\n\r\nx\r\n"));
        EXPECT_EQ(wait_for(intake->data_end()).code, 250);
        return claim();
    }

    queue::Report deliver(const PostOffice& office, const std::string& sender, bool outgoing,
                          const std::string& to = "alice@acme.test")
    {
        queue::NewMessage message = queue::make_message({to}, sender);
        message.facts = format_facts({"c1.1", outgoing}, policy::EncryptionDecision{}, clock_.now());
        accept(std::move(message));
        return wait_for(carry(claim().at(0), office.port()));
    }

    Task<queue::Report> carry(queue::DueMessage message, std::uint16_t port)
    {
        courier::CourierOptions options;
        options.resolver = std::make_shared<dns::CannedResolver>(zone);
        options.trust = [trust = authority_.client()] { return trust; };
        OutgoingMail::Parts parts;
        parts.policy = policy_;
        parts.queue = queue_;
        parts.courier = std::make_shared<courier::Courier>(std::move(options));
        parts.sending.helo_name = "mx1.home.test";
        parts.sending.mx_port = port;
        parts.logins = std::make_shared<SmtpLogins>(logins_);
        parts.bounce_keys = keys_;
        auto courier = parts.courier;
        OutgoingMail outgoing(std::move(parts));
        auto report = co_await outgoing.deliver(std::move(message));
        co_await courier->close_idle();
        co_return report;
    }

    static smtpd::MailServerOptions with_auth(const Authority& authority, bool has_tls)
    {
        auto options = PostOffice::plain();
        if (has_tls) options.identity = authority.identity("mx.acme.test");
        options.profile.offer_starttls = has_tls;
        options.profile.may_offer_auth = true;
        return options;
    }

    Authority authority_;
    queue::RetryPlan node_times_{5s, 50s, 500s, 100};
    std::shared_ptr<const BounceKeys> keys_ = keys_of({'a'});
    bool is_public_ = true;
    SmtpLogins::Map logins_;
};

TEST_F(BouncesTest, TakesTheProfileOfTheDestinationThenOfTheConnectionThenTheDefault)
{
    const auto policy = policy_->current();
    const auto choose = [&](std::string_view of_connection, std::string_view domain) {
        return choose_bounce_plan(*policy, of_connection, domain, policy::SealAction::clear, node_times_);
    };
    const auto quick = choose("patient", "quick.test");
    EXPECT_EQ(quick.retry, (queue::RetryPlan{60s, 3600s, 72h, 3}));
    EXPECT_TRUE(quick.send_bounces);
    EXPECT_FALSE(choose("silent", "other.test").send_bounces);
    EXPECT_EQ(quick.delay_warning_after, 1h);
    EXPECT_EQ(quick.max_delay_warnings, 2);
    EXPECT_EQ(quick.original, queue::Original::headers);
    EXPECT_EQ(quick.alternate_recipient, "bounces@home.test");
    EXPECT_EQ(choose("patient", "other.test").retry.max_age, std::chrono::days(10));
    EXPECT_EQ(choose("patient", "other.test").original, queue::Original::full);
    queue::BouncePlan by_default;
    by_default.retry = node_times_;
    EXPECT_EQ(choose("", "other.test"), by_default);
    EXPECT_EQ(choose("gone", "other.test"), by_default) << "a profile of a former policy";
    EXPECT_FALSE(choose("", "other.test").is_confidential);
    for (const auto action : {policy::SealAction::seal, policy::SealAction::if_tls_fails})
        EXPECT_TRUE(choose_bounce_plan(*policy, "", "other.test", action, node_times_).is_confidential);
    set_policy("[[bounce_profile]]\nname = \"default\"\nfirst_retry = \"7s\"\n");
    EXPECT_EQ(choose_bounce_plan(*policy_->current(), "", "other.test", policy::SealAction::clear, node_times_).retry,
              (queue::RetryPlan{7s, 3600s, 72h, 100}));
}

TEST_F(BouncesTest, PartsRecipientsWhoseDestinationsWantOtherProfiles)
{
    const auto same = take("192.0.2.10", {"alice@acme.test", "bob@acme.test"});
    ASSERT_EQ(same.size(), 1U);
    EXPECT_EQ(same[0].recipients.size(), 2U);
    wait_for(queue_->remove(same[0].id)).value();
    const auto parted = take("192.0.2.10", {"alice@acme.test", "bob@quick.test"});
    EXPECT_EQ(parted.size(), 2U);
    EXPECT_EQ(ask("select count(*) from queue_message where plan like '% headers bounces@home.test'"), 1);
    EXPECT_EQ(ask("select count(*) from queue_message where plan = '5 50 500 100 1 0 1 0 small'"), 1);
}

TEST_F(BouncesTest, KeepsTheProfileOfTheConnection)
{
    ASSERT_EQ(take("192.0.2.30", {"alice@home.test"}).size(), 1U);
    EXPECT_EQ(ask("select count(*) from queue_message where plan = '60 3600 864000 100 1 0 1 0 full'"), 1);
}

TEST_F(BouncesTest, RefusesABounceOfMailThatWasNeverSent)
{
    EXPECT_EQ(try_rcpt("", "alice@home.test").code, 550);
    EXPECT_EQ(try_rcpt("", "alice@home.test").enhanced, "5.7.1");
    EXPECT_EQ(try_rcpt("", "prvs=1234abcdef=alice@home.test").code, 550);
    EXPECT_EQ(try_rcpt("carol@acme.test", "alice@home.test").code, 250);
}

TEST_F(BouncesTest, TakesABounceToATaggedAddressAndTheTagOffIt)
{
    const Mailbox alice{"alice", "home.test"};
    const auto tagged = sealpost::mail::format_mailbox(keys_->tag(alice, clock_.now()));
    EXPECT_EQ(try_rcpt("", tagged).code, 250);
    auto intake = let_in("192.0.2.1");
    mail(*intake, "");
    rcpt(*intake, tagged);
    wait_for(intake->data_begin());
    run(intake->data("From: mailer-daemon@acme.test\r\n\r\nx\r\n"));
    EXPECT_EQ(wait_for(intake->data_end()).code, 250);
    EXPECT_EQ(claim().at(0).recipients.at(0).address, "alice@home.test");
    clock_.advance(std::chrono::days(8));
    EXPECT_EQ(try_rcpt("", tagged).code, 550);
    EXPECT_EQ(try_rcpt("carol@acme.test", tagged).code, 250) << "a person answers to an old tagged sender";
}

TEST_F(BouncesTest, KnowsEveryKeyAndRefusesOneThatIsGone)
{
    const auto tagged = sealpost::mail::format_mailbox(keys_->tag({"alice", "home.test"}, clock_.now()));
    keys_ = keys_of({'b', 'a'});
    EXPECT_EQ(try_rcpt("", tagged).code, 250);
    keys_ = keys_of({'b'});
    EXPECT_EQ(try_rcpt("", tagged).code, 550);
}

TEST_F(BouncesTest, TakesUntaggedBouncesWhereTheyMeanNothing)
{
    EXPECT_EQ(try_rcpt("", "postmaster@home.test").code, 250);
    EXPECT_EQ(try_rcpt("", std::string(49, 'a') + "@home.test").code, 250) << "too long to be tagged";
    EXPECT_EQ(try_rcpt("", "alice@home.test", "192.0.2.40").code, 250) << "accept_untagged_bounces";
    EXPECT_EQ(try_rcpt("", "dave@acme.test", "192.0.2.10").code, 250) << "of our own people";
    is_public_ = false;
    EXPECT_EQ(try_rcpt("", "alice@home.test").code, 250);
    is_public_ = true;
    keys_ = keys_of({});
    EXPECT_EQ(try_rcpt("", "alice@home.test").code, 250) << "no key";
    keys_ = keys_of({'a'});
    set_policy("");
    EXPECT_EQ(try_rcpt("", "alice@home.test").code, 250) << "nothing is tagged";
}

TEST_F(BouncesTest, TagsWhatOurOwnPeopleSendAndNothingElse)
{
    PostOffice office;
    const auto sender_of = [&](const std::string& sender, bool outgoing) {
        EXPECT_EQ(deliver(office, sender, outgoing).outcomes.at(0).kind, Kind::delivered);
        return office.letters->take().at(0).sender;
    };
    const Mailbox carol{"carol", "home.test"};
    EXPECT_EQ(sender_of("carol@home.test", true), sealpost::mail::format_mailbox(keys_->tag(carol, clock_.now())));
    EXPECT_EQ(sender_of("carol@home.test", false), "carol@home.test") << "from outside";
    EXPECT_EQ(sender_of("carol@foreign.test", true), "carol@foreign.test") << "its bounces go elsewhere";
    EXPECT_EQ(sender_of("", true), "\"\"") << "the null sender, as the office writes it";
    keys_ = nullptr;
    EXPECT_EQ(sender_of("carol@home.test", true), "carol@home.test");
    keys_ = keys_of({'a'});
    set_policy("");
    EXPECT_EQ(sender_of("carol@home.test", true), "carol@home.test") << "the destination does not ask for it";
    set_policy("[[destination]]\ndomain = \"ALL\"\ntag_sender = true\n[[recipient]]\naddress = \"acme.test\"\n");
    EXPECT_EQ(sender_of("carol@home.test", true), "carol@home.test") << "to one of our own";
}

class LoginTest : public BouncesTest {
protected:
    void route_to(const PostOffice& office, const std::string& destination = "")
    {
        set_policy("[[route]]\ndomain = \"acme.test\"\nlogin = \"relay\"\nhosts = [\"mx.acme.test:" +
                   std::to_string(office.port()) + "\"]\n" + destination);
    }
    void add_login(std::string_view password)
    {
        logins_["relay"] = std::make_shared<const courier::Login>(courier::Login{"acme", Secret::copy_of(password)});
    }
};

TEST_F(LoginTest, SignsInInsideTls)
{
    PostOffice office(with_auth(authority_, true));
    route_to(office);
    add_login("secret");
    EXPECT_EQ(deliver(office, "carol@home.test", true).outcomes.at(0).kind, Kind::delivered);
    EXPECT_EQ(office.letters->take().at(0).user, "acme");
    route_to(office, "[[destination]]\ndomain = \"acme.test\"\ntls = \"none\"\n");
    EXPECT_EQ(deliver(office, "carol@home.test", true).outcomes.at(0).kind, Kind::delivered);
    const auto letters = office.letters->take();
    EXPECT_EQ(letters.at(0).user, "acme");
    EXPECT_NE(letters.at(0).tls, "");
}

TEST_F(LoginTest, DeliversNothingWhereThereIsNoTlsOrThePasswordIsWrong)
{
    PostOffice in_clear(with_auth(authority_, false));
    route_to(in_clear);
    add_login("secret");
    EXPECT_EQ(deliver(in_clear, "carol@home.test", true).outcomes.at(0).kind, Kind::retry);
    EXPECT_TRUE(in_clear.letters->take().empty());
    PostOffice office(with_auth(authority_, true));
    route_to(office);
    add_login("wrong");
    EXPECT_EQ(deliver(office, "carol@home.test", true).outcomes.at(0).kind, Kind::retry);
    EXPECT_TRUE(office.letters->take().empty());
}

TEST_F(LoginTest, GivesThePasswordToAProvenHostOnlyWhereAProofIsWanted)
{
    PostOffice stranger(with_auth(Authority(), true));
    route_to(stranger, "[[destination]]\ndomain = \"acme.test\"\ntls = \"preferred_verify\"\n");
    add_login("secret");
    EXPECT_EQ(deliver(stranger, "carol@home.test", true).outcomes.at(0).kind, Kind::retry);
    EXPECT_TRUE(stranger.letters->take().empty());
}

TEST_F(LoginTest, NeverDeliversWithoutTheLoginThatTheRouteWants)
{
    PostOffice office(with_auth(authority_, true));
    route_to(office);
    const auto report = deliver(office, "carol@home.test", true);
    EXPECT_EQ(report.outcomes.at(0).kind, Kind::retry);
    EXPECT_EQ(report.outcomes.at(0).enhanced_code, "4.3.5");
    EXPECT_EQ(office.letters->connections, 0);
}

}  // namespace
}  // namespace sealpost::gateway
