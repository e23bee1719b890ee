#pragma once

#include "core/domains/domains.hpp"
#include "core/people/codes.hpp"
#include "core/queue/queue.hpp"
#include "serve/identity/judge.hpp"
#include "serve/reader/outbox.hpp"

#include <memory>
#include <string_view>

namespace sealpost::replies {

// A code to the postmaster of a domain, which proves that domain.
struct DomainCodeMail {
    std::string address;
    std::string domain;
    std::string language;  // "en", "fr"
    Secret code;           // eight digits
    std::string reference;
};

// What the queue remembers of a mail with a code, which opens something for people::Codes::lifetime.
inline constexpr std::string_view code_facts = R"({"kind":"code"})";

// The reader's mail, and codes to postmasters, over the service's queue.
class ServiceOutbox final : public reader::Outbox {
public:
    struct Parts {
        std::shared_ptr<queue::Queue> queue;
        std::shared_ptr<domains::Domains> domains;
        const Clock* clock = nullptr;
        std::shared_ptr<identity::SendingIdentityJudge> judge;
        std::string sender;            // envelope sender and From of the service's own mail
        std::string service_name;      // "keys.test"
        std::string service_url = {};  // "https://keys.test"
    };
    explicit ServiceOutbox(Parts parts) : parts_(std::make_shared<const Parts>(std::move(parts))) {}

    Task<Result<>> send_code(reader::CodeMail mail) override;
    Task<Result<>> send_factor_note(reader::FactorNote note) override;
    Task<Result<>> send_domain_code(DomainCodeMail mail);
    Task<Result<reader::SendingIdentity>> choose_identity(std::string person_address) override;
    std::unique_ptr<reader::MessageDraft> begin_message() override;
    Task<Result<std::optional<reader::MessageAccepted>>> find_accepted(reader::MessageOrder order) override;

private:
    std::shared_ptr<const Parts> parts_;
};

}  // namespace sealpost::replies
