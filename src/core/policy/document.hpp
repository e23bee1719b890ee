#pragma once

#include "core/config/tree.hpp"
#include "core/policy/parameters.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::policy {

using config::Problem;

// The policy document as written (doc/spec/policy.md), checked but not compiled. Lines are those of
// the text it was read from.
struct MailFlowPolicy {
    std::string name;
    int line = 0;
    Behavior behavior = Behavior::accept;
    std::map<std::string, config::Value> own;  // the parameters it sets itself
};

// Parameters that the policies of a listener inherit, and what an undecided host meets there.
struct ListenerDefaults {
    std::string listener;  // empty: every listener
    int line = 0;
    std::optional<bool> defer_undecided;
    std::map<std::string, config::Value> own;
};

struct SenderEntry {
    std::string text;     // as written, without the annotation
    std::string comment;  // "(current range)" without its parentheses
    int line = 0;
};

struct SenderGroup {
    std::string name;
    std::string listener;
    int line = 0;
    int order = 0;       // 1-based, unique per listener
    std::string policy;  // empty: CONTINUE (no policy)
    std::string comment;
    std::vector<SenderEntry> senders;
    bool takes_no_ptr = false;        // host_checks: the connecting host has no PTR record
    bool takes_ptr_failed = false;    // the PTR lookup failed for the moment
    bool takes_ptr_mismatch = false;  // the PTR does not lead back to the address
};

// A row of the recipient access table.
struct RecipientRow {
    std::vector<std::string> addresses;  // user@domain, user@, domain, .domain, ALL
    std::vector<std::string> listeners;  // empty: every public listener
    int line = 0;
    bool accept = true;
    bool bypass_limits = false;  // not counted for recipients per hour
    unsigned code = 550;
    std::string text;
};

struct RouteHost {
    unsigned priority = 0;
    std::string host;  // name or address
    std::uint16_t port = 25;
    bool by_mx = false;  // a name without a port: a mail domain, whose MX hosts come first
};

struct Route {
    std::string domain;  // domain, .domain or ALL
    int line = 0;
    enum class Kind { hosts, use_dns, discard } kind = Kind::hosts;
    std::vector<RouteHost> hosts;  // by priority, then as written
    std::string login;             // the [[smtp_login]] of the node; empty: none
};

// What TLS to the destination has to be and to prove: doc/spec/delivery-tls.md.
enum class TlsLevel { none, preferred, required, preferred_verify, required_verify, dane, dane_required, mta_sts };
enum class AddressFamily { prefer_v6, require_v6, prefer_v4, require_v4 };
[[nodiscard]] std::string_view format_tls_level(TlsLevel level);
[[nodiscard]] std::string_view format_address_family(AddressFamily family);

struct Destination {
    std::string domain;  // domain, .domain or ALL
    int line = 0;
    TlsLevel tls = TlsLevel::preferred;
    AddressFamily family = AddressFamily::prefer_v6;
    unsigned max_connections = 0;
    unsigned max_messages_per_connection = 0;
    unsigned max_recipients = 0;  // in recipient_minutes; 0: no limit
    unsigned recipient_minutes = 60;
    std::string bounce_profile;  // empty: that of the connection's policy
    bool tag_sender = false;     // bounce verification
    bool is_suspended = false;   // mail for it waits, untried
};

// How long delivery is tried, and what the sender hears of it.
struct BounceProfile {
    std::string name;
    int line = 0;
    unsigned max_attempts = 100;
    std::chrono::seconds max_age{};
    std::chrono::seconds first_retry{};
    std::chrono::seconds max_interval{};
    bool send_bounces = true;
    std::chrono::seconds delay_warning_after{};  // 0: never
    unsigned max_delay_warnings = 1;
    enum class Original { headers, small, full } original = Original::small;
    std::string alternate_recipient;  // empty: the sender
};

struct AddressList {
    std::string name;
    int line = 0;
    std::vector<std::string> addresses;  // patterns in normal form
};

// Recipients that stand for others. `to` are whole addresses, or the one word "/dev/null"; "@domain"
// keeps the local part.
struct Alias {
    std::vector<std::string> addresses;  // patterns in normal form
    std::vector<std::string> to;
    std::vector<std::string> listeners;  // empty: all
    int line = 0;
};

// Sender addresses that the world sees under another name. `to` is a whole address, or "@domain".
struct Masquerade {
    std::vector<std::string> from;
    std::string to;
    bool envelope = true;
    bool headers = true;
    std::vector<std::string> listeners;
    int line = 0;
};

// Recipient domains that stand for others; ".domain" keeps what stood before the suffix.
struct DomainMap {
    std::vector<std::string> from;
    std::string to;
    std::vector<std::string> listeners;
    int line = 0;
};

enum class Assurance { low, mailbox, account, strong };
enum class EnvelopeDelivery { attachment, hosted, both };
[[nodiscard]] std::string_view format_assurance(Assurance assurance);
[[nodiscard]] std::string_view format_envelope_delivery(EnvelopeDelivery delivery);

struct EncryptionProfile {
    std::string name;
    int line = 0;
    Assurance assurance = Assurance::mailbox;
    std::chrono::seconds expires_after{};  // 0: serve/sealer's longest life, ten years
    EnvelopeDelivery delivery = EnvelopeDelivery::both;
    std::string attachment_name;
    std::uint64_t attachment_max_bytes = 0;  // a larger sealed part is hosted only
    bool neutral_subject = false;            // subject = "neutral"
    std::string neutral_subject_text;
    bool reply = true;
    bool reply_all = true;
    bool forward = false;
    bool receipt = true;
    std::string language;  // en | fr | auto: the person's own choice
    std::string logo;      // data:image/png;base64,… or empty
};

enum class SealAction { seal, clear, if_tls_fails };
[[nodiscard]] std::string_view format_seal_action(SealAction action);

struct HeaderCondition {
    std::string name;
    std::string value;
};

// All conditions that are given must hold; of one condition's entries any.
struct EncryptionRule {
    std::string name;
    int line = 0;
    std::vector<std::string> listeners;
    std::vector<std::string> senders;  // address patterns
    std::vector<std::string> recipients;
    std::vector<std::string> subject_contains;
    std::vector<std::string> subject_matches;      // RE2
    std::vector<HeaderCondition> header_contains;  // "Name: text"
    std::vector<HeaderCondition> header_matches;   // "Name: RE2"
    SealAction action = SealAction::seal;
    std::string profile;
    bool strip_subject_tag = false;
    bool own_domains = false;  // also for recipients whom our RAT accepts
};

struct ExceptionRow {
    std::vector<std::string> addresses;  // sender patterns
    int line = 0;
    bool allow = true;
    unsigned code = 553;
    std::string text;
};

struct Document {
    std::string text;  // the source; what `policy export` prints
    std::vector<MailFlowPolicy> policies;
    std::vector<ListenerDefaults> listener_defaults;
    std::vector<SenderGroup> groups;
    std::vector<RecipientRow> recipients;
    std::vector<Route> routes;
    std::vector<Destination> destinations;
    std::vector<EncryptionProfile> profiles;
    std::vector<EncryptionRule> rules;
    std::vector<ExceptionRow> exceptions;
    std::vector<BounceProfile> bounce_profiles;
    std::vector<AddressList> address_lists;
    std::vector<Alias> aliases;
    std::vector<Masquerade> masquerades;
    std::vector<DomainMap> domain_maps;
};

struct ParsedDocument {
    std::optional<Document> document;  // absent when there are problems
    std::vector<Problem> problems;
    std::vector<Problem> notes;  // duplicates dropped
};

// Checks the whole text (16 MiB at most). `name` stands for the file in the problems.
[[nodiscard]] ParsedDocument parse_document(std::string_view text, std::string_view name);

// Every table and key with type, default and range, as doc/spec/policy.md lists them.
[[nodiscard]] std::string explain_document();
// What `policy explain [KEY]` prints: one table, one key, or everything. Absent for unknown keys.
[[nodiscard]] std::optional<std::string> explain_key(std::string_view key);
[[nodiscard]] std::vector<std::string> find_similar_keys(std::string_view key);

}  // namespace sealpost::policy
