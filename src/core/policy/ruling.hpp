#pragma once

#include "core/policy/authentication.hpp"
#include "core/policy/snapshot.hpp"
#include "wire/mail/header_block.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sealpost::policy {

// The replies that follow from the policy alone, in the order in which a session gives them: what the gateway says,
// what `trace` tells and what the preview of a commit compares. What only a running node knows (counts of the hour, a
// full disk, the network) is not in here.
enum class Stage { connect, mail, rcpt, data, end };
[[nodiscard]] std::string_view format_stage(Stage stage);  // banner MAIL RCPT DATA end
[[nodiscard]] std::optional<Stage> parse_stage(std::string_view word);

enum class Cause {
    accepted,
    undecided,              // the host's name is not known for the moment
    connection_reset,       // no reply at all: code 0
    rejected,               // by behavior, in the banner or for each recipient
    tls_required,           // by the policy
    sign_in_required,       // AUTH
    client_certificate,     // invalid, or none where one must be shown
    too_many_messages,      // on this connection
    too_large,              //
    sender_needs_tls,       // tls_mandatory_senders
    sender_refused,         // exception table
    sender_malformed,       // envelope sender DNS verification: the domain is none,
    sender_nonexistent,     // nothing goes there,
    sender_unresolved,      // or DNS could not be asked about it
    no_domain,              // an address that no default domain completes
    refused_character,      // in an address
    too_many_recipients,    // of this message
    recipient_refused,      // recipient access table
    too_many_aliases,       // an address that stands for too many others
    sender_not_authentic,   // SPF, DKIM, DMARC
    header_not_understood,  // one of ours that says how to seal
    other,                  // not the policy: what was found when it happened
};
// For people, in a few words: "TLS required".
[[nodiscard]] std::string_view format_cause(Cause cause);

struct Ruling {
    Cause cause = Cause::accepted;
    Stage stage = Stage::end;
    unsigned code = 250;
    std::string enhanced_code;
    std::string text;
    std::string matched;  // the row or pattern that decided; may be empty

    [[nodiscard]] bool is_refusal() const { return cause != Cause::accepted; }
};
// "accepted", "connection reset", "530 TLS required", "452 refused at RCPT".
[[nodiscard]] std::string format_ruling(const Ruling& ruling);

enum class ClientCertificate { none, invalid, verified };

// What envelope sender DNS verification found: whether mail to a domain could go anywhere.
enum class SenderDomain {
    not_asked,
    exists,       // it has an MX, A or AAAA record
    nonexistent,  // it has none of them, or a null MX (RFC 7505 §4.2)
    unresolved,   // DNS could not be asked
};
[[nodiscard]] std::string_view format_sender_domain(SenderDomain found);  // not asked | exists | nonexistent | unresolved

struct TransactionFacts {
    std::string sender;               // local@domain, or a local part alone, as the client said; empty: the null reverse-path
    std::uint64_t declared_size = 0;  // SIZE=; 0: not said, or asked about elsewhere
    std::uint64_t size = 0;           // octets of the content; 0: not known, or asked about elsewhere
    bool inside_tls = false;
    ClientCertificate certificate = ClientCertificate::none;
    bool signed_in = false;
    unsigned number = 1;                                   // of the transaction on its connection
    SenderDomain sender_domain = SenderDomain::not_asked;  // nothing is against it then
    std::string hostname = {};                             // of this node; empty: not known
};

// A text of the policy may bring its own enhanced code (RFC 3463), of the class of `code`: "5.1.1 No such user". Otherwise it is
// the class and `detail`.
struct SaidReply {
    std::string enhanced;
    std::string text;
};
[[nodiscard]] SaidReply read_said(unsigned code, std::string_view detail, std::string text);

// AUTH is offered inside TLS only, and where the policy has it.
[[nodiscard]] bool may_sign_in(const ConnectionVerdict& connection, bool inside_tls);
// What AUTH makes of the connection's behavior: whoever signed in may send to anybody.
[[nodiscard]] Behavior find_behavior(const ConnectionVerdict& connection, const TransactionFacts& facts);

// Whom an address stands for by the listener's aliases; itself where none is met. `own_domain` counts as ours besides.
[[nodiscard]] Expansion expand_recipient(const Snapshot& snapshot, std::string_view listener, Behavior behavior,
                                         const std::string& address, std::string_view own_domain = {});

// An address as the policy's tables see it: with the default domain where it has none, and under the name that the domain
// map gives its domain (recipients only). RFC 5321 §4.5.1: a postmaster without any domain is the one of `hostname`, or of a
// domain of ours above it (find_postmaster_domain).
[[nodiscard]] std::string complete_address(const ConnectionVerdict& connection, std::string_view address);
[[nodiscard]] std::string map_recipient(const Snapshot& snapshot, const ConnectionVerdict& connection, std::string_view listener,
                                        std::string_view address, std::string_view hostname = {});

// Whether the policy wants DNS to be asked about the sender's domain: envelope sender DNS verification is on, nothing
// else is against the sender before it, and the exception table does not spare it.
[[nodiscard]] bool wants_sender_domain(const Snapshot& snapshot, const ConnectionVerdict& connection, const ConnectionFacts& host,
                                       const TransactionFacts& facts);

[[nodiscard]] Ruling decide_admission(const ConnectionVerdict& connection, const ConnectionFacts& facts);
[[nodiscard]] Ruling decide_mail(const Snapshot& snapshot, const ConnectionVerdict& connection, const ConnectionFacts& host,
                                 const TransactionFacts& facts);

// What RCPT is answered, and when the recipient is taken, who it is.
struct RecipientRuling {
    Ruling ruling;
    std::string address;         // map_recipient()
    bool bypass_limits = false;  // of its row in the recipient access table
    // Whom it stands for: itself, where it meets no alias. "user@" is about our own domains: our people's mail to
    // strangers of that name goes to them.
    Expansion expansion = {};
};
// `taken`: how many recipients of this message were accepted before; `address` as the client said it. A postmaster
// without a domain is taken whatever the recipient access table says, also when the default domain completes it.
[[nodiscard]] RecipientRuling decide_rcpt(const Snapshot& snapshot, const ConnectionVerdict& connection,
                                          const ConnectionFacts& host, const TransactionFacts& facts, unsigned taken,
                                          std::string_view address);
// At RCPT with the result of SPF alone, at the end with everything. Mail of our own is not judged.
[[nodiscard]] Ruling decide_authenticity(const ConnectionVerdict& connection, const TransactionFacts& facts,
                                         const AuthFacts& found, Stage stage);
// What a head may be as it comes in. Less than HeaderLimits, by which every reader behind us goes: results,
// trace fields, a seal and signatures of ours must still fit on top of it, or mail that was taken would bounce.
inline constexpr mail::HeaderLimits intake_limits{.max_bytes = 192 * 1024, .max_fields = 1900};
inline constexpr std::size_t max_hops = 100;  // RFC 5321 §6.3: at least 100 Received fields is a loop
[[nodiscard]] Ruling decide_head_size(std::size_t bytes);
// Where the head ends in `beginning`, which reaches behind its empty line or is the whole message, or is larger than a head may
// be. Programs of our own hand in text without either, and hosts that pass mail on for us take it as it is; from outside it is a
// broken head. Of more than a head may have nothing is looked at but that: text whose first 192 KiB hold no field is text.
[[nodiscard]] std::size_t decide_end_of_head(std::string_view beginning, bool is_outgoing);
[[nodiscard]] Ruling decide_head(const Result<mail::HeaderBlock>& head);  // parsed within intake_limits

// What stands against sealing a message so: a header of ours that nobody understands, or an expiry that is over. Nothing
// stands against what leaves in clear form.
[[nodiscard]] Ruling decide_sealing(const EncryptionDecision& decision, WallTime now);
// `longest` of the content, in octets with its line end.
[[nodiscard]] Ruling decide_lines(const ConnectionVerdict& connection, std::size_t longest);
[[nodiscard]] Ruling decide_size(const ConnectionVerdict& connection, const TransactionFacts& facts);

}  // namespace sealpost::policy
