#pragma once

#include "core/keys/key_store.hpp"
#include "core/people/people.hpp"
#include "core/queue/dispatcher.hpp"
#include "serve/replies/message_facts.hpp"
#include "wire/seal/texts.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sealpost::replies {

// Stands before whoever delivers the queue's bounces, and tells people that something they wrote in the
// reader was given up. The bounce itself goes to the service's own address, since it quotes the head
// (doc/decisions/0023); the note names recipients and reasons, and quotes nothing (doc/decisions/0061).
// It is queued before the bounce is tried for the first time, once however often that is; while the store
// does not take it, the bounce waits.
class UndeliveredNotes final : public queue::Deliverer {
public:
    struct Parts {
        std::unique_ptr<queue::Deliverer> next;
        std::shared_ptr<queue::Queue> queue;
        std::shared_ptr<people::People> people;
        std::shared_ptr<keys::KeyStore> keys;
        const Clock* clock = nullptr;
        std::string sender;        // From of the service's own mail
        std::string service_name;  // "keys.test"
        std::string service_url;   // "https://keys.test"
        log::Log log = log::Log::silent();
    };
    explicit UndeliveredNotes(Parts parts) : parts_(std::move(parts)) {}

    Task<queue::Report> deliver(queue::DueMessage message) override;

private:
    struct Failure;
    Task<Result<>> tell_writer(queue::DueMessage bounce);
    Task<Result<std::optional<Failure>>> find_failure(queue::DueMessage bounce);
    Task<Result<std::vector<queue::RecipientView>>> find_failed(queue::DueMessage bounce, queue::MessageView message);
    Task<Result<std::vector<WallTime>>> find_other_bounces(queue::MessageId bounce, queue::MessageId message);
    Task<Result<std::optional<keys::EnvelopeFacts>>> find_answered(std::string envelope_id);
    Task<Result<seal::UndeliveredFacts>> describe(Failure failure);
    Task<Result<>> queue_note(Failure failure, std::string once);

    Parts parts_;
};

}  // namespace sealpost::replies
