#pragma once

#include "serve/replies/local_key_service.hpp"
#include "serve/replies/reply_facts.hpp"
#include "serve/replies/service_mail.hpp"
#include "serve/service_world.hpp"
#include "serve/task_answers.hpp"

namespace sealpost::replies {

using queue::wait_for;

// The service with a queue, and one envelope from alice@acme.test to bob@partner.test that replies answer.
class RepliesWorld : public test::ServiceWorld {
protected:
    static constexpr std::string_view letter =
        "From: \"bob@partner.test via keys.test\" <noreply@keys.test>\r\nTo: alice@acme.test\r\n"
        "Message-ID: <r1@keys.test>\r\nSubject: Re: The contract\r\n\r\nThe secret answer.\r\n";

    RepliesWorld()
    {
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
        return std::make_shared<LocalKeyService>(keys_, people_, "https://keys.test", "keys.test");
    }

    // acme.test takes replies in clear form inside verified TLS.
    void switch_tls_on(domains::OnFailure on_failure)
    {
        EXPECT_TRUE(std::holds_alternative<domains::Domain>(
            test::value_of(domains_->add("acme.test", account_, "postmaster@acme.test", "ann"))));
        EXPECT_EQ(test::value_of(domains_->trust_ownership("acme.test", "ann")), domains::ProofVerdict::proven);
        EXPECT_TRUE(test::value_of(domains_->record_test("acme.test", {clock_.now(), true, "", "{}"})));
        EXPECT_EQ(test::value_of(domains_->set_replies("acme.test", true, on_failure, "ann")), domains::SwitchVerdict::done);
    }

    std::vector<queue::DueMessage> claim() { return test::value_of(queue_->claim(10)); }
    std::string read(queue::ContentId content) { return test::value_of(queue::read_all(queue_->read(content))); }

    std::shared_ptr<queue::Queue> queue_;
    keys::EnvelopeId answered_;
    async::BlockingPool pool_{1};
};

}  // namespace sealpost::replies
