#pragma once

#include "serve/replies/local_key_service.hpp"
#include "serve/replies/message_facts.hpp"
#include "serve/replies/service_mail.hpp"
#include "serve/service_world.hpp"
#include "serve/task_answers.hpp"
#include "sys/dns/canned_resolver.hpp"

namespace sealpost::replies {

using queue::wait_for;

// What DNS says may change while a test runs.
class ChangingResolver final : public dns::Resolver {
public:
    Task<dns::Answer> query(std::string name, dns::Type type, Deadline deadline) override
    {
        return now->query(std::move(name), type, deadline);
    }
    std::shared_ptr<dns::CannedResolver> now;
};

// The service with a queue, and one envelope from alice@acme.test to bob@partner.test that replies answer.
class RepliesWorld : public test::ServiceWorld {
protected:
    static constexpr std::string_view letter =
        "From: \"bob@partner.test via keys.test\" <noreply@keys.test>\r\nTo: alice@acme.test\r\n"
        "Message-ID: <r1@keys.test>\r\nSubject: Re: The contract\r\n\r\nThe secret answer.\r\n";

    static constexpr std::string_view authorising = R"(
acme.test     MX   10 mx.acme.test
mx.acme.test  A    127.0.0.1
partner.test        TXT  v=spf1 include:keys.test -all
_dmarc.partner.test TXT  v=DMARC1; p=reject; aspf=s; adkim=s
stranger.test       TXT  v=spf1 -all
keys.test           TXT  v=spf1 ip4:127.0.0.5 -all
)";
    static constexpr std::string_view forbidding = R"(
acme.test     MX   10 mx.acme.test
mx.acme.test  A    127.0.0.1
partner.test        TXT  v=spf1 -all
_dmarc.partner.test TXT  v=DMARC1; p=reject; aspf=s; adkim=s
)";

    RepliesWorld()
    {
        names_->now = std::make_shared<dns::CannedResolver>(authorising);
        identity::SendingIdentityJudge::Parts judging;
        judging.resolver = names_;
        judging.clock = &clock_;
        judging.send_addresses = {IpAddress::v4({127, 0, 0, 5})};
        judging.helo = "out.keys.test";
        judging.sender = mail::parse_mailbox("noreply@keys.test").value();
        judging.service_name = "keys.test";
        judge_ = std::make_shared<identity::SendingIdentityJudge>(std::move(judging));
        queue_ = queue::Queue::open(database_, clock_, log::Log::silent()).value();
        answered_ = keys::make_envelope_id();
        keys::NewEnvelope envelope;
        envelope.policy.id = answered_;
        envelope.policy.account = account_;
        envelope.policy.sender = {"alice@acme.test", "Alice"};
        envelope.policy.recipients = {"bob@partner.test"};
        envelope.policy.expires_at = clock_.now() + std::chrono::hours(48);
        envelope.identity = identity_.text();
        EXPECT_EQ(test::value_of(keys_->store(std::move(envelope))), keys::StoreVerdict::created);
    }

    std::shared_ptr<LocalKeyService> make_key_service()
    {
        return std::make_shared<LocalKeyService>(keys_, people_, clock_, "https://keys.test", "keys.test");
    }

    // acme.test takes replies in clear form inside verified TLS.
    void switch_tls_on(domains::OnFailure on_failure)
    {
        EXPECT_TRUE(std::holds_alternative<domains::Domain>(
            test::value_of(domains_->add("acme.test", account_, "postmaster@acme.test", "ann"))));
        EXPECT_EQ(test::value_of(domains_->proofs().trust_ownership({"acme.test", account_}, "ann")),
                  domains::ProofVerdict::proven);
        EXPECT_TRUE(test::value_of(domains_->record_test("acme.test", {clock_.now(), true, "", "{}"})));
        EXPECT_EQ(test::value_of(domains_->set_replies({"acme.test", account_}, true, on_failure, "ann")),
                  domains::SwitchVerdict::done);
    }

    // From now on partner.test lets nobody send under its name; what was known before is forgotten.
    void withdraw_permission()
    {
        names_->now = std::make_shared<dns::CannedResolver>(forbidding);
        clock_.advance(identity::SendingIdentityJudge::keep);
    }

    std::vector<queue::DueMessage> claim() { return test::value_of(queue_->claim(10)); }
    queue::MessageId accept(queue::NewMessage message, std::string_view text = letter)
    {
        auto content = queue_->begin();
        EXPECT_TRUE(wait_for(content->write(std::string(text))).has_value());
        return test::value_of(queue_->accept(std::move(message), std::move(content)));
    }
    void settle(queue::MessageId message, queue::Report report)
    {
        EXPECT_TRUE(wait_for(queue_->settle(message, std::move(report))).has_value());
    }
    std::string read(queue::ContentId content) { return test::value_of(queue::read_all(queue_->read(content))); }

    std::shared_ptr<ChangingResolver> names_ = std::make_shared<ChangingResolver>();
    std::shared_ptr<identity::SendingIdentityJudge> judge_;
    std::shared_ptr<queue::Queue> queue_;
    keys::EnvelopeId answered_;
    async::BlockingPool pool_{1};
};

}  // namespace sealpost::replies
