#include "wire/route/mail_hosts.hpp"

#include "base/text.hpp"

namespace sealpost::route {
namespace {

using Status = MailHosts::Status;

MailHosts without_hosts(Status status, std::string problem)
{
    MailHosts hosts;
    hosts.status = status;
    hosts.problem = std::move(problem);
    return hosts;
}

// RFC 7505 §3: "a single MX RR […] with […] preference number 0, and a zero-length label […] as the
// exchange domain". Among other records the null host is only a mistake, and is left out.
bool is_null_mx(const std::vector<dns::Mx>& records) { return records.size() == 1 && records.front().host == "."; }

MailHosts from_mx(const dns::MxAnswer& answer, const std::string& domain)
{
    if (is_null_mx(answer.records)) return without_hosts(Status::null_mx, domain + " says that it takes no mail (null MX)");
    MailHosts hosts;
    hosts.status = Status::found;
    hosts.secure = answer.secure;
    hosts.unvalidated = answer.unvalidated;
    for (const dns::Mx& mx : answer.records)
        if (mx.host != ".") hosts.hosts.push_back({mx.preference, mx.host});
    if (hosts.hosts.empty()) return without_hosts(Status::no_mail_host, "the MX records of " + domain + " name no host");
    return hosts;
}

// RFC 5321 §5.1: "If an empty list of MXs is returned, the address is treated as if it was associated
// with an implicit MX RR, with a preference of 0, pointing to that host."
Task<MailHosts> find_implicit(dns::Resolver& resolver, std::string domain, bool secure, Deadline deadline)
{
    dns::Addresses addresses = co_await dns::find_addresses(resolver, domain, deadline);
    if (addresses.status == dns::Status::temporary)
        co_return without_hosts(Status::dns_failure, "the addresses of " + domain + ": " + addresses.problem);
    if (addresses.status != dns::Status::found)
        co_return without_hosts(Status::no_mail_host, domain + " has neither MX records nor an address");
    MailHosts hosts;
    hosts.status = Status::implicit;
    hosts.secure = secure;
    hosts.hosts.push_back({0, domain});
    co_return hosts;
}

}  // namespace

Task<MailHosts> find_mail_hosts(dns::Resolver& resolver, std::string domain, Deadline deadline)
{
    const auto name = dns::normalise_name(domain);
    if (!name) co_return without_hosts(Status::no_mail_host, "\"" + domain + "\" is not a domain name");
    dns::MxAnswer answer = co_await dns::find_mx(resolver, *name, deadline);
    switch (answer.status) {
        case dns::Status::temporary:
            co_return without_hosts(Status::dns_failure, "the MX records of " + *name + ": " + answer.problem);
        case dns::Status::no_such_name: co_return without_hosts(Status::no_mail_host, *name + " does not exist");
        case dns::Status::found: co_return from_mx(answer, *name);
        case dns::Status::no_data: break;
    }
    MailHosts hosts = co_await find_implicit(resolver, *name, answer.secure, deadline);
    hosts.unvalidated = answer.unvalidated;
    co_return hosts;
}

}  // namespace sealpost::route
