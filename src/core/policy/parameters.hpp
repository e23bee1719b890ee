#pragma once

#include "core/policy/address_table.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::policy {

// What a mail flow policy does with a connection. `go_on` is the field's CONTINUE: the evaluation of
// the host access table goes on with the next group.
enum class Behavior { accept, reject, refuse, relay, go_on };
enum class TlsMode { off, preferred, required };
enum class AuthMode { off, preferred, required };

// What becomes of a message that an authentication method says something about, in order of strength.
enum class AuthAction { accept, mark, defer, reject };
[[nodiscard]] std::string_view format_auth_action(AuthAction action);

// How senders from outside are authenticated (doc/spec/authentication.md). RFC 8601 §2.7 has the words.
struct AuthParameters {
    bool spf = true;
    bool spf_helo = false;
    AuthAction spf_none = AuthAction::accept;
    AuthAction spf_neutral = AuthAction::accept;
    AuthAction spf_softfail = AuthAction::mark;
    AuthAction spf_fail = AuthAction::mark;
    AuthAction spf_temperror = AuthAction::mark;
    AuthAction spf_permerror = AuthAction::mark;
    bool dkim = true;
    AuthAction dkim_none = AuthAction::accept;
    AuthAction dkim_fail = AuthAction::mark;
    AuthAction dkim_temperror = AuthAction::accept;
    AuthAction dkim_permerror = AuthAction::mark;
    bool dmarc = true;
    AuthAction dmarc_reject = AuthAction::reject;
    AuthAction dmarc_quarantine = AuthAction::mark;
    AuthAction dmarc_temperror = AuthAction::mark;
    AuthAction dmarc_undecided = AuthAction::defer;
    AuthAction dmarc_permerror = AuthAction::mark;
    AuthAction dmarc_bad_from = AuthAction::reject;
    bool dmarc_reports = false;
    bool arc = true;
    std::vector<std::string> arc_trusted_sealers;  // lower case
};

[[nodiscard]] std::string_view format_behavior(Behavior behavior);  // accept reject refuse relay continue
[[nodiscard]] std::string_view format_tls_mode(TlsMode mode);

struct SenderDnsReply {
    unsigned code = 553;
    std::string text;
};

// The parameters of a mail flow policy, after inheritance.
struct Parameters {
    TlsMode tls = TlsMode::preferred;
    bool tls_verify_client = false;  // a client certificate that is shown must verify; with required one must be shown
    std::shared_ptr<const AddressTable> tls_mandatory_senders;  // refused without TLS; null: none
    AuthMode auth = AuthMode::off;
    std::uint64_t max_message_bytes = 0;  // key: max_message_size
    unsigned max_line_bytes = 1000;       // key: max_line_length; with CRLF
    unsigned max_recipients_per_message = 0;
    unsigned max_messages_per_connection = 0;
    unsigned max_connections_per_host = 0;
    unsigned max_recipients_per_hour = 0;  // per host; 0: no limit
    unsigned max_recipients_per_hour_code = 452;
    std::string max_recipients_per_hour_text;
    unsigned max_recipients_per_sender = 0;  // in sender_period; 0: no limit
    std::chrono::minutes sender_period{60};  // key: max_recipients_per_sender_minutes
    unsigned max_recipients_per_sender_code = 452;
    std::string max_recipients_per_sender_text;
    std::shared_ptr<const AddressTable> sender_limit_exempt;  // null: none
    unsigned max_invalid_recipients_per_hour = 0;             // directory harvest; 0: no limit
    bool drop_on_invalid_recipients = true;
    unsigned max_invalid_recipients_code = 550;
    std::string max_invalid_recipients_text;
    unsigned host_bits = 32;  // addresses that share so many leading bits are one host to the limits
    unsigned host_bits_v6 = 64;
    std::string hostname;  // in the banner; empty: the node's
    unsigned banner_code = 220;
    std::string banner_text;  // may hold HAT variables, see expand_variables
    unsigned reject_code = 554;
    std::string reject_text;
    bool delay_rejection = false;  // reject at RCPT instead of at the banner
    bool exception_table = false;
    bool sender_dns = false;  // envelope sender DNS verification
    SenderDnsReply sender_malformed, sender_unresolved, sender_nonexistent;
    std::string default_domain;      // completes addresses without one; empty: they are refused
    std::string refused_characters;  // of local parts
    bool accept_untagged_bounces = false;
    bool dkim_sign = true;
    std::string bounce_profile;
    AuthParameters authentication;
};

// One parameter as printed: value as a JSON literal, and where it comes from.
struct ParameterValue {
    std::string name;
    std::string value;  // a JSON literal: "required", 10, true, ["a"]
    std::string from;   // policy | listener | default
};

}  // namespace sealpost::policy
