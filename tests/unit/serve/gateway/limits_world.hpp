// An Intake with limits of hosts and senders, over a store and a policy of its own.
#pragma once

#include "serve/gateway/gateway_world.hpp"
#include "serve/gateway/intake_dialogue.hpp"
#include "sys/dns/canned_resolver.hpp"

namespace sealpost::gateway {

inline constexpr std::string_view limits_text = R"(
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
        return queue::wait_for(intake.connected(std::move(facts)));
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
    static smtp::Reply mail(Intake& intake) { return mail(intake, "carol@partner.test"); }
    static void start_tls(Intake& intake, bool shown = false, bool verified = false)
    {
        smtpd::TlsFacts facts;
        facts.protocol = "TLSv1.3";
        facts.client_shown = shown;
        facts.client_verified = verified;
        test::run(intake.tls_started(std::move(facts)));
    }

    std::shared_ptr<IntakeParts> parts_ = std::make_shared<IntakeParts>();
    smtp::Reply rejection_{250, "", ""};
};

}  // namespace sealpost::gateway
