#pragma once

#include "serve/courier/order.hpp"
#include "wire/route/dane.hpp"
#include "wire/route/mta_sts.hpp"

namespace sealpost::courier {

// What TLS on a connection has to be and to prove. Two orders may share a connection only when theirs are equal.
// Of courier only, like all of this file.
struct TlsTerms {
    bool use_tls = true;                  // when it is offered
    bool required = false;                // no clear text
    bool pkix = false;                    // chain and host name must verify
    bool require_tls = false;             // REQUIRETLS must be offered inside TLS
    bool is_listed = false;               // the domain's MTA-STS policy lists the host
    std::vector<route::TlsaRecord> tlsa;  // not empty: one of these must match
    std::vector<std::string> names;       // for DANE-TA, the TLSA base domain first: it is the server name, too
    friend bool operator==(const TlsTerms&, const TlsTerms&) = default;
};

// What was found out about a host before any connection.
struct HostFacts {
    TlsDemand demand = TlsDemand::preferred;
    bool require_tls = false;  // RFC 8689
    std::string host;
    std::string mx_of;  // the domain that names it by MX; empty: a route does
    bool mx_secure = false;
    std::optional<route::TlsaSet> tlsa;    // absent: not asked
    std::optional<route::StsFinding> sts;  // absent: not asked
};

// What follows from it (doc/spec/delivery-tls.md). No I/O.
struct HostRuling {
    TlsTerms terms;
    std::string forbidden;   // why nothing may be sent to this host; empty: it may
    bool undecided = false;  // forbidden only because something could not be found out
    // Forbidden, or not proven enough, without what was not to be had just now: the host may do another time.
    bool may_pass = false;
    std::string basis;  // for the log
    // for the reports
    TlsPolicyType policy_type = TlsPolicyType::no_policy_found;
    std::vector<std::string> policy;
    std::vector<std::string> mx_patterns;
    std::optional<TlsResult> result;  // with forbidden; absent: no matter of the domain's
    bool is_tested = false;           // a testing policy: the connection is judged as if it were enforced
};
[[nodiscard]] HostRuling rule_host(const HostFacts& facts);

[[nodiscard]] bool asks_tlsa(TlsDemand demand, bool require_tls);
[[nodiscard]] bool asks_sts(TlsDemand demand, bool require_tls);

}  // namespace sealpost::courier
