#include "serve/tlsreports/counter.hpp"

namespace sealpost::tlsreports {
namespace {

tlsrpt::PolicyType to_type(courier::TlsPolicyType type)
{
    switch (type) {
        case courier::TlsPolicyType::no_policy_found: return tlsrpt::PolicyType::no_policy_found;
        case courier::TlsPolicyType::tlsa: return tlsrpt::PolicyType::tlsa;
        case courier::TlsPolicyType::sts: break;
    }
    return tlsrpt::PolicyType::sts;
}

}  // namespace

Session describe(const courier::TlsEvent& event, WallTime at)
{
    Session session;
    session.at = at;
    session.policy = {to_type(event.policy_type), event.policy, event.domain, event.mx_patterns};
    if (event.result == courier::TlsResult::success) return session;
    tlsrpt::Failure failure;
    failure.result = courier::format_tls_result(event.result);
    if (event.from) failure.sending_ip = format_ip(*event.from);
    failure.receiving_host = event.host;
    failure.receiving_helo = event.helo;
    if (event.peer) failure.receiving_ip = format_ip(*event.peer);
    failure.reason = event.reason;
    session.failure = std::move(failure);
    return session;
}

}  // namespace sealpost::tlsreports
