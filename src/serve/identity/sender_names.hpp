#pragma once

#include "wire/mail/mailbox.hpp"

#include <string>

namespace sealpost::identity {

// The names that a message carries: MAIL FROM, and the values of From and Reply-To.
struct SenderNames {
    std::string envelope_sender;
    std::string from;
    std::string reply_to;  // empty: no such field
    friend bool operator==(const SenderNames&, const SenderNames&) = default;
};

[[nodiscard]] SenderNames use_person(const mail::Mailbox& person);

// From: "bob via keys.test" <noreply@keys.test>, Reply-To: bob@partner.test. MAIL FROM and From have one
// domain, the service's. The display name never holds an address, nor anything that looks like one: of
// a local part with other characters than letters and digits of plain words the domain stands there.
[[nodiscard]] SenderNames use_service(const mail::Mailbox& service, std::string_view service_name, const mail::Mailbox& person);

}  // namespace sealpost::identity
