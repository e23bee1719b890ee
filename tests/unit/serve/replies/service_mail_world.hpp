// ServiceMail between the service's queue and a domain's mail host, which takes mail as its options say.
#pragma once

#include "serve/mime_text.hpp"
#include "serve/post_office.hpp"
#include "serve/replies/replies_world.hpp"
#include "wire/seal/envelope_reader.hpp"
#include "wire/seal/opener.hpp"

namespace sealpost::replies {

// What is the matter with the domain's mail host.
enum class Host { sound, untrusted, other_name, without_tls };

class ServiceMailTest : public RepliesWorld {
protected:
    smtpd::MailServerOptions describe(Host host)
    {
        smtpd::MailServerOptions options = smtpd::PostOffice::plain();
        if (host == Host::without_tls) return options;
        const smtpd::Authority& authority = host == Host::untrusted ? stranger_ : authority_;
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
        return queue_message(std::move(message));
    }

    queue::DueMessage queue_message(queue::NewMessage message, std::string_view text = letter)
    {
        accept(std::move(message), text);
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

    static Task<route::StsFinding> find_sts(route::StsFinding finding) { co_return finding; }

    // Opens the envelope that took the message's place, as its recipient would.
    std::string open_replacement(queue::MessageId message, queue::Report report, const std::string& recipient)
    {
        settle(message, std::move(report));
        const auto due = claim();
        if (due.size() != 1) return "not one notification";
        EXPECT_EQ(due[0].lane, queue::service_notification_lane);
        EXPECT_EQ(due[0].sender, "noreply@keys.test");
        const auto text = read(due[0].content);
        EXPECT_THAT(test::decode_parts(text), testing::HasSubstr("https://keys.test"));
        EXPECT_THAT(test::decode_parts(text), testing::Not(testing::HasSubstr("The secret answer")));
        EXPECT_THAT(text, testing::Not(testing::HasSubstr("The contract"))) << "a subject is told after release only";
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
        settle(message, std::move(report));
        auto due = claim();
        EXPECT_EQ(due.size(), 1U);
        return due.at(0);
    }

    domains::Domain acme() { return test::value_of(domains_->find("acme.test")).value(); }

    route::StsFinding sts_;                            // of every domain
    std::shared_ptr<sealer::KeyService> key_service_;  // instead of the service's own
    std::optional<std::vector<queue::RecipientOutcome>>
        reported_;  // of the last delivery, also one that was broken off behind its report
    smtpd::Authority authority_, stranger_;
};

}  // namespace sealpost::replies
