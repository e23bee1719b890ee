#include "serve/authcheck/sender_dns.hpp"

namespace sealpost::authcheck {

using policy::SenderDomain;

Task<SenderDomain> check_sender_domain(dns::Resolver& resolver, std::string domain, Deadline deadline)
{
    auto mx = co_await dns::find_mx(resolver, domain, deadline);
    if (mx.status == dns::Status::temporary) co_return SenderDomain::unresolved;
    if (mx.status == dns::Status::no_such_name) co_return SenderDomain::nonexistent;
    if (mx.status == dns::Status::found && !mx.records.empty()) {
        const bool is_null = mx.records.size() == 1 && mx.records.front().host == ".";
        co_return is_null ? SenderDomain::nonexistent : SenderDomain::exists;
    }
    auto addresses = co_await dns::find_addresses(resolver, std::move(domain), deadline);
    if (addresses.status == dns::Status::found) co_return SenderDomain::exists;
    if (addresses.status == dns::Status::temporary || !addresses.complete) co_return SenderDomain::unresolved;
    co_return SenderDomain::nonexistent;
}

}  // namespace sealpost::authcheck
