// traffic: what came in lately, as facts without content, who sent it, and what another policy would have made of it.
// Traffic keeps the facts of the last connections and messages (doc/spec/traffic.md): no subject, no
// content, no password. SummaryTally counts them by host, domain or result; make_preview() plays them against two
// policies and counts what would end differently. Both are pure and ask nobody. record() never waits and never fails: what finds
// no room is dropped and counted. A Fault means that the store is not at hand. Any thread may call.
#pragma once

#include "base/clock.hpp"
#include "core/policy/authentication.hpp"
#include "core/policy/ruling.hpp"
#include "core/policy/snapshot.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sealpost::traffic {

// What was said in the end. Code 0 at `connect` is a TCP reset; 0 elsewhere: the client went before it was
// answered.
struct Outcome {
    policy::Stage stage = policy::Stage::end;
    unsigned code = 250;
    bool by_policy = true;  // of a refusal: the policy of that moment says the same when it is asked again

    [[nodiscard]] bool is_refusal() const { return code >= 400 || (code == 0 && stage == policy::Stage::connect); }
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

struct ConnectionRecord {
    WallTime at{};
    policy::ConnectionFacts facts;
    Outcome outcome;  // of the greeting
};

struct RecipientRecord {
    std::string address;  // as the client said it
    Outcome outcome;      // of RCPT
    policy::SealAction action = policy::SealAction::clear;
    std::string action_from;  // header … | rule … | default; empty: the message did not come so far
    bool by_content = false;  // the action hung on subject or headers, which are not kept
};

enum class TlsKind { none, starttls, implicit };

struct MessageRecord {
    WallTime at{};
    policy::ConnectionFacts facts;
    std::string helo;
    std::string sender;  // empty: the null reverse-path
    std::vector<RecipientRecord> recipients;
    std::uint64_t more_recipients = 0;  // behind those that are kept
    std::uint64_t declared_size = 0;    // SIZE=
    std::uint64_t size = 0;             // octets that came; 0: none did
    TlsKind tls = TlsKind::none;
    policy::ClientCertificate certificate = policy::ClientCertificate::none;
    bool certificate_asked = false;  // whether the client could have shown one
    bool signed_in = false;
    unsigned number = 1;      // of the transaction on its connection
    policy::AuthFacts found;  // without explanations
    Outcome outcome;          // of the whole: of MAIL, of the content, or that of the last recipient when none was taken
};

inline constexpr std::size_t max_recipients_kept = 100;      // of one message,
inline constexpr std::size_t max_address_bytes_kept = 4096;  // and of their addresses together
inline constexpr std::size_t max_text_bytes = 320;           // of one address or name; longer ones are cut

struct Facts {
    std::vector<ConnectionRecord> connections;  // oldest first
    std::vector<MessageRecord> messages;
};

// Sets Outcome::by_policy where the policy that decided says the same once more, on a node of that name.
void mark_causes(ConnectionRecord& record, const policy::Snapshot& snapshot);
void mark_causes(MessageRecord& record, const policy::Snapshot& snapshot, const std::string& hostname = {});

}  // namespace sealpost::traffic
