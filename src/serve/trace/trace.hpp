// trace: what would become of a message, step by step, with where each value comes from. Nothing is sent
// and nothing is counted. It asks the functions that the gateway asks (core/policy, serve/hostfacts, serve/authcheck) and holds
// no logic of its own. A tool for `sealpost trace` and for the pages.
#pragma once

#include "base/clock.hpp"
#include "core/config/node_config.hpp"
#include "core/policy/ruling.hpp"
#include "core/policy/snapshot.hpp"
#include "serve/hostfacts/asker.hpp"
#include "sys/async/task.hpp"
#include "sys/dns/resolver.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::trace {

struct Inquiry {
    policy::ConnectionFacts host;  // listener and ip are known; the rest as far as it is given
    hostfacts::Spared given;       // what is: the rest is asked, or taken as none where that takes DNS and ask_dns is false
    std::string helo;
    std::string mail_from;             // as the client said it, with or without a domain; empty: the null reverse-path
    std::vector<std::string> rcpt_to;  // likewise
    std::string message;               // with CRLF; empty: what hangs on a message is not asked
    bool inside_tls = false;
    std::string user;  // who signed in; empty: nobody
    bool ask_dns = true;
};

struct Parts {
    std::shared_ptr<const policy::Snapshot> snapshot;
    std::shared_ptr<dns::Resolver> resolver;  // not asked without ask_dns; may be null then
    // What knows about hosts; it neither logs nor counts. Not null.
    std::shared_ptr<const hostfacts::Asker> asker;
    const Clock* clock = nullptr;   // outlives the trace
    std::string hostname;           // of the node
    bool verifies_bounces = false;  // it has keys for it, and the listener is a public one
    std::chrono::seconds dns_timeout{10};
    std::chrono::seconds authentication_timeout{20};
};

enum class Stage {
    host_facts,
    host_access_table,
    mail_flow_policy,
    envelope_sender,
    masquerade,
    recipient,
    alias,
    authentication,
    encryption,
    route,
    destination
};
[[nodiscard]] std::string_view format_stage(Stage stage);

enum class Word { ok, refused, undecided, skipped };  // of a step
enum class Outcome { accepted, refused, undecided };
[[nodiscard]] std::string_view format_word(Word word);
[[nodiscard]] std::string_view format_outcome(Outcome outcome);

struct Fact {
    std::string name;
    std::string value;
    std::string from;  // policy | listener | default | row … | rule … | header …; empty: it is a finding
};

struct Step {
    Stage stage = Stage::host_access_table;
    std::string title;  // for people: "Recipient alice@acme.test"
    Word word = Word::ok;
    std::string verdict;  // for people: "TLS_REQUIRED (accept)"
    std::vector<Fact> facts;
    std::string reply;  // "530 5.7.0 Must issue a STARTTLS command first"; empty: none, or 250
};

struct Recipient {
    std::string address;
    Outcome outcome = Outcome::accepted;
    std::string reply;
    bool is_discarded = false;  // accepted, and by an alias or a route it goes to nobody
};

struct Report {
    std::vector<Step> steps;  // in pipeline order
    Outcome outcome = Outcome::accepted;
    std::vector<Recipient> recipients;  // as they were given, in their order
};

// Whether mail to the listener has its bounces verified, unless a policy lets them in.
[[nodiscard]] bool verifies_bounces(const config::NodeConfig& config, std::string_view listener);

Task<Report> run_trace(Parts parts, Inquiry inquiry);

[[nodiscard]] boost::json::object to_json(const Report& report);  // doc/spec/policy-api.md, "Asking what would happen"
// For a terminal; what stands at its built-in default is counted only, unless it is asked for.
[[nodiscard]] std::string format_report(const Report& report, bool with_defaults = false);

}  // namespace sealpost::trace
