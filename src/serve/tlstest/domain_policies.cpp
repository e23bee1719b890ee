#include "serve/tlstest/domain_policies.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace sealpost::tlstest {
namespace {

using route::TlsVerdict;
using Verdict = DaneHost::Verdict;

int rank(Verdict verdict)
{
    switch (verdict) {
        case Verdict::mismatch: return 0;
        case Verdict::failed: return 1;
        case Verdict::unusable: return 2;
        case Verdict::untested: return 3;
        case Verdict::ok: return 4;
        case Verdict::none: return 5;
        case Verdict::insecure: return 6;
    }
    return 6;
}

bool has(const std::vector<DaneHost>& hosts, std::initializer_list<Verdict> verdicts)
{
    return std::ranges::any_of(hosts,
                               [&](const DaneHost& host) { return std::ranges::find(verdicts, host.verdict) != verdicts.end(); });
}

bool is_decided_by_tlsa(const DaneHost& host)
{
    return host.verdict == Verdict::ok || host.verdict == Verdict::mismatch || host.verdict == Verdict::untested;
}

}  // namespace

DaneHost begin_dane_host(const std::string& mx, const route::TlsaSet& tlsa)
{
    DaneHost host;
    host.mx = mx;
    for (const route::TlsaRecord& record : tlsa.records) host.tlsa.push_back(route::format_tlsa(record));
    switch (tlsa.status) {
        case route::TlsaSet::Status::insecure: host.verdict = Verdict::insecure; break;
        case route::TlsaSet::Status::none: host.verdict = Verdict::none; break;
        case route::TlsaSet::Status::unusable: host.verdict = Verdict::unusable; break;
        case route::TlsaSet::Status::usable: host.verdict = Verdict::untested; break;
        case route::TlsaSet::Status::failed: host.verdict = Verdict::failed; break;
    }
    return host;
}

DaneHost::Verdict judge_by_tlsa(HostResult& host, const route::TlsaSet& tlsa, const ProbeResult& probed,
                                const std::string& domain)
{
    if (!probed.proof || probed.by_lenient || host.verdict == TlsVerdict::weak_protocol) return Verdict::untested;
    const auto names = route::dane_names(tlsa.base, host.mx, domain);
    const auto match = route::match_tlsa(tlsa.usable(), probed.proof->chain, names, SystemClock().now());
    if (!match.matched()) {
        host.verdict = TlsVerdict::dane_mismatch;
        host.detail = match.problem;
        host.faulty = 0;
        return Verdict::mismatch;
    }
    const bool is_certificate_fine = host.verdict == TlsVerdict::ok || (probed.after && probed.note.empty());
    if (!is_certificate_fine) host.notes.push_back("by itself the certificate would not do: " + host.detail);
    host.notes.emplace_back(match.verdict == route::DaneMatch::Verdict::ee ? "proven by a TLSA record (DANE-EE)"
                                                                           : "proven by a TLSA record (DANE-TA)");
    const route::TlsFinding rest = probed.after.value_or(route::TlsFinding{TlsVerdict::ok, {}});
    std::erase(host.notes, rest.detail);
    host.verdict = rest.verdict;
    host.detail = rest.detail;
    host.faulty = rest.at;
    return Verdict::ok;
}

DaneHost::Verdict worse(Verdict a, Verdict b) { return rank(a) < rank(b) ? a : b; }

DaneFinding::Status sum_up(const std::vector<DaneHost>& hosts)
{
    using Status = DaneFinding::Status;
    if (has(hosts, {Verdict::failed})) return Status::failed;
    if (has(hosts, {Verdict::mismatch, Verdict::unusable})) return Status::invalid;
    if (has(hosts, {Verdict::ok, Verdict::untested})) return Status::usable;
    return has(hosts, {Verdict::insecure}) ? Status::not_signed : Status::none;
}

StsReport judge_policy(const route::StsFinding& found, const std::vector<DaneHost>& hosts)
{
    using Found = route::StsFinding::Status;
    StsReport report;
    report.problem = found.problem;
    if (found.status == Found::none) return report;
    report.status = StsReport::Status::problem;
    report.could_not_tell = found.status == Found::unknown;
    if (found.status != Found::found) return report;
    report.policy = found.policy;
    report.status = StsReport::Status::ok;
    if (found.policy.mode == route::StsPolicy::Mode::none) return report;
    for (const DaneHost& host : hosts) {
        if (route::lists_mx(found.policy, host.mx)) continue;
        report.uncovered.push_back(host.mx);
        if (found.policy.mode == route::StsPolicy::Mode::enforce && !is_decided_by_tlsa(host)) report.forbids = true;
    }
    if (report.uncovered.empty()) return report;
    report.status = StsReport::Status::problem;
    report.problem = "the policy does not list " + join(report.uncovered, ", ");
    return report;
}

}  // namespace sealpost::tlstest
