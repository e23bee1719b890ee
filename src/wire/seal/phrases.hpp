// Every sentence that people read in envelopes and mails of the service, one table a language. Only
// for the .cpp files of this room. {words} in braces are filled in by fill().
#pragma once

#include "wire/seal/page.hpp"

#include <array>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sealpost::seal {

struct PagePhrases {
    std::string_view title, heading, sender, how, how_by_link, steps_title, step_open, step_prove;
    std::string_view step_password, step_second_factor, step_read, step_read_only;
    std::string_view button, link_before, hand_in_before, link, expires, no_password, footer;
};

struct NotificationPhrases {
    std::string_view neutral_subject, greeting, attachment, link, hand_in, link_only, phone, expires;
    std::string_view no_password, no_password_alone, prove_there, password_there, button, hand_in_button, reply, footer,
        link_is_for, link_is_for_anybody;
    std::string_view why;
};

struct CodePhrases {
    std::string_view subject, opening, reference, validity, warning;
};

struct DomainCodePhrases {
    std::string_view subject, opening, purpose, reference, validity, warning;
};

struct FactorPhrases {
    std::string_view subject, when, not_you;
    std::array<std::string_view, 9> changes;  // in the order of FactorChange
};

struct ReceiptPhrases {
    std::string_view subject, opening, meaning, link_meaning, decide;
    std::array<std::string_view, 4> proofs;  // in the order of Proof
    std::string_view nameless_subject, nameless_opening, link_holder;
};

struct UndeliveredPhrases {
    std::string_view subject, opening, recipient, reasons, not_in_clear, open_again, compose_again, other_way, only_way,
        quotes_nothing;
};

struct Phrases {
    std::array<std::string_view, 12> months;
    std::string_view time;  // {day} {month} {year}, {clock}
    std::string_view first_of_month;
    PagePhrases page;
    NotificationPhrases notification;
    CodePhrases code;
    DomainCodePhrases domain_code;
    FactorPhrases factor;
    ReceiptPhrases receipt;
    UndeliveredPhrases undelivered;
};

[[nodiscard]] const Phrases& phrases(Language language);

using Values = std::initializer_list<std::pair<std::string_view, std::string_view>>;

// Each {name} becomes its value, as it is. A value is never searched for names again.
[[nodiscard]] std::string fill(std::string_view phrase, Values values);
// The same with phrase and values escaped for HTML.
[[nodiscard]] std::string fill_html(std::string_view phrase, Values values);

}  // namespace sealpost::seal
