// Inside serve/tlstest: what DANE and MTA-STS say of a domain under test, and what that makes of its hosts.
#pragma once

#include "serve/tlstest/domain_test.hpp"
#include "serve/tlstest/host_probe.hpp"
#include "wire/route/dane.hpp"

namespace sealpost::tlstest {

// Holds what one address showed against the host's TLSA records: a certificate that they vouch for is ok whoever signed
// it, and one that they do not is not, whoever did; but a host that takes no mail after the handshake is never ok. Returns what
// to note in the report of the host.
[[nodiscard]] DaneHost::Verdict judge_by_tlsa(HostResult& host, const route::TlsaSet& tlsa, const ProbeResult& probed,
                                              const std::string& domain);

[[nodiscard]] DaneHost begin_dane_host(const std::string& mx, const route::TlsaSet& tlsa);
// The worse of two, since every address of a host counts.
[[nodiscard]] DaneHost::Verdict worse(DaneHost::Verdict a, DaneHost::Verdict b);
[[nodiscard]] DaneFinding::Status sum_up(const std::vector<DaneHost>& hosts);

// `hosts` have their DANE verdicts: where TLSA records decide, the policy does not (RFC 8461 §2).
[[nodiscard]] StsReport judge_policy(const route::StsFinding& found, const std::vector<DaneHost>& hosts);

}  // namespace sealpost::tlstest
