#pragma once

#include "core/traffic/traffic.hpp"
#include "serve/gateway/intake.hpp"

#include <memory>
#include <optional>

namespace sealpost::gateway {

// An Intake whose dialogue is noted down as facts of traffic (doc/spec/traffic.md): it hears every command and
// every reply, also those that the session gives by itself, and changes none.
class RecordedIntake final : public smtpd::MailHandler {
public:
    // The clock outlives it.
    RecordedIntake(std::unique_ptr<Intake> intake, std::shared_ptr<traffic::Traffic> traffic, const Clock& clock)
        : intake_(std::move(intake)), traffic_(std::move(traffic)), clock_(clock)
    {
    }

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
    void refused(smtp::Refusal refusal) override;
    [[nodiscard]] std::string transaction() const override { return intake_->transaction(); }
    void closed() override;

private:
    void begin(const smtp::MailFrom& mail);
    void add_recipient(const smtp::RcptTo& rcpt, const smtp::Reply& reply);
    void end(traffic::Outcome outcome);
    void give_up();  // the transaction ends without data_end()
    void take_findings(const Intake::Findings& findings);

    std::unique_ptr<Intake> intake_;
    std::shared_ptr<traffic::Traffic> traffic_;
    const Clock& clock_;
    std::string helo_;
    bool has_said_hello_ = false;
    traffic::TlsKind tls_ = traffic::TlsKind::none;
    policy::ClientCertificate certificate_ = policy::ClientCertificate::none;
    bool certificate_asked_ = false;
    bool signed_in_ = false;
    unsigned transactions_ = 0;                        // whose MAIL was accepted
    std::unique_ptr<traffic::MessageRecord> message_;  // the transaction under way
    std::size_t address_bytes_ = 0;                    // of its recipients
    std::optional<traffic::Outcome> content_refusal_;  // said by the session; its end follows
};

}  // namespace sealpost::gateway
