// How a domain's own administrator proves it.
#include "core/people/token_text.hpp"
#include "serve/domaintests/json.hpp"
#include "serve/tlsdesk/desk.hpp"
#include "sys/http/fields.hpp"

namespace sealpost::tlsdesk {
namespace {

namespace json = boost::json;
using http::Checked;
using http::Problem;
using http::Request;
using http::Response;

constexpr std::chrono::seconds dns_time{20};
constexpr std::size_t token_bytes = 43;  // people::make_token_text

// The browser's token, when it has one of ours.
std::optional<Secret> find_token(const Request& request)
{
    auto token = signin::find_token(request, claim_cookie);
    if (!token || token->size() != token_bytes) return std::nullopt;
    return token;
}

Checked<Secret> require_token(const Request& request)
{
    auto token = find_token(request);
    if (!token) return Problem(409, "no-claim", "Begin with a claim", "This browser has not begun to prove a domain.");
    return std::move(*token);
}

domains::Doer doer_of(const Request& request, std::string_view domain)
{
    return {who_of(domain), people::network_of(request.peer.address)};
}

domaintests::PostmasterCodes::Order make_code_order(const Request& request, const Secret& token, const std::string& domain)
{
    return {domain, domains::Claimant::browser(token), doer_of(request, domain),
            std::string(format_language(language_of(request)))};
}

Task<Checked<Response>> claim(const Desk&, Request& request)
{
    SEALPOST_CO_TRY(const auto name, find_name(request));
    auto token = find_token(request);
    if (!token) token = people::make_token_text("");
    json::object answer;
    answer["domain"] = name;
    answer["proof"] = domaintests::format_proof(domains::Proofs::make_own_proof(name, *token));
    answer["code_sent_to"] = nullptr;
    Response response = http::json_response(200, answer);
    signin::set_token(response, claim_cookie, *token, claim_lifetime);
    co_return response;
}

Task<Checked<Response>> mail_code(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto name, find_name(request));
    SEALPOST_CO_TRY(const auto token, require_token(request));
    auto order = make_code_order(request, token, name);
    SEALPOST_CO_TRY(const auto sent, co_await desk.parts.codes->mail(std::move(order)));
    co_return http::json_response(202, sent);
}

// Questions to DNS count as tries do, so that nobody asks without end.
Task<Checked<void>> prove_by_record(const Desk& desk, const Request& request, const Secret& token, const std::string& name)
{
    std::vector<people::GuardKey> keys;
    keys.push_back({people::GuardKey::Kind::dns_question, "network:" + people::network_of(request.peer.address)});
    SEALPOST_CO_CHECK(co_await signin::admit(desk.parts.people->guard(), std::move(keys)));
    const auto proof = domains::Proofs::make_own_proof(name, token);
    auto found = co_await dns::find_txt(*desk.parts.resolver, proof.name, Deadline::after(dns_time));
    if (found.status == dns::Status::temporary)
        co_return Problem(503, "try-later", "DNS did not answer", "Asked for the TXT record of " + proof.name + ".");
    auto doer = doer_of(request, name);
    SEALPOST_CO_TRY(const auto verdict, co_await desk.parts.domains->proofs().check_own_records(
                                            name, token.clone(), std::move(found.texts), std::move(doer)));
    if (verdict == domains::ProofVerdict::proven) co_return Checked<void>();
    json::object more;
    more["proof"] = domaintests::format_proof(proof);
    co_return Problem(409, "not-proven", "The domain is not proven to be yours", "Publish the TXT record, then try again.",
                      std::move(more));
}

// The proof's reward: a cookie that manages the domain.
Task<Checked<Response>> sign_in(const Desk& desk, const Request& request, std::string name)
{
    SEALPOST_CO_TRY(auto session, co_await desk.parts.domains->own_sessions().begin(name));
    domains::ClaimKey claim{name, std::nullopt};
    SEALPOST_CO_TRY(const auto domain, co_await desk.parts.domains->find_claim(std::move(claim)));
    if (!domain) co_return http::not_found();
    desk.parts.log.info("domain.proven", {{"domain", name}, {"by", domains::format_proven_by(domain->proven_by)}});
    json::object answer;
    answer["domain"] = domaintests::format_domain(*domain, language_of(request));
    answer["csrf"] = session.csrf;
    Response response = http::json_response(200, answer);
    signin::set_token(response, own_cookie, session.token, domains::OwnSessions::lifetime);
    co_return response;
}

Task<Checked<Response>> prove(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(auto name, find_name(request));
    SEALPOST_CO_TRY(const auto token, require_token(request));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    const bool by_code = fields.has("code");
    Secret code = fields.secret_or_empty("code", 20);
    if (!by_code && fields.text_or("by", 10, "") != "txt") fields.complain("code", "is needed, or \"by\": \"txt\"");
    SEALPOST_CO_CHECK(fields.check());
    if (by_code) {
        auto order = make_code_order(request, token, name);
        SEALPOST_CO_CHECK(co_await desk.parts.codes->check(std::move(order), std::move(code)));
    } else {
        SEALPOST_CO_CHECK(co_await prove_by_record(desk, request, token, name));
    }
    auto signed_in = co_await sign_in(desk, request, std::move(name));
    co_return signed_in;
}

}  // namespace

void add_claim_routes(http::Router& router, const std::shared_ptr<const Desk>& desk, const http::RouteOptions& own_pages)
{
    const std::string one = "/api/v1/tls/domains/{domain}";
    router.add(http::Method::post, one + "/claim", http::call_with(desk, claim), own_pages);
    router.add(http::Method::post, one + "/code", http::call_with(desk, mail_code), own_pages);
    router.add(http::Method::post, one + "/prove", http::call_with(desk, prove), own_pages);
}

}  // namespace sealpost::tlsdesk
