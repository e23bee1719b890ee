#pragma once

#include "core/keys/envelope.hpp"

#include <variant>

namespace sealpost::keys {

enum class StoreVerdict { created, same, conflict };

// Somebody asks for the key.
struct ReleaseRequest {
    EnvelopeId id;
    std::vector<std::string> addresses;  // the person's, proven; empty without a session
    Assurance assurance = Assurance::low;
    std::string who;      // for the audit trail: "person:17", or "link"
    std::string network;  // people::network_of
};

struct Released {
    Secret identity;
    std::string recipient;  // which of the addresses; empty for the holder of a link to several people
    std::string subject;
    Rights rights;
    bool receipt = false;
    std::vector<std::string> recipients;  // all of them, for reply_all
};
struct NotRecipient {};
struct NeedsAssurance {
    Assurance assurance;
};
struct Locked {
    std::string reason;
};
struct Expired {};
struct Erased {};
struct Unknown {};
using ReleaseVerdict = std::variant<Released, NotRecipient, NeedsAssurance, Locked, Expired, Erased, Unknown>;

// Who may lock, unlock, expire or recall an envelope: its account, by its gateways and administrators; or whoever has proven the
// address of its sender, who neither prolongs it nor decides about what the account locked.
class Holder {
public:
    Holder(AccountId account) : account_(account) {}                                           // NOLINT: most of them are
    explicit Holder(std::vector<std::string> addresses) : addresses_(std::move(addresses)) {}  // normalised
    [[nodiscard]] bool holds(const Policy& policy) const;
    [[nodiscard]] LockedBy side() const { return account_ ? LockedBy::account : LockedBy::sender; }

private:
    std::optional<AccountId> account_;
    std::vector<std::string> addresses_;
};

// Who makes a change, for the audit trail.
struct Actor {
    Actor(const char* name) : who(name) {}  // NOLINT: whoever has no network
    Actor(std::string name, std::string from = {}) : who(std::move(name)), network(std::move(from)) {}  // NOLINT: the same
    std::string who;      // "gateway:3", "administrator:7", "person:17", "operator", "service"
    std::string network;  // people::network_of
};

// may_not_prolong, locked_by_account: what a sender does not decide.
enum class ChangeVerdict { done, unknown, expired, erased, may_not_prolong, locked_by_account };

enum class ContentVerdict { stored, damaged, unknown };

// A sender is owed a notice: the key was released to, or the message displayed to, a recipient.
struct Receipt {
    enum class Kind { released, displayed };
    std::int64_t number = 0;
    EnvelopeId id;
    Kind kind = Kind::released;
    std::string recipient;
    WallTime at;
    Assurance assurance = Assurance::low;
};

struct ListQuery {
    std::optional<AccountId> account;
    // Normalised addresses of one person: what they have sent, which is nothing without an address. Absent: whoever sent it.
    std::optional<std::vector<std::string>> senders;
    std::string text;   // found in id, sender, recipient or message id; empty = all
    int page = 0;       // from 0, newest first
    int per_page = 50;  // 200 at most
};

struct SweepReport {
    int expired = 0;             // keys destroyed
    std::int64_t forgotten = 0;  // envelopes whose facts went
    int slots_removed = 0;       // tickets, abandoned uploads, hosted copies of expired envelopes
};

}  // namespace sealpost::keys
