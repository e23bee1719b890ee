// An Intake over a store of its own, the policy of GatewayWorld and a few hosts with names.
#pragma once

#include "serve/gateway/gateway_world.hpp"
#include "serve/gateway/intake_dialogue.hpp"
#include "serve/gateway/lanes.hpp"
#include "serve/gateway/password_hash.hpp"
#include "sys/dns/canned_resolver.hpp"

namespace sealpost::gateway {

inline constexpr std::string_view host_zone = R"(
192.0.2.5     PTR out.keys.test
out.keys.test A   192.0.2.5
192.0.2.6     PTR forged.keys.test
forged.keys.test A 192.0.2.200
192.0.2.99    PTR TEMPORARY
)";

class IntakeTest : public GatewayWorld, protected IntakeDialogue {
protected:
    IntakeTest()
    {
        parts_->policy = policy_;
        parts_->queue = queue_;
        parts_->resolver = std::make_shared<dns::CannedResolver>(host_zone);
        parts_->passwords = std::make_shared<people::PasswordChecker>();
        parts_->clock = &clock_;
        parts_->hostname = "mx1.acme.test";
    }
    void add_user() { parts_->users = std::make_shared<SubmissionUsers>(SubmissionUsers::List{{"alice", password_hash()}}, ""); }

    std::unique_ptr<Intake> begin() { return std::make_unique<Intake>(parts_); }

    static smtpd::Admission connect(Intake& intake, const std::string& ip, const std::string& listener = "public")
    {
        auto facts = peer(ip, listener);
        facts.profile.hostname = "mx1.acme.test";
        facts.profile.offer_starttls = true;
        facts.profile.limits.max_message_bytes = 1000 * 1000;
        return queue::wait_for(intake.connected(std::move(facts)));
    }
    // A connection that was let in and has said EHLO.
    std::unique_ptr<Intake> let_in(const std::string& ip, const std::string& listener = "public")
    {
        auto intake = begin();
        EXPECT_TRUE(std::holds_alternative<smtpd::Accept>(connect(*intake, ip, listener)));
        EXPECT_EQ(queue::wait_for(intake->hello("client.test", true)).code, 250);
        return intake;
    }
    static void start_tls(Intake& intake)
    {
        smtpd::TlsFacts facts;
        facts.protocol = "TLSv1.3";
        facts.cipher = "TLS_AES_256_GCM_SHA384";
        test::run(intake.tls_started(facts));
    }
    static smtp::Reply sign_in(Intake& intake, const std::string& user, std::string_view password)
    {
        return queue::wait_for(intake.authenticate({user, Secret::copy_of(password), ""}));
    }
    static smtp::Reply send(Intake& intake, const std::string& text)
    {
        EXPECT_EQ(queue::wait_for(intake.data_begin()).code, 354);
        constexpr std::size_t piece = 65536;
        for (std::size_t at = 0; at < text.size(); at += piece) test::run(intake.data(text.substr(at, piece)));
        return queue::wait_for(intake.data_end());
    }
    // The one message that a sender in the inner network sends to these.
    std::vector<queue::DueMessage> relay(const std::vector<std::string>& to, const std::string& text)
    {
        auto intake = let_in("192.0.2.10");
        EXPECT_EQ(mail(*intake, "alice@acme.test").code, 250);
        for (const auto& address : to) EXPECT_EQ(rcpt(*intake, address).code, 250);
        EXPECT_EQ(send(*intake, text).code, 250);
        return claim();
    }

    std::shared_ptr<IntakeParts> parts_ = std::make_shared<IntakeParts>();
};

inline const std::string letter = "From: carol@partner.test\r\nSubject: Hello\r\n\r\nThe body.\r\n";

}  // namespace sealpost::gateway
