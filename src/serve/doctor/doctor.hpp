// doctor: one page about the mail of a domain (doc/spec/doctor.md): what is well, what is not, and what mends
// it. It puts together what other rooms know: the TLS test, advice about SPF, records of DKIM, DMARC and TLS
// reports, whether the host access table takes the hosts of the envelope service, and the DNS lists that it asks. Asks DNS and
// tests mail hosts through what is passed in; changes nothing, sends nothing. Called by cli and node. A failure is a finding
// (`unknown`), never a Fault.
#pragma once

#include "base/language.hpp"
#include "core/policy/snapshot.hpp"
#include "serve/tlstest/domain_test.hpp"
#include "sys/dns/resolver.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sealpost::doctor {

enum class Section { mx, tls, spf, dkim, dmarc, hat, dns_lists, tls_reports };
[[nodiscard]] std::string_view format_section(Section section);

enum class State {
    good,
    note,  // worth knowing, needs nothing
    warn,  // works, better mended
    bad,
    unknown,  // DNS or the network did not answer
};
[[nodiscard]] std::string_view format_state(State state);

struct Finding {
    Section section = Section::mx;
    std::string about;  // "mx1.acme.test 192.0.2.1"; empty: the domain
    State state = State::good;
    Words what;
    Words fix = {};  // empty: nothing to do
};

struct Examination {
    std::string domain;
    std::vector<Finding> findings;  // by section
    boost::json::object sections;   // the evidence, by section

    [[nodiscard]] bool is_healthy() const;      // nothing is bad or unknown
    [[nodiscard]] bool could_not_tell() const;  // only what is unknown stands in the way
};

struct Selector {
    std::string domain;
    std::string selector;
};

struct Parts {
    std::shared_ptr<dns::Resolver> resolver;
    std::function<Task<tlstest::DomainTestResult>(std::string domain)> test;
    std::string include;                               // the envelope service's mail domain; empty: SPF is looked at as it is
    std::vector<IpAddress> send_addresses;             // of that service, as far as they are known
    std::vector<Selector> selectors;                   // that we sign with, or that somebody asked about
    std::shared_ptr<const policy::Snapshot> snapshot;  // null: no mail policies here
    std::vector<policy::ListenerInfo> listeners;
    // This gateway, as mail hosts of the domain are compared with it; empty: nobody says.
    std::string hostname = {};
    std::vector<IpAddress> own_addresses = {};
};

Task<Examination> examine(Parts parts, std::string domain, Deadline deadline);

// The object of doc/spec/doctor.md.
[[nodiscard]] boost::json::object to_json(const Examination& examination, Language language);
// The page for people.
[[nodiscard]] std::string format_text(const Examination& examination, Language language);

}  // namespace sealpost::doctor
