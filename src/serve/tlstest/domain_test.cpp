#include "serve/tlstest/domain_test.hpp"

#include "serve/mtasts/policy_finder.hpp"
#include "serve/tlstest/domain_policies.hpp"
#include "serve/tlstest/host_probe.hpp"
#include "sys/async/task_group.hpp"
#include "wire/mail/mailbox.hpp"

#include <algorithm>
#include <map>

namespace sealpost::tlstest {
namespace {

using route::TlsVerdict;

// A name server may answer with thousands of either; each would be a line of the report.
constexpr std::size_t most_hosts = 32;
constexpr std::size_t most_addresses_of_a_host = 64;

struct Lookup {
    route::MailHost host;
    dns::Addresses addresses;        // the first of them
    std::size_t more_addresses = 0;  // that are not looked at
    route::TlsaSet tlsa;
};

// An address to look at, and the host that it belongs to.
struct Probe {
    std::size_t host = 0;    // of result.hosts
    std::size_t lookup = 0;  // of lookups, and of result.dane.hosts
};

struct Test {
    dns::Resolver& resolver;
    std::shared_ptr<const tls::ClientContext> context;
    std::shared_ptr<const tls::ClientContext> lenient;
    const DomainTestOptions& options;
    Deadline deadline;
    DomainTestResult result;
    std::vector<Lookup> lookups;
    std::vector<Probe> to_probe = {};
    std::vector<std::vector<Probe>> lanes = {};  // of to_probe: what is done one after the other
    bool is_signed = false;                      // the MX answer was validated
    route::StsFinding sts = {};
    std::size_t next = 0;
    std::chrono::steady_clock::duration time_for_one{};

    void add(HostResult host)
    {
        if (options.on_result) options.on_result(host);
        result.hosts.push_back(std::move(host));
    }
};

DomainProblem problem_for(route::MailHosts::Status status)
{
    switch (status) {
        case route::MailHosts::Status::found:
        case route::MailHosts::Status::implicit: return DomainProblem::none;
        case route::MailHosts::Status::null_mx: return DomainProblem::null_mx;
        case route::MailHosts::Status::no_mail_host: return DomainProblem::no_mail_host;
        case route::MailHosts::Status::dns_failure: return DomainProblem::dns_failure;
    }
    return DomainProblem::dns_failure;
}

// A host listed twice is tested once, at its better preference.
std::vector<route::MailHost> each_host_once(const std::vector<route::MailHost>& hosts)
{
    std::vector<route::MailHost> once;
    for (const route::MailHost& host : hosts) {
        const bool known = std::any_of(once.begin(), once.end(), [&](const auto& other) { return other.name == host.name; });
        if (!known) once.push_back(host);
    }
    return once;
}

// All tasks of one kind share a cursor, so that no more than `concurrency` run at a time.
template <class Work>
Task<void> run_bounded(Test& test, std::size_t count, Work work)
{
    Executor executor = co_await async::this_executor();
    test.next = 0;
    async::TaskGroup group(executor);
    for (std::size_t i = 0; i < std::min(count, std::max<std::size_t>(test.options.concurrency, 1)); ++i) group.spawn(work(test));
    co_await group.join();
}

void leave_out_many(Lookup& lookup)
{
    auto& addresses = lookup.addresses.addresses;
    if (addresses.size() <= most_addresses_of_a_host) return;
    lookup.more_addresses = addresses.size() - most_addresses_of_a_host;
    addresses.resize(most_addresses_of_a_host);
}

Task<void> look_up_hosts(Test& test)
{
    while (test.next < test.lookups.size()) {
        Lookup& lookup = test.lookups[test.next++];
        dns::Addresses addresses = co_await dns::find_addresses(test.resolver, lookup.host.name, test.deadline);
        lookup.addresses = std::move(addresses);
        // Name servers turn the order from answer to answer; two tests of one domain should read the same.
        std::sort(lookup.addresses.addresses.begin(), lookup.addresses.addresses.end());
        leave_out_many(lookup);
        lookup.tlsa.status = route::TlsaSet::Status::insecure;
        if (!test.is_signed || lookup.addresses.addresses.empty()) continue;
        route::TlsaSet tlsa =
            co_await route::find_tlsa(test.resolver, lookup.host.name, test.options.port, lookup.addresses, test.deadline);
        lookup.tlsa = std::move(tlsa);
    }
}

HostResult begin_result(const route::MailHost& host)
{
    HostResult result;
    result.mx = host.name;
    result.preference = host.preference;
    return result;
}

void note_missing_addresses(Test& test, const Lookup& lookup)
{
    if (!lookup.addresses.complete) {
        test.result.problem = DomainProblem::dns_failure;
        test.result.problem_detail = "the addresses of " + lookup.host.name + ": " + lookup.addresses.problem;
        return;
    }
    HostResult none = begin_result(lookup.host);
    none.detail =
        lookup.addresses.status == dns::Status::no_such_name ? "the host name does not exist" : "the host name has no address";
    test.add(std::move(none));
}

// Mail waits for TLSA records that cannot be looked up (RFC 7672 §2.1.2), and so does the verdict.
void note_tlsa(Test& test, const Lookup& lookup)
{
    test.result.dane.hosts.push_back(begin_dane_host(lookup.host.name, lookup.tlsa));
    if (lookup.tlsa.status != route::TlsaSet::Status::failed) return;
    test.result.problem = DomainProblem::dns_failure;
    test.result.problem_detail = lookup.tlsa.problem;
}

void note_left_out(Test& test, const route::MailHost& host, const std::string& what)
{
    HostResult left_out = begin_result(host);
    left_out.detail = "not tested: " + what;
    left_out.is_left_out = true;
    test.add(std::move(left_out));
}

void plan_probes(Test& test, std::size_t at)
{
    const Lookup& lookup = test.lookups[at];
    note_tlsa(test, lookup);
    if (lookup.addresses.addresses.empty() || !lookup.addresses.complete) note_missing_addresses(test, lookup);
    for (const IpAddress& address : lookup.addresses.addresses) {
        HostResult planned = begin_result(lookup.host);
        planned.address = format_ip(address);
        // RFC 5321 §5.1 wants an address record at the exchange; RFC 2181 §10.3 forbids an alias.
        if (!lookup.addresses.canonical_name.empty())
            planned.notes.push_back("the MX host is an alias (CNAME) of " + lookup.addresses.canonical_name +
                                    "; it should be a host itself");
        if (test.options.may_test && !test.options.may_test(address)) {
            planned.detail = "not tested: the address is not public";
            test.add(std::move(planned));
            continue;
        }
        if (test.to_probe.size() == test.options.max_addresses) {
            planned.detail = "not tested: the domain has more than " + std::to_string(test.options.max_addresses) + " addresses";
            planned.is_left_out = true;
            test.add(std::move(planned));
            continue;
        }
        test.to_probe.push_back({test.result.hosts.size(), at});
        test.result.hosts.push_back(std::move(planned));
    }
    if (lookup.more_addresses > 0)
        note_left_out(test, lookup.host, std::to_string(lookup.more_addresses) + " more addresses of the host");
}

void fill(HostResult& host, const ProbeResult& probed)
{
    host.verdict = probed.finding.verdict;
    host.detail = probed.finding.detail;
    host.faulty = probed.finding.at;
    host.was_asked = probed.was_asked;
    if (!probed.note.empty()) host.notes.push_back(probed.note);
    if (!probed.proof) return;
    host.protocol = probed.proof->protocol;
    host.cipher = probed.proof->cipher;
    host.chain = probed.proof->chain;
    const crypto::ChainCheck& check = probed.proof->check;
    if (!check.missing_issuer.empty())
        host.missing = MissingIssuer{check.missing_issuer, check.missing_issuer_url, Fetched::not_asked, {}};
    const crypto::StapledCheck& stapled = probed.proof->stapled;
    if (!stapled.detail.empty())
        host.notes.push_back("stapled OCSP answer: " + std::string(crypto::format_stapled_status(stapled.status)) + ", " +
                             stapled.detail);
}

// What was a guess by the names is known once the certificate is there.
Task<void> fetch_missing(const Test& test, HostResult& host, Deadline deadline)
{
    const IpAddress address = *parse_ip(host.address);
    MissingIssuer fetched = co_await test.options.fetcher->fetch(*host.missing, host.chain, address, deadline);
    if (fetched.fetched == Fetched::completes) host.verdict = TlsVerdict::missing_intermediate;
    if (fetched.fetched == Fetched::is_untrusted_root) host.verdict = TlsVerdict::untrusted_root;
    const bool is_known = fetched.fetched == Fetched::completes || fetched.fetched == Fetched::is_untrusted_root;
    if (is_known) host.faulty = host.chain.size();
    host.missing = std::move(fetched);
}

Task<void> probe_address(Test& test, std::size_t at, std::size_t lookup)
{
    const route::TlsaSet& tlsa = test.lookups[lookup].tlsa;
    const bool has_tlsa = tlsa.status == route::TlsaSet::Status::usable;
    ProbeOrder order;
    order.host = has_tlsa ? tlsa.base : test.result.hosts[at].mx;
    order.at = {*parse_ip(test.result.hosts[at].address), test.options.port};
    order.helo_name = test.options.helo_name;
    order.from = test.options.from.find_for(order.at.address);
    order.context = test.context;
    order.lenient = test.lenient;
    const Deadline deadline = test.deadline.or_sooner(Deadline::after(test.time_for_one));
    ProbeResult probed = co_await probe_host(std::move(order), deadline);
    HostResult& host = test.result.hosts[at];
    fill(host, probed);
    const bool to_fetch = test.options.fetcher && host.missing;
    // In a time of its own: a host that answers slowly says nothing about who serves certificates.
    if (to_fetch) co_await fetch_missing(test, host, test.deadline.or_sooner(Deadline::after(test.time_for_one)));
    DaneHost& dane = test.result.dane.hosts[lookup];
    if (has_tlsa) {
        const DaneHost::Verdict verdict = judge_by_tlsa(host, tlsa, probed, test.result.domain);
        dane.verdict = dane.verdict == DaneHost::Verdict::untested ? verdict : worse(dane.verdict, verdict);
    }
    if (test.options.on_result) test.options.on_result(test.result.hosts[at]);
}

// Many MX hosts may have one address; that it is asked about each name is no reason to besiege it.
void plan_lanes(Test& test)
{
    constexpr std::size_t most_to_one_address = 2;
    std::map<std::string, std::vector<std::size_t>> lanes_of;
    for (const Probe& probe : test.to_probe) {
        auto& own = lanes_of[test.result.hosts[probe.host].address];
        if (own.size() < most_to_one_address) {
            own.push_back(test.lanes.size());
            test.lanes.emplace_back();
        } else {
            std::rotate(own.begin(), own.begin() + 1, own.end());
        }
        test.lanes[own.back()].push_back(probe);
    }
}

Task<void> probe_lanes(Test& test)
{
    while (test.next < test.lanes.size()) {
        const std::vector<Probe> lane = test.lanes[test.next++];
        for (const Probe& probe : lane) co_await probe_address(test, probe.host, probe.lookup);
    }
}

// Hosts that swallow packets must not use up the time of those that wait for their turn.
std::chrono::steady_clock::duration share_time(const DomainTestOptions& options, std::size_t count,
                                               const std::vector<std::vector<Probe>>& lanes)
{
    const std::size_t at_a_time = std::max<std::size_t>(options.concurrency, 1);
    std::size_t longest = 1;
    for (const auto& lane : lanes) longest = std::max(longest, lane.size());
    // The last lane to begin may be the longest.
    const std::size_t rounds = std::max<std::size_t>((count + at_a_time - 1) / at_a_time, 1) + longest - 1;
    return std::chrono::steady_clock::duration(options.timeout) / static_cast<long>(rounds);
}

Task<void> test_hosts(Test& test, std::vector<route::MailHost> hosts)
{
    for (std::size_t i = 0; i < std::min(hosts.size(), most_hosts); ++i) test.lookups.push_back({hosts[i], {}, 0, {}});
    co_await run_bounded(test, test.lookups.size(), look_up_hosts);
    for (std::size_t i = 0; i < test.lookups.size(); ++i) plan_probes(test, i);
    if (hosts.size() > most_hosts)
        note_left_out(test, hosts[most_hosts], std::to_string(hosts.size() - most_hosts) + " more hosts of the domain");
    if (test.options.on_expected) test.options.on_expected(test.result.hosts.size());
    plan_lanes(test);
    test.time_for_one = share_time(test.options, test.to_probe.size(), test.lanes);
    co_await run_bounded(test, test.lanes.size(), probe_lanes);
    test.result.dane.status = sum_up(test.result.dane.hosts);
}

// What is published now: a policy that somebody kept from before is no help to the one who mends it.
Task<void> look_up_policy(Test& test)
{
    if (test.options.find_sts) {
        test.sts = co_await test.options.find_sts(test.result.domain, test.deadline);
        co_return;
    }
    const std::shared_ptr<dns::Resolver> resolver(std::shared_ptr<void>(), &test.resolver);
    auto fetching = mtasts::make_fetching(test.context, resolver, test.options.mta_sts_port, test.options.may_test);
    test.sts = co_await mtasts::look_up_policy(test.resolver, std::move(fetching), test.result.domain, test.deadline);
}

// Hosts and policy side by side.
Task<void> test_all(Test& test, std::vector<route::MailHost> hosts)
{
    Executor executor = co_await async::this_executor();
    async::TaskGroup both(executor);
    both.spawn(look_up_policy(test));
    both.spawn(test_hosts(test, std::move(hosts)));
    co_await both.join();
    test.result.mta_sts = judge_policy(test.sts, test.result.dane.hosts);
    if (!test.result.mta_sts.could_not_tell) co_return;
    test.result.problem = DomainProblem::dns_failure;
    test.result.problem_detail = "the MTA-STS record: " + test.sts.problem;
}

Result<std::shared_ptr<const tls::ClientContext>> make_lenient()
{
    tls::ClientOptions options;
    options.trust.system = false;
    options.least = tls::Version::tls1_0;
    options.security_level = 0;
    return tls::ClientContext::make(std::move(options));
}

}  // namespace

std::string_view format_problem(DomainProblem problem)
{
    switch (problem) {
        case DomainProblem::none: return "none";
        case DomainProblem::no_mail_host: return "no_mail_host";
        case DomainProblem::null_mx: return "null_mx";
        case DomainProblem::dns_failure: return "dns_failure";
    }
    return "";
}

std::string_view format_verdict(DaneHost::Verdict verdict)
{
    switch (verdict) {
        case DaneHost::Verdict::insecure: return "unsigned";
        case DaneHost::Verdict::none: return "none";
        case DaneHost::Verdict::unusable: return "unusable";
        case DaneHost::Verdict::failed: return "failed";
        case DaneHost::Verdict::untested: return "untested";
        case DaneHost::Verdict::ok: return "ok";
        case DaneHost::Verdict::mismatch: return "mismatch";
    }
    return "";
}

std::string_view format_status(DaneFinding::Status status)
{
    switch (status) {
        case DaneFinding::Status::none: return "none";
        case DaneFinding::Status::not_signed: return "unsigned";
        case DaneFinding::Status::usable: return "usable";
        case DaneFinding::Status::invalid: return "invalid";
        case DaneFinding::Status::failed: return "failed";
    }
    return "";
}

std::string_view format_status(StsReport::Status status)
{
    switch (status) {
        case StsReport::Status::none: return "none";
        case StsReport::Status::ok: return "ok";
        case StsReport::Status::problem: return "problem";
    }
    return "";
}

bool DomainTestResult::ready() const
{
    const auto is_ok = [](const HostResult& host) { return host.verdict == TlsVerdict::ok; };
    return problem == DomainProblem::none && !mta_sts.forbids && !hosts.empty() && std::all_of(hosts.begin(), hosts.end(), is_ok);
}

bool DomainTestResult::could_not_tell() const
{
    const auto speaks_against = [](const HostResult& host) { return host.was_asked && host.verdict != TlsVerdict::ok; };
    const bool was_asked = std::ranges::all_of(hosts, &HostResult::was_asked);
    return (problem == DomainProblem::dns_failure || !was_asked) && !mta_sts.forbids &&
           std::ranges::none_of(hosts, speaks_against);
}

Task<DomainTestResult> test_domain(dns::Resolver& resolver, std::shared_ptr<const tls::ClientContext> context, std::string domain,
                                   DomainTestOptions options)
{
    Test test{resolver, std::move(context), nullptr, options, Deadline::after(options.timeout), {}, {}, {}};
    static const auto lenient = make_lenient();  // the same for all tests, and not cheap
    test.lenient = lenient ? *lenient : test.context;
    // People write their domain as they see it; DNS wants A-labels.
    auto ascii = mail::parse_domain(domain);
    test.result.domain = dns::normalise_name(ascii ? *ascii : domain).value_or(domain);
    route::MailHosts found = co_await route::find_mail_hosts(resolver, test.result.domain, test.deadline);
    test.result.problem = problem_for(found.status);
    test.result.problem_detail = found.problem;
    test.is_signed = found.secure;
    if (found.has_hosts()) {
        co_await test_all(test, each_host_once(found.hosts));
    }
    co_return std::move(test.result);
}

}  // namespace sealpost::tlstest
