// policy: what the gateway decides, as pure functions: facts in, verdict out. The document that
// people write (document.hpp) is compiled into an immutable Snapshot; a commit swaps snapshots, and
// a connection keeps the one it began with. Nothing here resolves a name or opens a socket; a fact
// that is not known for the moment (host state `temporary`) leads to an `undecided` verdict, never to
// a weaker policy. A Snapshot may be used by any number of threads.
#pragma once

#include "base/ip_address.hpp"
#include "core/config/node_config.hpp"
#include "core/policy/document.hpp"
#include "core/policy/parameters.hpp"
#include "core/policy/rewrite.hpp"

#include <boost/json/object.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sealpost::policy {

using config::ListenerKind;

struct ListenerInfo {
    std::string name;
    ListenerKind kind = ListenerKind::public_mail;
    bool has_certificate = true;
    bool implicit_tls = false;
};
[[nodiscard]] std::vector<ListenerInfo> list_listeners(const config::NodeConfig& config);

// What else a document may ask of its node.
struct NodeFacts {
    std::vector<std::string> logins;  // names of [[smtp_login]]
    bool has_bounce_keys = false;     // [bounce_verification] key_files
    bool shares_store = false;        // and with it the policy, with nodes that may have other listeners
    std::string hostname = {};        // empty: not known
};
[[nodiscard]] NodeFacts describe_node(const config::NodeConfig& config);

// What a new store of a node with these listeners holds: the predefined policies and groups.
[[nodiscard]] std::string default_document(const std::vector<ListenerInfo>& listeners);

// What is known of the connecting host's names: PTR, then forward lookup back to the address.
enum class HostState { verified, none, temporary, mismatch };
[[nodiscard]] std::string_view format_host_state(HostState state);

struct ConnectionFacts {
    std::string listener;
    IpAddress ip;
    HostState host_state = HostState::none;
    std::string host;  // only with verified
    // What else is known of the host, as far as some sender of the listener asks for it.
    std::vector<std::string> dns_lists = {};    // zones that list the address
    std::string country = {};                   // ISO 3166-1 alpha-2, upper case; empty: not known
    std::optional<double> reputation = {};      // -10.0 … 10.0; absent: none
    std::vector<std::string> other_hosts = {};  // only with verified: its further verified names
    // Names whose forward lookup fails for the moment. None with `temporary`: it could have any name.
    std::vector<std::string> open_hosts = {};
};

using ParameterOrigins = std::vector<ParameterValue>;  // every parameter with its value and where it comes from
[[nodiscard]] std::shared_ptr<const Parameters> no_parameters();
[[nodiscard]] std::shared_ptr<const ParameterOrigins> no_origins();

struct ConnectionVerdict {
    std::string sender_group;  // "ALL" when no group matched
    int order = 0;             // 0 for ALL
    std::string matched;       // the entry as written; "ALL"; "host_checks: no_ptr"
    std::string matched_by;    // as format_sender_kind() says, or host_check
    std::string policy;
    Behavior behavior = Behavior::reject;
    // A host-name sender of an earlier group could have matched, and the name is not known for the
    // moment: answer 421/451 and count it. Group and policy are what is met without that name.
    bool undecided = false;
    std::string undecided_group;  // the earliest group that could have matched
    // Of the policy: each connection keeps its verdict, and a copy of these would be most of what it needs. Never null.
    std::shared_ptr<const Parameters> parameters = no_parameters();
    std::shared_ptr<const ParameterOrigins> origins = no_origins();
    std::vector<std::string> passed_groups;  // groups that matched and said CONTINUE
};
// The object that `hat check` prints (interfaces.md).
[[nodiscard]] boost::json::object to_json(const ConnectionVerdict& verdict);

// What others must be asked about a host before decide_connection(): nothing that could not change it.
struct WantedFacts {
    std::vector<std::string> dns_lists = {};  // zones, each once, in the order of the table
    bool country = false;
    bool reputation = false;

    [[nodiscard]] bool empty() const { return dns_lists.empty() && !country && !reputation; }
};

// $Group $Hostname $RemoteIP $HATEntry $OrgID in banners and texts, in any case.
[[nodiscard]] std::string expand_variables(std::string_view text, const ConnectionVerdict& verdict, const ConnectionFacts& facts);

// A row that an address meets in the RAT or the exception table.
struct RecipientVerdict {
    bool accept = false;
    std::string matched;  // the row's address as written; "ALL"; "relay" when the RAT was skipped
    bool bypass_limits = false;
    unsigned code = 550;
    std::string text;               // empty: nothing is said about it
    bool is_of_own_domain = false;  // this listener takes mail for some address of the domain
};

struct SenderVerdict {
    bool accept = true;
    bool needs_tls = false;  // refused now, welcome inside TLS (530)
    bool excepted = false;   // the exception table said allow: DNS is not asked about its domain
    std::string matched;
    unsigned code = 553;
    std::string text;
};

// Envelope sender DNS verification, before anybody is asked: whether a sender's domain is none (fewer than two
// labels). An address literal is whole.
[[nodiscard]] bool is_malformed_domain(std::string_view domain);
// Whether a local part holds one of the characters that a policy refuses.
[[nodiscard]] bool has_refused_character(const Parameters& parameters, std::string_view local);

// A message as the encryption rules see it.
struct MessageFacts {
    std::string listener;
    bool outgoing = false;  // relayed by policy or sent by an authenticated user
    std::string sender;
    std::string subject;                                       // decoded (RFC 2047)
    std::vector<std::pair<std::string, std::string>> headers;  // name, unfolded value, in order
};

struct EncryptionDecision {
    SealAction action = SealAction::clear;
    std::string action_from;    // header X-Sealpost-Seal | rule NAME | default
    EncryptionProfile profile;  // with what headers changed; meaningless for `clear`
    std::string profile_from;
    std::optional<std::string> expires_at_text;  // an absolute date from a header, RFC 3339
    // name → origin of every setting that a header changed: reply, forward, expires_after …
    std::vector<std::pair<std::string, std::string>> changed_by;
    std::optional<std::string> subject;  // the subject without its tag, when a rule says so
    std::vector<std::string> notes;      // header values that were not understood
    std::string unreadable;              // the first header of those that sealing hangs on; empty: none
    std::string unreadable_hint;         // how it is to be written; empty: nothing to say
};

// Whether a header is one of ours (X-Sealpost-…, X-PostX-…): removed before sending.
[[nodiscard]] bool is_control_header(std::string_view name);
// Whether it is one that says how a message is sealed: taken out of what comes from outside, too.
[[nodiscard]] bool is_steering_header(std::string_view name);

// What the document asks about a host although this node has no source that would know it.
[[nodiscard]] std::vector<Problem> find_source_warnings(const Document& document, const config::NodeConfig& config);

// That no public listener accepts any recipient. Not among those of compile(): every node begins so.
[[nodiscard]] std::vector<Problem> find_recipient_warnings(const Document& document, const std::vector<ListenerInfo>& listeners);

// Both: what a document is to be warned of beside this node, wherever somebody looks at its warnings.
[[nodiscard]] std::vector<Problem> find_node_warnings(const Document& document, const config::NodeConfig& config);

class HostTable;

class Snapshot {
public:
    struct Compiled {
        std::shared_ptr<const Snapshot> snapshot;  // null when there are problems
        std::vector<Problem> problems;
        std::vector<Problem> warnings;
    };
    // Resolves every name in the document. `listeners` are those of this node; empty: not checked,
    // and every listener that the document names is taken as public. `node` absent: not checked.
    [[nodiscard]] static Compiled compile(Document document, const std::vector<ListenerInfo>& listeners, std::int64_t version = 0,
                                          std::optional<NodeFacts> node = {});
    ~Snapshot();
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

    [[nodiscard]] std::int64_t version() const;
    [[nodiscard]] const Document& document() const;

    // What some sender of the listener asks about.
    [[nodiscard]] WantedFacts find_wanted_facts(std::string_view listener) const;
    // The same for a host of this address: what only stands behind the group that takes it anyway is left out.
    [[nodiscard]] WantedFacts find_wanted_facts(std::string_view listener, const IpAddress& ip) const;
    // An unknown listener meets BLOCKED.
    [[nodiscard]] ConnectionVerdict decide_connection(const ConnectionFacts& facts) const;
    // `behavior` is the connection's (relay for an authenticated user): relay skips the RAT.
    // `address` is local@domain, without angle brackets.
    [[nodiscard]] RecipientVerdict decide_recipient(std::string_view listener, Behavior behavior, std::string_view address) const;
    // The exception table, then tls_mandatory_senders; an empty address is the null sender.
    [[nodiscard]] SenderVerdict decide_sender(const ConnectionVerdict& connection, bool inside_tls,
                                              std::string_view address) const;
    // Whether a client can be inside TLS there. Of a listener that nobody knows: no.
    [[nodiscard]] bool offers_tls(std::string_view listener, const ConnectionVerdict& connection) const;
    // Null for a listener that nobody knows. Domain map, aliases and masquerading; good as long as the snapshot is.
    [[nodiscard]] const RewriteTables* find_rewriting(std::string_view listener) const;
    // For one recipient; MessageEncryption for several.
    [[nodiscard]] EncryptionDecision decide_encryption(const MessageFacts& facts, std::string_view recipient) const;
    // Whether the RAT of some public listener accepts the domain.
    [[nodiscard]] bool is_own_domain(std::string_view domain) const;
    // RFC 5321 §4.5.1: whose postmaster one without a domain is, on a node of this name. The node's own where an alias, the
    // domain map or a route leads on from it, else that of the closest domain above it whose postmaster a RAT takes or an alias
    // names.
    [[nodiscard]] std::string find_postmaster_domain(std::string_view listener, std::string_view hostname) const;
    // The route of a domain: exact, then the longest .suffix, then ALL; null: use DNS.
    [[nodiscard]] const Route* find_route(std::string_view domain) const;
    // Never null: the document's, or the built-in default.
    [[nodiscard]] const Destination& find_destination(std::string_view domain) const;
    [[nodiscard]] bool is_suspended(std::string_view domain) const;  // by its destination, or with all others
    [[nodiscard]] bool suspends_all() const;
    [[nodiscard]] const EncryptionProfile* find_profile(std::string_view name) const;
    // Never null for a name that the document was allowed to use; an empty name is "default".
    [[nodiscard]] const BounceProfile* find_bounce_profile(std::string_view name) const;
    // Whether some destination tags senders: only then a bounce without a tag means something.
    [[nodiscard]] bool tags_senders() const;

    struct State;  // snapshot_state.hpp; for this room only

private:
    friend class MessageEncryption;
    explicit Snapshot(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// The encryption rules about one message. What they ask of the message itself is answered once, however many recipients
// it has. On one thread; both outlive it.
class MessageEncryption {
public:
    MessageEncryption(const Snapshot& snapshot, const MessageFacts& facts);
    ~MessageEncryption();
    MessageEncryption(const MessageEncryption&) = delete;
    MessageEncryption& operator=(const MessageEncryption&) = delete;

    [[nodiscard]] EncryptionDecision decide(std::string_view recipient);

private:
    struct Answers;
    [[nodiscard]] std::size_t find_rule(std::string_view recipient);
    [[nodiscard]] bool message_holds(std::size_t rule);
    [[nodiscard]] EncryptionDecision decide_by(std::size_t rule) const;

    const Snapshot& snapshot_;
    const MessageFacts& facts_;
    std::unique_ptr<Answers> answers_;
};

}  // namespace sealpost::policy
