// tlstest: does mail for a domain travel over TLS that verifies, on every address of every host that
// its MX records name? Connects, says EHLO, STARTTLS, EHLO, QUIT, and never mails anything. Called by
// the CLI, the portal and whoever watches the TLS-reply domains. A failure is a finding, not a Fault.
#pragma once

#include "base/language.hpp"
#include "serve/tlstest/missing_issuer.hpp"
#include "sys/net/source_addresses.hpp"
#include "sys/tls/context.hpp"
#include "wire/route/mail_hosts.hpp"
#include "wire/route/mta_sts.hpp"
#include "wire/route/tls_finding.hpp"

#include <boost/json/object.hpp>

#include <functional>

namespace sealpost::tlstest {

struct HostResult {
    std::string mx;
    std::uint16_t preference = 0;
    std::string address;  // empty when the host has none
    route::TlsVerdict verdict = route::TlsVerdict::unreachable;
    std::string detail;
    bool was_asked = true;     // false: it could not be, by a fault of our own, and the verdict says nothing
    bool is_left_out = false;  // it was not tried: there are more than a test looks at, so that the domain is not ready
    std::string protocol;      // empty when there was no handshake
    std::string cipher;
    std::vector<crypto::Certificate> chain;  // as sent
    std::optional<std::size_t> faulty;       // which of it is at fault; its length: one behind the last, which was not sent
    std::optional<MissingIssuer> missing;    // when the chain ends before its root
    std::vector<std::string> notes;          // what is wrong without being decisive, such as an MX that is an alias
};

enum class DomainProblem { none, no_mail_host, null_mx, dns_failure };
[[nodiscard]] std::string_view format_problem(DomainProblem problem);  // "none" is for us only: null in JSON

// What DANE says of the domain's hosts (doc/spec/delivery-tls.md).
struct DaneHost {
    enum class Verdict {
        insecure,  // DNSSEC does not reach it: DANE says nothing
        none,      // no TLSA records
        unusable,  // none that can be used: TLS is mandatory, and they prove nothing
        failed,    // could not be looked up: mail waits
        untested,  // usable records, and no address showed a certificate
        ok,
        mismatch,  // on one address at least
    };
    std::string mx;
    std::vector<std::string> tlsa;  // "3 1 1 ab12…"
    Verdict verdict = Verdict::insecure;
};
[[nodiscard]] std::string_view format_verdict(DaneHost::Verdict verdict);

struct DaneFinding {
    enum class Status { none, not_signed, usable, invalid, failed };
    Status status = Status::none;
    std::vector<DaneHost> hosts;  // by preference, then name
};
[[nodiscard]] std::string_view format_status(DaneFinding::Status status);  // "unsigned"

struct StsReport {
    enum class Status { none, ok, problem };
    Status status = Status::none;
    std::optional<route::StsPolicy> policy;  // absent: none, or it cannot be had
    std::string problem;
    std::vector<std::string> uncovered;  // MX hosts that it does not list
    bool forbids = false;                // it is enforced, and one of them is not proven by DANE: mail does not go there
    bool could_not_tell = false;         // DNS did not answer
};
[[nodiscard]] std::string_view format_status(StsReport::Status status);

struct DomainTestResult {
    std::string domain;
    DomainProblem problem = DomainProblem::none;
    std::string problem_detail;
    std::vector<HostResult> hosts;  // by preference, name, address
    DaneFinding dane;
    StsReport mta_sts;

    // Every address of every MX host is ok, and no enforced MTA-STS policy leaves a host out.
    [[nodiscard]] bool ready() const;
    // DNS failed, or hosts could not be asked, and nothing that was found speaks against the domain.
    [[nodiscard]] bool could_not_tell() const;
};

struct DomainTestOptions {
    std::uint16_t port = 25;
    std::chrono::milliseconds timeout{30'000};  // for the whole test
    std::size_t concurrency = 16;               // connections at a time
    std::size_t max_addresses = 256;            // over all hosts; those beyond are reported as not tested
    std::string helo_name = "localhost";
    net::SourceAddresses from = {};
    std::shared_ptr<const IssuerFetcher> fetcher = nullptr;  // null: a missing certificate is named, not fetched
    // Addresses that it says no to are told as not tested, and no policy is fetched from them; absent: all will do.
    std::function<bool(const IpAddress&)> may_test;
    // Progress, on the task's executor: how many results there will be, when that is known, and each of them.
    std::function<void(std::size_t)> on_expected;
    std::function<void(const HostResult&)> on_result;
    std::uint16_t mta_sts_port = 443;
    route::StsFinder find_sts = {};  // in place of the look at what is published now
};

Task<DomainTestResult> test_domain(dns::Resolver& resolver, std::shared_ptr<const tls::ClientContext> context, std::string domain,
                                   DomainTestOptions options);

// What mends it. Empty when nothing is to be mended.
[[nodiscard]] Words fix_of(route::TlsVerdict verdict, bool was_asked);  // HostResult's
[[nodiscard]] Words fix_of_left_out();
[[nodiscard]] Words fix_of(const HostResult& host);
[[nodiscard]] Words fix_of(const DaneHost& host);
[[nodiscard]] Words fix_of(const StsReport& report);

// Exactly the object of tls-test.md and one of its hosts, without `fix`: what is kept is for readers of any language.
[[nodiscard]] boost::json::object to_json(const DomainTestResult& result);
[[nodiscard]] boost::json::object to_json(const HostResult& host);
// With it, and so all of tls-test.md.
[[nodiscard]] boost::json::object to_json(const DomainTestResult& result, Language language);
// A table for people, with what to do about each host that is not ok.
[[nodiscard]] std::string format_table(const DomainTestResult& result, Language language);

}  // namespace sealpost::tlstest
