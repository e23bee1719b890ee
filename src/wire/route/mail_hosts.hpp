// route: where a domain's mail goes, and what the TLS of a host there is worth. Asks a Resolver,
// opens no connection. Used by the courier, the domain TLS test and whoever stores their findings.
#pragma once

#include "sys/dns/resolver.hpp"

namespace sealpost::route {

struct MailHost {
    std::uint16_t preference = 0;
    std::string name;
    friend bool operator==(const MailHost&, const MailHost&) = default;
};

struct MailHosts {
    enum class Status {
        found,         // MX records
        implicit,      // RFC 5321 §5.1: no MX, the domain's own address serves
        null_mx,       // RFC 7505: takes no mail
        no_mail_host,  // the domain does not exist, or has neither MX nor address
        dns_failure,   // temporary
    };
    Status status = Status::dns_failure;
    std::vector<MailHost> hosts;  // by preference, then name; the courier shuffles equals itself
    bool secure = false;          // the MX answer was validated
    bool unvalidated = false;     // it could not be, for the moment
    std::string problem;          // one line for people when there is no host

    [[nodiscard]] bool has_hosts() const { return !hosts.empty(); }
};

Task<MailHosts> find_mail_hosts(dns::Resolver& resolver, std::string domain, Deadline deadline);

}  // namespace sealpost::route
