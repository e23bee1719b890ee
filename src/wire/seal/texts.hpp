#pragma once

#include "base/clock.hpp"
#include "wire/seal/page.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sealpost::seal {

struct MailText {
    std::string subject;  // UTF-8, not encoded
    std::string text;     // LF lines
    std::string html;
};

// Around an envelope. `has_attachment` chooses between the two ways to open. `recipient_domain`, of all who get this mail,
// or empty, is what the page behind "Why is this an envelope?" begins with.
[[nodiscard]] MailText notification_text(const PageFacts& facts, bool has_attachment, std::string_view attachment_name,
                                         std::string_view recipient_domain);

// The code by mail: 8 digits, valid ten minutes, with the reference words that the page shows too.
struct CodeFacts {
    std::string service_name;  // "keys.test"
    std::string code;          // "12345678", shown as 1234 5678
    std::string reference;     // "AMBER-RIVER"
    Language language = Language::en;
};
[[nodiscard]] MailText code_text(const CodeFacts& facts);

// The code to a postmaster, which proves a domain (doc/spec/domains.md) and opens nothing.
struct DomainCodeFacts {
    std::string service_name;
    std::string domain;
    std::string code;
    std::string reference;
    Language language = Language::en;
};
[[nodiscard]] MailText domain_code_text(const DomainCodeFacts& facts);

// To a person: how they sign in was changed (doc/spec/strong-sign-in.md).
enum class FactorChange {
    totp_added,
    totp_removed,
    passkey_added,
    passkey_removed,
    recovery_codes_made,
    recovery_code_used,
    factors_removed,  // by the operator
    address_added,
    address_removed,
};
struct FactorFacts {
    std::string service_name;
    std::string security_url;  // where they change it
    FactorChange change = FactorChange::totp_added;
    WallTime at;
    Language language = Language::en;
};
[[nodiscard]] MailText factor_text(const FactorFacts& facts);

// To the sender: the key of an envelope was released (never "read").
struct ReceiptFacts {
    std::string recipient;  // empty: a holder of the link
    std::string subject;    // empty: not known, or not to be said; `sent_at` names the message then
    Proof proof = Proof::mailbox;
    WallTime sent_at{};
    WallTime released_at;
    Language language = Language::en;
    std::string sent_url = {};  // where the sender decides about it: "https://keys.test/sent"
};
[[nodiscard]] MailText receipt_text(const ReceiptFacts& facts);

// To who wrote something at the service: it was given up for these recipients. Quotes nothing of it.
struct UndeliveredFacts {
    struct Recipient {
        std::string address;
        std::string reason;  // what the other side said, or our own reason
    };
    WallTime sent_at;
    std::vector<Recipient> recipients;
    std::string open_url = {};     // of the message that it was written from; empty: there is none, or it cannot be opened
    std::string compose_url = {};  // where something that answers nothing is written; empty: not this
    Language language = Language::en;
};
[[nodiscard]] MailText undelivered_text(const UndeliveredFacts& facts);

// "22 November 2026, 08:15 UTC", "1er novembre 2026, 08:15 UTC".
[[nodiscard]] std::string format_time_for_people(WallTime time, Language language);

// A whole message of the service: From, To, Subject, Date, Message-ID, Auto-Submitted and both bodies.
struct ServiceMail {
    std::string from, to;  // values of the fields, as they shall stand
    std::string message_domain;
    WallTime at;
    std::string about = {};  // the Message-ID that it is about; In-Reply-To and References
};
[[nodiscard]] std::string build_service_mail(const ServiceMail& facts, const MailText& text);

}  // namespace sealpost::seal
