#include "serve/tlstest/missing_issuer.hpp"

#include "sys/crypto/x509_check.hpp"
#include "sys/http/client.hpp"

namespace sealpost::tlstest {
namespace {

crypto::ChainCheck check(const std::vector<crypto::Certificate>& chain, const tls::ClientContext& context)
{
    return crypto::check_chain(chain, context.trust(), crypto::ChainUse::server, SystemClock().now());
}

// RFC 5280 §4.2.2.1 wants DER; some authorities serve PEM.
Result<crypto::Certificate> parse_certificate(const std::string& body)
{
    auto certificate = crypto::Certificate::parse_der(as_bytes(body));
    if (!certificate) return crypto::Certificate::parse_pem(body);
    return certificate;
}

Result<crypto::Certificate> read_response(const http::ClientResponse& response)
{
    if (response.status != 200) return Error{Fault::give_up, "the answer is " + std::to_string(response.status)};
    return parse_certificate(response.body);
}

MissingIssuer conclude(MissingIssuer missing, const std::vector<crypto::Certificate>& whole, const crypto::ChainCheck& now)
{
    // Whatever else is wrong with the chain, such as its dates, nothing is missing from it any more.
    const bool open_ended = !now.missing_issuer.empty() || now.problem == crypto::ChainProblem::untrusted_root ||
                            now.problem == crypto::ChainProblem::invalid;
    if (!open_ended) {
        missing.fetched = Fetched::completes;
        missing.detail = "with the certificate from " + missing.url + " the chain is complete";
    } else if (now.problem == crypto::ChainProblem::untrusted_root && whole.back().is_self_signed()) {
        missing.fetched = Fetched::is_untrusted_root;
        missing.detail = "the chain ends at \"" + whole.back().subject() + "\", which is not trusted";
    } else {
        missing.fetched = Fetched::leads_elsewhere;
        missing.detail = "the certificate from " + missing.url + " does not complete the chain: " + now.detail;
    }
    return missing;
}

}  // namespace

std::string_view format_fetched(Fetched fetched)
{
    switch (fetched) {
        case Fetched::not_asked: return "not_asked";
        case Fetched::completes: return "completes";
        case Fetched::is_untrusted_root: return "is_untrusted_root";
        case Fetched::leads_elsewhere: return "leads_elsewhere";
        case Fetched::failed: return "failed";
    }
    return "";
}

Task<Result<crypto::Certificate>> IssuerFetcher::download(std::string url, AddressRule may_connect, Deadline deadline) const
{
    SEALPOST_CO_TRY(const http::Url parsed, http::parse_url(url));
    if (parsed.tls) co_return Error{Fault::denied, "only http addresses are fetched"};
    http::ClientOptions options;
    options.resolver = resolver_;
    options.allow_plain_http = true;
    options.may_connect = std::move(may_connect);
    http::HttpClient client(std::move(options));
    http::ClientRequest request;
    request.url = std::move(url);
    request.max_response_bytes = max_bytes;
    auto response = co_await client.send(std::move(request), deadline);
    co_await client.close_idle();
    if (!response) co_return response.error();
    co_return read_response(*response);
}

Task<MissingIssuer> IssuerFetcher::fetch(MissingIssuer missing, std::vector<crypto::Certificate> chain, IpAddress host,
                                         Deadline deadline) const
{
    // A public host's certificate must not send us to what only we can reach; one of our own may.
    const AddressRule may_connect = is_public_(host) ? is_public_ : AddressRule();
    crypto::ChainCheck now = check(chain, *context_);
    const std::size_t sent = chain.size();
    for (int step = 0; step < max_steps && !now.missing_issuer_url.empty(); ++step) {
        auto next = co_await download(now.missing_issuer_url, may_connect, deadline);
        if (!next) {
            missing.detail = now.missing_issuer_url + ": " + next.error().text;
            break;
        }
        chain.push_back(std::move(*next));
        const std::string wanted = now.missing_issuer;
        now = check(chain, *context_);
        if (now.missing_issuer == wanted) break;  // it was not that one
    }
    if (chain.size() > sent) co_return conclude(std::move(missing), chain, now);
    missing.fetched = Fetched::failed;
    if (missing.url.empty()) missing.detail = "the certificate does not say where its issuer's can be had";
    co_return missing;
}

}  // namespace sealpost::tlstest
