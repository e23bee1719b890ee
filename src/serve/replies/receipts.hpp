#pragma once

#include "core/keys/key_store.hpp"
#include "core/people/people.hpp"
#include "core/queue/queue.hpp"
#include "wire/seal/texts.hpp"

#include <memory>
#include <string>

namespace sealpost::replies {

// Tells senders that a key of theirs was released: turns what the key store owes them into mails in
// the queue. Of the kinds of receipt only `released` is mailed; that a reader's page says it showed
// the message proves nothing more to a sender. A receipt whose mail is queued and whose settlement is
// lost in a crash is mailed twice, never not at all.
class Receipts {
public:
    struct Parts {
        std::shared_ptr<keys::KeyStore> keys;
        std::shared_ptr<people::People> people;
        std::shared_ptr<queue::Queue> queue;
        const Clock* clock = nullptr;
        std::string sender;        // From of the service's own mail; nobody there reads receipts
        std::string service_name;  // "keys.test"
        std::string service_url;   // "https://keys.test"
        log::Log log = log::Log::silent();
    };
    explicit Receipts(Parts parts) : parts_(std::move(parts)) {}

    // Queues the mails of all receipts that are due; answers how many mails there were. What failed
    // stays due. One call at a time.
    Task<Result<int>> send_due();

private:
    Task<Result<bool>> send(keys::Receipt receipt);
    Task<Result<>> queue_mail(keys::Receipt receipt, keys::EnvelopeFacts envelope, Language language);

    Parts parts_;
};

}  // namespace sealpost::replies
