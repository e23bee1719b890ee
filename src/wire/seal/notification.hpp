#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/mail/mime_writer.hpp"
#include "wire/seal/armor.hpp"
#include "wire/seal/page.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sealpost::seal {

enum class SubjectPolicy { original, neutral };

struct NotificationFacts {
    PageFacts page;              // language, sender, organisation, service, id, expiry
    std::string from;            // value of From: as it shall stand (encoded)
    std::string to;              // value of To:
    std::string reply_to;        // may be empty
    std::string message_domain;  // for a Message-ID when the original has none
    SubjectPolicy subject = SubjectPolicy::original;
    std::string neutral_subject = {};              // UTF-8; empty: by language
    std::string attachment_name = "message.html";  // empty: hosted only, no attachment
    WallTime at;
    std::string recipient_domain = {};  // A-labels, of all recipients; empty: they are of several
};

// The mail that carries an envelope, as a stream of text. Order: head · append … · finish.
// What is appended is the binary age file; the writer armors it, wraps it in the page and base64s that.
class NotificationWriter {
public:
    // Keeps Message-ID, In-Reply-To, References, and Subject by policy, from the original's head.
    [[nodiscard]] static Result<NotificationWriter> make(NotificationFacts facts, const mail::HeaderBlock& original);

    [[nodiscard]] std::string head();
    [[nodiscard]] std::string append(std::string_view age_bytes);
    [[nodiscard]] std::string finish();

private:
    NotificationWriter(NotificationFacts facts, mail::MimeWriter::Fields fields, std::string page_head);
    NotificationFacts facts_;
    mail::MimeWriter::Fields fields_;
    std::string page_head_;
    mail::MimeWriter mime_;
    ArmorWriter armor_;
};

}  // namespace sealpost::seal
