// courier: carries one message to the mail hosts of one domain, over SMTP, and reports what became
// of each recipient. It knows hosts, addresses, TLS demands and connections; it knows neither the
// queue's plans nor policy. A Courier and all its connections live on one executor. No failure is an
// exception or a Fault: the report says all of it, for the log and for the delivery report.
#pragma once

#include "base/secret.hpp"
#include "serve/courier/tls_event.hpp"
#include "sys/async/byte_source.hpp"
#include "sys/net/source_addresses.hpp"
#include "sys/net/stream.hpp"
#include "wire/smtp/client_session.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sealpost::courier {

struct Login {
    std::string user;
    Secret password;
};

struct Hop {
    std::string host;  // a name or an address
    std::uint16_t port = 25;
    int priority = 0;                              // lower first; equals in turn
    std::shared_ptr<const Login> login = nullptr;  // only ever sent over TLS
    bool by_mx = false;                            // a mail domain: its MX hosts stand in its place, at Order::mx_port
    std::string mx_of = {};                        // the domain whose MX record, or address, it is; empty: named by a route
    bool mx_secure = false;                        // that answer was validated
    bool mx_unvalidated = false;                   // it could not be, for the moment
};

// What must be true before a message goes out (doc/spec/delivery-tls.md). "Verified" means chain and name of
// the host as it was looked up (the MX host name, as in RFC 7672 §3.2.2 for MX hosts).
enum class TlsDemand {
    none,              // clear text
    preferred,         // TLS when it is offered and agreed; clear text if not offered, or refused before the 220
    required,          // TLS with any certificate
    preferred_verify,  // as preferred; but where there is TLS it must be verified
    required_verify,   // TLS with a verified certificate, or no delivery
    dane,              // what TLSA records say where they are published; else as preferred
    dane_required,     // TLSA records, and TLS that they vouch for
    mta_sts,           // as dane; without TLSA records what the domain's MTA-STS policy says, else as preferred
    proven,            // as dane and MTA-STS say where they are published; else as required_verify. In no policy.
};
[[nodiscard]] std::string_view format_tls_demand(TlsDemand demand);

// Which addresses of a host are tried, and in which order.
enum class AddressFamily { prefer_v6, require_v6, prefer_v4, require_v4 };

// What the destination is to be spared; 0: no limit of its own. The courier counts by Order::domain.
struct Restraint {
    AddressFamily family = AddressFamily::prefer_v6;
    unsigned max_connections = 0;  // at the same time
    unsigned max_messages_per_connection = 0;
    unsigned max_recipients = 0;  // in recipient_period
    std::chrono::minutes recipient_period{60};
};

struct Order {
    std::string domain;  // of the recipients; its MX are asked when route is empty, and only then
    std::vector<Hop> route;
    TlsDemand tls = TlsDemand::preferred;
    bool require_tls = false;  // RFC 8689: only to hosts that prove themselves and offer REQUIRETLS
    // "TLS-Required: No" (RFC 8689 §3): what the recipient's side publishes (DANE, MTA-STS) is passed over; `tls` holds.
    bool tls_not_required = false;
    bool tells_tls = true;    // false: no TlsEvent of this order's connections (RFC 8460 §3: a report about TLS itself)
    smtp::OutgoingMail mail;  // sender, recipients, size, DSN parameters
    std::function<std::unique_ptr<async::ByteSource>()> content;  // from the start, at each call
    std::string helo_name;
    // Ours as a mail host: of the MX hosts of a domain it is tried no more than those behind it (RFC 5321 §5.1). Empty: all are.
    std::string own_name = {};
    net::SourceAddresses from;
    std::uint16_t mx_port = 25;
    Restraint restraint;
    std::int64_t message_id = 0;  // in the queue; for the log
};

// An order was not carried, since TLS did not come up to its demand.
struct TlsFailure {
    std::string domain;
    std::string host;  // may be empty
    TlsDemand demand = TlsDemand::required;
    std::string reason;
};

// What proves that the peer is the host we mean.
enum class TlsProof {
    none,
    pkix,     // chain and name
    mta_sts,  // the same, and the domain's policy lists the host
    dane_ee,  // TLSA
    dane_ta,
};
[[nodiscard]] std::string_view format_tls_proof(TlsProof proof);  // "dane-ee"

struct TlsFacts {
    std::string protocol;
    std::string cipher;
    bool verified = false;    // proven, one way or the other
    std::string problem;      // why not
    std::string fingerprint;  // SHA-256 of the leaf, hexadecimal
    TlsProof proof = TlsProof::none;
};

// One try with one address.
struct Attempt {
    enum class Outcome {
        completed,      // the server answered for each recipient
        unreachable,    // no connection, or it was lost or timed out
        tls_unmet,      // the demand for TLS could not be met: nothing was sent
        utf8_unmet,     // the message needs SMTPUTF8, which the host does not offer: nothing was sent
        refused,        // greeting, EHLO, AUTH or MAIL was refused
        broken,         // the server, or the content, broke the protocol
        undecided,      // what TLS has to prove there could not be found out: nothing was sent
        misconfigured,  // our own address cannot be used: the host was not asked
    };
    std::string host;
    Endpoint endpoint;
    std::string delivery;         // the connection's id in the log; empty: it did not come to one
    bool reused = false;          // on a connection that was open already
    std::optional<TlsFacts> tls;  // absent: clear text, or it did not come so far
    Outcome outcome = Outcome::unreachable;
    smtp::Stage stage = smtp::Stage::connect;
    std::optional<smtp::Reply> reply;  // the one that ended it
    std::string problem;               // or what did
    bool takes_dsn = false;            // the host offered DSN: NOTIFY went on to it (RFC 3461)
    std::string tls_basis;             // what was found out of the host before: "tlsa usable, sts not asked"
    // With tls_unmet: lost, timed out or refused for the moment, or what could have proven the host was not at hand.
    bool may_pass = false;
    bool lost = false;  // with tls_unmet: the connection ended, or fell silent, on the way to TLS
    // How TLS went; absent: not wanted, it did not come so far, or the domain has no part in it.
    std::optional<TlsResult> tls_result = {};
    std::vector<std::size_t> recipients = {};  // in Order::mail.recipients, that it was about; empty: all that were open
};

struct RecipientResult {
    enum class Kind { delivered, deferred, refused };
    std::size_t index = 0;  // in Order::mail.recipients
    Kind kind = Kind::deferred;
    smtp::Reply reply;                   // the server's, or ours with the fitting enhanced code
    bool is_own_word = true;             // it is ours: no host said so
    std::optional<std::size_t> attempt;  // in CarryReport::attempts; absent when no host was tried
    // Deferred, and no host took a transaction: the demand for TLS could not be met at one of them at least; and at each of
    // them, none of which said that it was so for the moment only.
    bool tls_unmet = false;
    bool tls_unmet_everywhere = false;
    // With tls_unmet: one of them at least said neither yes nor no, since its connection was lost on the way to TLS. A host that
    // starts anew looks so, and so does a cut wire.
    bool tls_lost = false;
    // Deferred by a limit of the order's restraint: no host was asked. The time to ask again.
    std::optional<std::chrono::milliseconds> postponed_for = {};
};

struct CarryReport {
    std::vector<RecipientResult> recipients;  // one each, in order
    std::vector<Attempt> attempts;
};

}  // namespace sealpost::courier
