// The certificate that a chain lacks: by default it is only named. Who asks for it in so many words has it
// fetched from the address that the chain's own last certificate gives (RFC 5280 §4.2.2.1, caIssuers), which
// turns the guess "an intermediate is missing" into knowledge. That address is a stranger's: http only, no
// redirects, a small limit, and from a host out there to none inside; never for a test that a stranger starts.
#pragma once

#include "sys/dns/resolver.hpp"
#include "sys/tls/context.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sealpost::tlstest {

enum class Fetched {
    not_asked,
    completes,          // with it, the chain leads to where trust starts
    is_untrusted_root,  // nothing is missing but trust in the root itself
    leads_elsewhere,    // a certificate came, and the chain still verifies no further
    failed,             // nothing usable came
};
[[nodiscard]] std::string_view format_fetched(Fetched fetched);  // "completes"; "not_asked" is null in JSON

struct MissingIssuer {
    std::string subject;
    std::string url;  // empty when the certificate gives no address
    Fetched fetched = Fetched::not_asked;
    std::string detail;  // one line for people, when it was fetched or should have been
};

class IssuerFetcher {
public:
    static constexpr std::size_t max_bytes = 64 * 1024;  // of one certificate
    static constexpr int max_steps = 3;                  // certificates in a row

    using AddressRule = std::function<bool(const IpAddress&)>;

    // The context is the test's own: it says where trust starts. The rule says which addresses are public.
    IssuerFetcher(std::shared_ptr<dns::Resolver> resolver, std::shared_ptr<const tls::ClientContext> context,
                  AddressRule is_public)
        : resolver_(std::move(resolver)), context_(std::move(context)), is_public_(std::move(is_public))
    {
    }

    // `chain` as sent by `host`, leaf first.
    Task<MissingIssuer> fetch(MissingIssuer missing, std::vector<crypto::Certificate> chain, IpAddress host,
                              Deadline deadline) const;

private:
    Task<Result<crypto::Certificate>> download(std::string url, AddressRule may_connect, Deadline deadline) const;

    std::shared_ptr<dns::Resolver> resolver_;
    std::shared_ptr<const tls::ClientContext> context_;
    AddressRule is_public_;
};

}  // namespace sealpost::tlstest
