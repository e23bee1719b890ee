// A gateway that judges senders: its names, keys and policy, and a dialogue about one message.
#pragma once

#include "serve/gateway/authentication.hpp"

#include "serve/dmarcreports/inbox.hpp"
#include "serve/gateway/gateway_world.hpp"
#include "serve/gateway/intake.hpp"
#include "serve/gateway/intake_dialogue.hpp"
#include "sys/dns/canned_resolver.hpp"
#include "wire/dkim/chain_sealer.hpp"
#include "wire/dkim/signer.hpp"

#include <gmock/gmock.h>

namespace sealpost::gateway {

using queue::wait_for;
using smtp::Reply;
using test::run;

inline constexpr std::string_view zone_text = R"(
good.test           TXT v=spf1 ip4:192.0.2.50 -all
bad.test            TXT v=spf1 exp=why.bad.test -all
why.bad.test        TXT Ask postmaster@%{d} about %{i}
soft.test           TXT v=spf1 ~all
broken.test         TXT v=spf1 nonsense
slow.test           TXT TEMPORARY
strict.test         TXT v=spf1 -all
_dmarc.strict.test  TXT v=DMARC1; p=reject
_dmarc.lame.strict.test TXT TEMPORARY
told.test           TXT v=spf1 ip4:192.0.2.50 -all
_dmarc.told.test    TXT v=DMARC1; p=reject; rua=mailto:dmarc@told.test
apart.test          TXT v=spf1 -all
_dmarc.apart.test   TXT v=DMARC1; p=quarantine
twice.test          TXT v=spf1 -all
_dmarc.twice.test   TXT v=DMARC1; p=reject
_dmarc.twice.test   TXT v=DMARC1; p=none
unsure.test         TXT TEMPORARY
_dmarc.unsure.test  TXT v=DMARC1; p=reject
lists.test          TXT v=spf1 ip4:192.0.2.50 -all
lying.helo.test     TXT v=spf1 -all
192.0.2.50          PTR out.good.test
out.good.test       A   192.0.2.50
out.good.test       TXT v=spf1 a -all
)";

inline const crypto::PrivateKey& key()
{
    static const auto made = crypto::PrivateKey::make_rsa(2048).value();
    return made;
}

inline std::string zone()
{
    return std::string(zone_text) + "s1._domainkey.strict.test TXT " + dkim::format_record(key()) +
           "\ns1._domainkey.lists.test TXT " + dkim::format_record(key()) +
           "\nslow._domainkey.strict.test TXT TEMPORARY\nslow._domainkey.lists.test TXT TEMPORARY\n";
}

inline dkim::SigningKey signing_key(const std::string& domain, const std::string& selector)
{
    return dkim::SigningKey::make(domain, selector, key().to_pem()).value();
}

inline constexpr std::string_view parameters_head =
    "[[recipient]]\naddress = \"acme.test\"\n[[mail_flow_policy]]\nname = \"ACCEPTED\"\n";

class AuthenticationTest : public queue::QueueFixture, protected IntakeDialogue {
protected:
    AuthenticationTest() { decide_by(""); }

    // What the policy of everybody outside says; before the first connection.
    void decide_by(const std::string& parameters)
    {
        auto policy = revisions::PolicyStore::open(database_, clock_, {{"public", policy::ListenerKind::public_mail}}).value();
        const std::string inside =
            "\n[[sender_group]]\nname = \"INSIDE\"\nlistener = \"public\"\npolicy = \"RELAYED\"\nsenders = [\"192.0.2.10\"]\n";
        const auto submitted = policy->submit(std::string(parameters_head) + parameters + inside, "policy.toml", "ann").value();
        ASSERT_NE(submitted.kind, revisions::SubmitResult::Kind::refused) << config::format_problems(submitted.problems);
        if (submitted.kind == revisions::SubmitResult::Kind::staged) {
            ASSERT_TRUE(policy->commit("ann", "for the tests"));
        }
        parts_ = std::make_shared<IntakeParts>();
        parts_->policy = policy;
        parts_->queue = queue_;
        resolver_ = std::make_shared<dns::CannedResolver>(zone());
        parts_->resolver = resolver_;
        parts_->passwords = std::make_shared<people::PasswordChecker>();
        parts_->clock = &clock_;
        parts_->hostname = "mx1.acme.test";
        parts_->authserv_id = "acme.test";
        authcheck::Options options;
        options.hostname = parts_->hostname;
        options.draw = [] { return 0U; };
        parts_->checker = std::make_shared<authcheck::AuthChecker>(parts_->resolver, clock_, options);
        parts_->log = log::Log::silent().with(metrics_);
    }

    std::unique_ptr<Intake> let_in(const std::string& ip, const std::string& helo = "client.test")
    {
        auto intake = std::make_unique<Intake>(parts_);
        auto facts = peer(ip);
        facts.profile.hostname = "mx1.acme.test";
        EXPECT_TRUE(std::holds_alternative<smtpd::Accept>(wait_for(intake->connected(std::move(facts)))));
        EXPECT_EQ(wait_for(intake->hello(helo, true)).code, 250);
        return intake;
    }
    static Reply content(Intake& intake, const std::string& text)
    {
        EXPECT_EQ(wait_for(intake.data_begin()).code, 354);
        for (std::size_t at = 0; at < text.size(); at += 1000) run(intake.data(text.substr(at, 1000)));
        return wait_for(intake.data_end());
    }
    Reply send(const std::string& sender, const std::string& text, const std::string& ip = "192.0.2.50")
    {
        auto intake = let_in(ip);
        EXPECT_EQ(mail(*intake, sender).code, 250);
        const auto refused = rcpt(*intake, "alice@acme.test");
        if (refused.code != 250) return refused;
        return content(*intake, text);
    }
    // The head of the one message that was taken.
    mail::HeaderBlock taken()
    {
        const auto due = claim();
        EXPECT_EQ(due.size(), 1U);
        if (due.empty()) return mail::HeaderBlock::parse("").value();
        stored_ = read(due[0].content);
        return mail::HeaderBlock::parse(std::string_view(stored_).substr(0, *mail::find_end_of_head(stored_))).value();
    }
    static authres::Results results(const mail::HeaderBlock& head)
    {
        return authres::parse_value(head.find("Authentication-Results").value_or("")).value();
    }
    static std::string result(const mail::HeaderBlock& head, std::string_view method)
    {
        for (const auto& each : results(head).methods)
            if (each.method == method) return each.result;
        return "";
    }
    std::string sign(const std::string& text, const std::string& domain, const std::string& selector = "s1")
    {
        auto signer = dkim::Signer::begin({signing_key(domain, selector)}, {clock_.now(), std::nullopt, ""});
        const auto end = *mail::find_end_of_head(text);
        const auto head = mail::HeaderBlock::parse(text.substr(0, end)).value();
        for (const auto& field : head.fields()) EXPECT_TRUE(signer.append_field(field.raw));
        EXPECT_TRUE(signer.end_head());
        signer.append_body(text.substr(end));
        return signer.finish().value() + text;
    }
    // As a mailing list would: its own results, the set, and a changed subject after it broke the signature.
    std::string seal(const std::string& text, const std::string& found)
    {
        const std::string whole = "Authentication-Results: lists.test; " + found + "\r\n" + text;
        auto sealer = dkim::ChainSealer::begin(signing_key("lists.test", "s1"), {clock_.now(), "lists.test"}).value();
        const auto end = *mail::find_end_of_head(whole);
        const auto head = mail::HeaderBlock::parse(whole.substr(0, end)).value();
        for (const auto& field : head.fields()) EXPECT_TRUE(sealer.append_field(field.raw));
        EXPECT_TRUE(sealer.end_head());
        sealer.append_body(whole.substr(end));
        return wait_for(sealer.finish(*resolver_, Deadline::after(std::chrono::seconds(5)))).value() + whole;
    }

    log::Metrics metrics_ = log::Metrics::make();
    std::shared_ptr<dns::CannedResolver> resolver_;
    std::shared_ptr<IntakeParts> parts_;
    std::string stored_;
};

inline std::string letter_from(const std::string& address)
{
    return "From: " + address + "\r\nTo: alice@acme.test\r\nSubject: Hello\r\n\r\nThe body.\r\n";
}

}  // namespace sealpost::gateway
