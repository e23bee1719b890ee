// sealer: turns a queued message in clear into an envelope. A fresh identity, the age file in constant
// memory, the key record and the hosted copy handed to a KeyService, and one notification per language,
// which take the message's place in the queue in one commit. Used by the gateway for outgoing mail and
// by the service for replies that may not travel in clear form. The identity is forgotten when seal()
// ends. Runs on the dispatcher's executor; a failure is a queue report like any other delivery's.
#pragma once

#include "core/queue/lanes.hpp"
#include "core/queue/queue.hpp"
#include "serve/sealer/key_service.hpp"
#include "sys/async/blocking_pool.hpp"
#include "sys/log/log.hpp"
#include "wire/mail/address_list.hpp"
#include "wire/mail/header_block.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sealpost::sealer {

inline constexpr std::size_t max_recipients = 1000;  // of an envelope: what a key service takes (doc/spec/key-api.md)

// How to seal: an encryption profile with what headers and rules changed.
struct SealPlan {
    std::string profile = "default";
    std::string assurance = "mailbox";
    std::optional<WallTime> expires_at;  // absent: longest_life from now
    bool may_reply = true;
    bool may_reply_all = true;
    bool may_forward = false;
    bool receipt = true;
    bool attach = true;  // the page as an attachment, while the sealed part is not larger than …
    std::uint64_t attachment_max_bytes = 25ULL * 1024 * 1024;
    bool hosted = true;  // a copy at the service; always when there is no attachment
    std::string attachment_name = "message.html";
    bool neutral_subject = false;
    std::string neutral_subject_text;  // empty: by language
    std::string language = "auto";     // en, fr, or each recipient's own
    std::string logo;
    std::optional<std::string> subject;  // in place of the original's
};

// The values of From and Reply-To (empty: none) of a notification.
struct NotificationNames {
    std::string from;
    std::string reply_to;
};

struct SealOrder {
    queue::DueMessage message;  // every due recipient of it is sealed
    SealPlan plan;
    std::string notification_sender;                      // envelope sender of the notifications
    std::optional<NotificationNames> notification_names;  // absent: From and Reply-To of the message
    std::string notification_lane{queue::notification_lane};
    // Whom the envelope is from: in the key record, on its page, and whom a secure reply goes to.
    // Absent: the author of the message.
    std::optional<mail::NamedMailbox> author;
    std::string related_envelope;  // the envelope that this one answers, or forwards; empty: none
    std::int64_t account = 0;      // whose it becomes at the service when it answers none; 0: the key service knows
    bool forwards = false;
};

// How an attempt ended: the message is sealed, or waits for the next one.
struct SealOutcome {
    queue::MessageId message;
    bool is_sealed = false;
    ServiceTrouble trouble = ServiceTrouble::other;  // of one that waits, and …
    std::string problem = {};                        // what it met
};

class EnvelopeSealer {
public:
    static constexpr std::chrono::days longest_life{3650};

    struct Parts {
        std::shared_ptr<queue::Queue> queue;
        std::shared_ptr<KeyService> keys;
        async::BlockingPool* pool = nullptr;  // outlives the sealer
        const Clock* clock = nullptr;         // outlives the sealer
        std::string spool_directory;
        std::string hostname;  // for a Message-ID when the original has none
        log::Log log;
        // Called after each attempt, but for those that the program's end cut short and for messages that can never be sealed:
        // they say nothing of the others.
        std::function<void(const SealOutcome&)> on_outcome = {};
    };
    explicit EnvelopeSealer(Parts parts);
    ~EnvelopeSealer();

    Task<queue::Report> seal(SealOrder order);
    // Whether a notification may still leave, as check_late_notification() says it.
    Task<std::optional<queue::Report>> check_notification(queue::DueMessage message);

private:
    struct Sealed;
    struct Abandoned;
    Task<Result<queue::Report>> try_seal(SealOrder order);
    void tell_outcome(queue::MessageId message, const Result<queue::Report>& report, ServiceTrouble trouble) const;
    Task<Result<queue::Report>> hand_over_and_notify(SealOrder order, Sealed sealed);
    void give_up_with(queue::Report& report, const std::string& id);
    Task<void> discard_abandoned();
    Task<Result<Sealed>> encrypt(queue::DueMessage message);
    Task<Result<StoredEnvelope>> hand_over(const SealOrder& order, Sealed& sealed, bool hosted);
    Task<Result<queue::Replacement>> notify(const SealOrder& order, const Sealed& sealed, const StoredEnvelope& stored,
                                            std::string language, std::vector<queue::NewRecipient> recipients);
    Parts parts_;
    std::shared_ptr<Abandoned> abandoned_;
};

}  // namespace sealpost::sealer
