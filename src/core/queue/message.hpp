#pragma once

#include "base/clock.hpp"
#include "base/id.hpp"
#include "core/queue/plan.hpp"
#include "sys/async/byte_source.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sealpost::queue {

using MessageId = Id<struct MessageIdTag, std::int64_t>;
using ContentId = Id<struct ContentIdTag, std::int64_t>;

class ContentWriter;

struct NewRecipient {
    std::string address;  // an RFC 5321 mailbox, "local@domain"
    std::string notify;   // RFC 3461 NOTIFY as given: "", "NEVER", "SUCCESS,FAILURE,DELAY"…
    std::string orcpt;    // RFC 3461 ORCPT as given, or empty
    // In a replacement: DueRecipient::index of the one that it carries on. It shares what an operator did to that one meanwhile:
    // removed, it is left out; held, it is held. -1: it carries on nobody alone.
    int original = -1;
};

struct NewMessage {
    std::string lane;    // the Deliverer's business (lanes.hpp)
    std::string sender;  // empty: the null reverse-path
    std::vector<NewRecipient> recipients;
    std::string envid;  // RFC 3461 ENVID, xtext decoded
    std::string ret;    // RFC 3461 RET: "", "FULL", "HDRS"
    std::string facts;  // JSON, opaque to the queue
    bool smtputf8 = false;
    bool require_tls = false;  // RFC 8689: goes on only to hosts that prove themselves and take it so
    // Absent: of a replacement that of the message it replaces, else the queue's own (Settings::retry).
    std::optional<BouncePlan> plan = {};
    // Its place in the line for its destination, which the queue gives (Schedule::take_turn); absent: now.
    std::optional<WallTime> turn = {};
};

// For whoever may hand a message in again, because the answer to the first time was lost on its way.
struct Once {
    std::string key;   // the same for the same message only
    std::string note;  // what a second one is answered with
};

struct DueRecipient {
    int index = 0;  // of the message, from 0, as it was accepted
    std::string address;
    std::string notify;
    std::string orcpt;
    int attempts = 0;  // made before this one
};

struct DueMessage {
    MessageId id;
    ContentId content;
    std::int64_t size = 0;  // octets
    std::string lane;
    std::string sender;
    std::string envid;
    std::string ret;
    std::string facts;
    bool smtputf8 = false;
    bool require_tls = false;
    WallTime accepted_at;
    int attempt = 1;  // this one, from 1
    std::vector<DueRecipient> recipients;
};

struct RecipientOutcome {
    enum class Kind {
        delivered,
        relayed_elsewhere,  // a replacement of the same report carries it on
        retry,              // temporary failure: the retry plan decides when, or gives up
        failed,             // permanent failure: a DSN goes to the sender
        held,               // kept until an operator releases it
    };
    int index = 0;
    Kind kind = Kind::retry;
    std::string enhanced_code;      // RFC 3463, "5.1.1"; empty: a fitting one is chosen
    std::string text;               // the reply of the other side, or our reason
    std::string remote_host;        // who said so, or was asked; empty: nobody was
    std::string facts;              // JSON for tracking: TLS version, cipher, certificate…
    std::string delivery = {};      // the connection on which it was decided, as the log names it; empty: none
    bool passed_notify_on = false;  // the next host speaks RFC 3461 and reports success itself
    bool is_own_word = false;       // the text is ours, about that host
    // With `retry`: no attempt was made, because one of our own limits stood in the way. It is made
    // after this time (at most the plan's longest interval), and does not count as an attempt.
    std::optional<std::chrono::milliseconds> postponed_for = {};
    // With `postponed_for`: an operator keeps it back. Its age does not end it, and nobody is told of the delay.
    bool is_suspended = false;
};

// Messages that take the place of some recipients, in the transaction of the outcomes. They share
// one content; without a content of their own (null) they share the content of the original, and with it
// its require_tls.
struct Replacement {
    std::vector<NewMessage> messages;
    std::unique_ptr<ContentWriter> content;
    // Called by settle(), on its task, when nothing of it went in: an operator or another owner was quicker. Never called when
    // the store did not say what became of it.
    std::function<void()> not_taken = {};
};

// What became of a claimed message. A due recipient without an outcome counts as `retry`.
struct Report {
    std::vector<RecipientOutcome> outcomes;
    std::vector<Replacement> replacements;
};

// How many messages of a line (retry.hpp: a destination domain, or several) may be under way at the same time; 0: none of them
// for now.
using MostToDomain = std::function<int(const std::string& line)>;
[[nodiscard]] inline int usual_most(const std::string&) { return 20; }

}  // namespace sealpost::queue
