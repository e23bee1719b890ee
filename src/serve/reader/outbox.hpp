#pragma once

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "sys/async/byte_source.hpp"
#include "wire/seal/texts.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

// What the reader sends by mail goes through this seam; the node implements it over the queue, tests
// with a fake.
namespace sealpost::reader {

// A one-time code for an address. The mail shows the same reference words as the page.
struct CodeMail {
    std::string address;
    std::string language;   // "en", "fr"
    Secret code;            // eight digits
    std::string reference;  // "AMBER-RIVER"
    WallTime expires_at;
    std::string organisation;  // of the envelope that was asked for; may be empty
};

// A note that the ways in which somebody signs in were changed: to one of their addresses.
struct FactorNote {
    std::string address;
    std::string language;
    seal::FactorChange change = seal::FactorChange::totp_added;
    WallTime at;
};

// Under which names a message leaves: the person's own address only where SPF and DMARC of its domain
// allow the service to use it.
struct SendingIdentity {
    std::string envelope_sender;  // MAIL FROM
    std::string from;             // the From field, e.g. "Bob via keys.test" <replies@keys.test>
    std::string reply_to;         // the person, when From is not; otherwise empty
    std::string domain;           // for the Message-ID
    std::string sent_as = {};     // "person", "service"
    std::string reason = {};      // why, in a word (doc/spec/key-api.md)
    std::string facts = {};       // JSON, for tracking; the outbox's business
};

enum class MessageMode { reply, reply_all, forward, compose };
[[nodiscard]] std::string_view format_message_mode(MessageMode mode);  // "reply", "reply_all", "forward", "compose"

// What the service knows about something that a person wrote here (a reply, a forward, a message that they begin) when it is
// complete.
struct MessageOrder {
    std::string envelope_id;  // that it answers or forwards; empty: it begins
    std::string person;       // the address under which it was written: of a reply, whose release opened the envelope
    std::int64_t person_id = 0;
    MessageMode mode = MessageMode::reply;
    std::vector<std::string> recipients;
    std::vector<std::int64_t> accounts = {};  // of one that begins: to whose domain each recipient belongs
    std::string message_id;                   // with angle brackets
    std::string once;  // one of the same key, among all that the queue takes, is not sent a second time; empty: any is
    std::string subject;
    SendingIdentity identity;
};

struct MessageDelivery {
    std::string address;
    std::string way;  // "tls" or "envelope": what is intended
    std::string domain;
};
struct MessageAccepted {
    std::string message_id;  // of the one that was sent with the same key, if it was
    std::vector<MessageDelivery> deliveries;
};

// A message while it is written, straight into its place in the queue. Dropping it
// without send() leaves nothing behind.
class MessageDraft : public async::ByteSink {
public:
    virtual Task<Result<MessageAccepted>> send(MessageOrder order) = 0;
};

class Outbox {
public:
    virtual ~Outbox() = default;
    virtual Task<Result<>> send_code(CodeMail mail) = 0;
    virtual Task<Result<>> send_factor_note(FactorNote note) = 0;
    virtual Task<Result<SendingIdentity>> choose_identity(std::string person_address) = 0;
    virtual std::unique_ptr<MessageDraft> begin_message() = 0;
    // What was sent with the order's key before; absent: nothing, or the order has no key.
    virtual Task<Result<std::optional<MessageAccepted>>> find_accepted(MessageOrder order) = 0;
};

}  // namespace sealpost::reader
