#pragma once

#include "wire/smtp/server_session.hpp"

#include <string>

namespace sealpost::smtpd {

// Whom a refusal is about, cut and cleaned for the log; empty: not known.
struct RefusalSubject {
    std::string sender;  // "<>": the null reverse-path
    std::string recipient;
    std::string transaction;
};

// What the client has said of the transaction under way. Of smtpd only. Addresses are copied over the former ones, whose room is
// used again, and made into text where something is refused only.
class SaidEnvelope {
public:
    void say_sender(const mail::Mailbox& sender);  // another transaction begins
    void say_recipient(const mail::Mailbox& recipient) { recipient_ = recipient; }
    void take_recipient();  // the one that was said last
    void forget();

    [[nodiscard]] bool has_sender() const { return has_sender_; }
    [[nodiscard]] RefusalSubject about_recipient() const;  // the one that was said last
    [[nodiscard]] RefusalSubject about_message() const;    // the first that was taken stands for all
    // What the session refused by itself. An address that is none is told as it was written.
    [[nodiscard]] RefusalSubject about(const smtp::Refusal& refusal) const;

private:
    [[nodiscard]] std::string format_sender() const;

    mail::Mailbox sender_;
    mail::Mailbox recipient_;
    mail::Mailbox first_;
    bool has_sender_ = false;
    bool has_first_ = false;
};

}  // namespace sealpost::smtpd
