#include "serve/gateway/traffic_recorder.hpp"

#include "base/cut_text.hpp"
#include "wire/mail/bounce_tag.hpp"
#include "wire/smtp/command.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace sealpost::gateway {

using policy::Stage;
using traffic::Outcome;

namespace {

std::string cut(std::string_view text) { return std::string(text.substr(0, find_cut(text, traffic::max_text_bytes))); }

std::string format_address(const sealpost::mail::Mailbox& mailbox)
{
    if (mailbox.empty()) return "";
    return cut(mailbox.domain.empty() ? mailbox.local : sealpost::mail::format_mailbox(mailbox));
}

Outcome outcome_of(Stage stage, const smtp::Reply& reply) { return {stage, static_cast<unsigned>(reply.code), true}; }

Outcome outcome_of(const smtpd::Admission& admission)
{
    if (const auto* rejected = std::get_if<smtpd::Reject>(&admission)) return outcome_of(Stage::connect, rejected->reply);
    return {Stage::connect, std::holds_alternative<smtpd::Refuse>(admission) ? 0U : 250U, true};
}

// Explanations are a stranger's words; the rest is what was found.
policy::AuthFacts without_words(policy::AuthFacts facts)
{
    if (facts.spf) facts.spf = policy::SpfFacts{facts.spf->mail_from, "", "", facts.spf->helo, "", "", ""};
    return facts;
}

}  // namespace

Task<smtpd::Admission> RecordedIntake::connected(smtpd::PeerFacts facts)
{
    auto admission = co_await intake_->connected(std::move(facts));
    if (const auto* accepted = std::get_if<smtpd::Accept>(&admission)) certificate_asked_ = accepted->ask_certificate;
    // Whom the node had no room for met no policy.
    if (intake_->connection_facts().listener.empty()) co_return admission;
    traffic::ConnectionRecord record{clock_.now(), intake_->connection_facts(), outcome_of(admission)};
    traffic::mark_causes(record, *intake_->snapshot());
    traffic_->record(std::move(record));
    co_return admission;
}

Task<smtp::Reply> RecordedIntake::hello(std::string name, bool extended)
{
    helo_ = cut(name);
    has_said_hello_ = true;
    auto reply = co_await intake_->hello(std::move(name), extended);
    co_return reply;
}

Task<void> RecordedIntake::tls_started(smtpd::TlsFacts facts)
{
    tls_ = has_said_hello_ ? traffic::TlsKind::starttls : traffic::TlsKind::implicit;
    if (facts.client_shown)
        certificate_ = facts.client_verified ? policy::ClientCertificate::verified : policy::ClientCertificate::invalid;
    co_await intake_->tls_started(std::move(facts));
}

Task<smtp::Reply> RecordedIntake::authenticate(smtpd::Credentials credentials)
{
    auto reply = co_await intake_->authenticate(std::move(credentials));
    signed_in_ = signed_in_ || reply.is_positive();
    co_return reply;
}

void RecordedIntake::begin(const smtp::MailFrom& mail)
{
    message_ = std::make_unique<traffic::MessageRecord>();
    message_->at = clock_.now();
    message_->facts = intake_->connection_facts();
    message_->helo = helo_;
    message_->sender = format_address(mail.sender);
    message_->declared_size = mail.size.value_or(0);
    message_->tls = tls_;
    message_->certificate = certificate_;
    message_->certificate_asked = certificate_asked_ && tls_ != traffic::TlsKind::none;
    message_->signed_in = signed_in_;
    message_->number = transactions_ + 1;
    content_refusal_.reset();
    address_bytes_ = 0;
}

void RecordedIntake::add_recipient(const smtp::RcptTo& rcpt, const smtp::Reply& reply)
{
    if (!message_) return;
    traffic::RecipientRecord recipient;
    recipient.address = format_address(rcpt.recipient);
    // As the tables are asked about it.
    if (message_->sender.empty() && intake_->verifies_bounces()) recipient.address = mail::strip_bounce_tag(recipient.address);
    address_bytes_ += recipient.address.size();
    if (message_->recipients.size() >= traffic::max_recipients_kept || address_bytes_ > traffic::max_address_bytes_kept) {
        ++message_->more_recipients;
        return;
    }
    recipient.outcome = outcome_of(Stage::rcpt, reply);
    message_->recipients.push_back(std::move(recipient));
}

Task<smtp::Reply> RecordedIntake::mail(smtp::MailFrom mail)
{
    begin(mail);
    auto reply = co_await intake_->mail(std::move(mail));
    if (reply.is_positive())
        ++transactions_;
    else
        end(outcome_of(Stage::mail, reply));
    co_return reply;
}

Task<smtp::Reply> RecordedIntake::rcpt(smtp::RcptTo rcpt)
{
    auto said = rcpt;
    auto reply = co_await intake_->rcpt(std::move(rcpt));
    add_recipient(said, reply);
    co_return reply;
}

Task<smtp::Reply> RecordedIntake::data_begin()
{
    auto reply = co_await intake_->data_begin();
    if (!reply.is_intermediate() && !reply.is_positive()) content_refusal_ = outcome_of(Stage::data, reply);
    co_return reply;
}

Task<void> RecordedIntake::data(std::string piece)
{
    if (message_) message_->size += piece.size();
    co_await intake_->data(std::move(piece));
}

Task<smtp::Reply> RecordedIntake::data_end()
{
    auto reply = co_await intake_->data_end();
    take_findings(intake_->find_findings());
    end(outcome_of(Stage::end, reply));
    co_return reply;
}

void RecordedIntake::reset()
{
    take_findings(intake_->find_findings());
    give_up();
    intake_->reset();
}

void RecordedIntake::refused(smtp::Refusal refusal)
{
    if (refusal.reply.code == 503) return;  // out of order: it belongs to no transaction
    const smtp::ParameterOffer offer{true, true, true, true};
    if (refusal.at == smtp::Refusal::At::content) content_refusal_ = outcome_of(Stage::end, refusal.reply);
    if (refusal.at == smtp::Refusal::At::mail) {
        auto parsed = smtp::parse_mail(refusal.argument, offer);
        if (auto* mail = std::get_if<smtp::MailFrom>(&parsed)) {
            begin(*mail);
            end(outcome_of(Stage::mail, refusal.reply));
        }
    }
    if (refusal.at == smtp::Refusal::At::rcpt) {
        auto parsed = smtp::parse_rcpt(refusal.argument, offer, true);
        if (const auto* rcpt = std::get_if<smtp::RcptTo>(&parsed)) add_recipient(*rcpt, refusal.reply);
    }
}

void RecordedIntake::closed()
{
    give_up();
    intake_->closed();
}

void RecordedIntake::take_findings(const Intake::Findings& findings)
{
    if (!message_) return;
    message_->found = without_words(findings.authentication);
    for (const auto& sealing : findings.sealing) {
        const auto at = std::find_if(message_->recipients.begin(), message_->recipients.end(), [&](const auto& each) {
            return each.action_from.empty() && !each.outcome.is_refusal() && each.address == sealing.recipient;
        });
        if (at == message_->recipients.end()) continue;
        at->action = sealing.action;
        at->action_from = sealing.action_from;
    }
}

void RecordedIntake::give_up()
{
    if (!message_) return;
    if (content_refusal_) return end(*content_refusal_);
    const auto& recipients = message_->recipients;
    const bool none_was_taken =
        std::all_of(recipients.begin(), recipients.end(), [](const auto& each) { return each.outcome.is_refusal(); });
    if (recipients.empty())
        message_.reset();  // nobody was named: there is nothing to tell
    else
        end(none_was_taken ? recipients.back().outcome : Outcome{Stage::data, 0, true});
}

void RecordedIntake::end(Outcome outcome)
{
    auto message = std::move(message_);
    if (!message || !intake_->snapshot()) return;
    message->outcome = outcome;
    traffic::mark_causes(*message, *intake_->snapshot(), intake_->hostname());
    traffic_->record(std::move(*message));
}

}  // namespace sealpost::gateway
