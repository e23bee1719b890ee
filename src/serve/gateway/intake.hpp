// gateway: the organisation's mail gateway. Intake receives: each connection meets the policy snapshot
// that was current when it came, and a message is answered with 250 only when the queue has it on
// stable storage. OutgoingMail delivers what the queue hands out: by route or MX, or sealed first. All
// decisions are core/policy's; all waiting has deadlines; a failure here is an SMTP reply or a queue
// report, never a lost message.
#pragma once

#include "serve/gateway/authentication.hpp"
#include "serve/gateway/client.hpp"
#include "serve/gateway/incoming_message.hpp"
#include "serve/gateway/lane_sorting.hpp"
#include "serve/gateway/message_head.hpp"
#include "serve/gateway/recipient_checks.hpp"
#include "serve/smtpd/mail_handler.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sealpost::gateway {

// One connection's mail.
class Intake final : public smtpd::MailHandler {
public:
    explicit Intake(std::shared_ptr<const IntakeParts> parts) : parts_(std::move(parts)) { client_.parts = parts_; }

    Task<smtpd::Admission> connected(smtpd::PeerFacts facts) override;
    Task<smtp::Reply> hello(std::string name, bool extended) override;
    Task<void> tls_started(smtpd::TlsFacts facts) override;
    Task<smtp::Reply> authenticate(smtpd::Credentials credentials) override;
    Task<smtp::Reply> mail(smtp::MailFrom mail) override;
    Task<smtp::Reply> rcpt(smtp::RcptTo rcpt) override;
    Task<smtp::Reply> data_begin() override;
    Task<void> data(std::string piece) override;
    Task<smtp::Reply> data_end() override;
    void reset() override;
    [[nodiscard]] std::string transaction() const override { return transactions_ == 0 ? "" : transaction_id(); }

    // For whoever keeps records (traffic_recorder.hpp). The facts are there when connected() has found them out;
    // the listener is empty when the connection was turned away before.
    [[nodiscard]] const policy::ConnectionFacts& connection_facts() const { return client_.facts; }
    [[nodiscard]] const std::shared_ptr<const policy::Snapshot>& snapshot() const { return client_.policy; }
    // Of the transaction under way, or of the one that data_end() ended.
    struct Findings {
        policy::AuthFacts authentication;
        struct Sealing {
            std::string recipient;
            policy::SealAction action = policy::SealAction::clear;
            std::string action_from;
        };
        std::vector<Sealing> sealing;  // as far as it was decided
    };
    [[nodiscard]] Findings find_findings() const;
    // Whether a recipient is looked up without the tag of a bounce.
    [[nodiscard]] bool verifies_bounces() const;
    [[nodiscard]] const std::string& hostname() const;  // of this node

private:
    smtpd::Admission admit(smtp::ServerProfile profile);
    [[nodiscard]] smtp::ServerProfile apply_policy(smtp::ServerProfile profile) const;
    void tell_sign_in(bool is_right, const std::string& user) const;
    void begin_authentication();
    void ensure_content();
    // What SPF says about the sender, behind the recipient access table.
    Task<std::optional<smtp::Reply>> check_spf(bool is_for_postmaster);
    [[nodiscard]] Authentication::Audience describe_audience() const;
    Task<std::optional<smtp::Reply>> check_content();
    Task<smtp::Reply> accept_content();
    struct Stored {
        bool is_queued = false;  // false: nobody gets the message
        std::int64_t bytes = 0;
    };
    Task<Result<Stored>> store(std::vector<queue::NewMessage> messages, std::string head);
    // What the encryption rules see.
    [[nodiscard]] policy::MessageFacts describe_message(const HeadFacts& facts, const sealpost::mail::HeaderBlock& head) const;
    [[nodiscard]] HeadFacts head_facts() const;
    void note_sealing(const Sealings& sealings);
    [[nodiscard]] std::string transaction_id() const;

    std::shared_ptr<const IntakeParts> parts_;
    Client client_;
    RecipientChecks recipient_checks_{client_};
    std::optional<Place> place_;       // among the node's connections …
    std::optional<Place> host_place_;  // … those of this host …
    std::optional<Place> tls_place_;   // … and those inside TLS

    // the transaction under way
    int transactions_ = 0;
    smtp::MailFrom mail_;
    std::vector<IntakeRecipient> recipients_;
    std::unique_ptr<Authentication> authentication_;  // null: our own mail is not judged
    std::unique_ptr<IncomingMessage> content_;
    std::uint64_t recipients_bytes_ = 0;  // in memory
    load::Held held_;                     // by all of it, and by the buffers of the connection while content comes
    Findings findings_;                   // of what data_end() ended
};

}  // namespace sealpost::gateway
