#pragma once

#include "serve/gateway/client.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sealpost::gateway {

// A recipient that the policy takes.
struct IntakeRecipient {
    smtp::RcptTo rcpt;    // completed, renamed by the domain map; ORCPT says what the client said when aliases change it
    std::string address;  // the same as text
    bool is_alias = false;
    std::vector<std::string> stands_for;  // whom the mail is for; empty: nobody, it is dropped
    bool bypass_limits = false;
    std::string said;  // by the client
};
[[nodiscard]] std::size_t held_bytes(const IntakeRecipient& recipient);  // in memory, about

// RCPT, for one connection: what the policy says, and what only a node knows: harvests, tags of bounces, counts. `client`
// outlives it.
class RecipientChecks {
public:
    explicit RecipientChecks(const Client& client) : client_(client) {}

    void begin_transaction() { alias_recipients_ = 0; }
    // `has_null_sender`: it may be a bounce of mail that we never sent.
    [[nodiscard]] std::variant<IntakeRecipient, smtp::Reply> check(smtp::RcptTo rcpt, bool has_null_sender);
    // What hosts and senders may have within some time; counts the recipient, who is taken when nothing is answered.
    // An empty sender is the null reverse-path.
    [[nodiscard]] std::optional<smtp::Reply> check_limits(const IntakeRecipient& recipient, const std::string& sender);

private:
    [[nodiscard]] std::optional<smtp::Reply> check_harvest() const;
    [[nodiscard]] std::optional<smtp::Reply> verify_bounce(sealpost::mail::Mailbox& recipient, bool has_null_sender) const;
    void count_invalid();
    [[nodiscard]] std::optional<smtp::Reply> check_expansion(const IntakeRecipient& recipient);
    [[nodiscard]] bool has_sender_limit(const std::string& sender) const;

    const Client& client_;
    bool harvest_began_here_ = false;   // it was this connection that reached the limit of invalid recipients
    std::size_t alias_recipients_ = 0;  // in this transaction
};

}  // namespace sealpost::gateway
