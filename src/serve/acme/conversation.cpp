#include "serve/acme/conversation.hpp"

namespace sealpost::acme {
namespace {

constexpr std::chrono::seconds request_time{30};
constexpr int max_nonces_refused = 10;
constexpr std::size_t max_nonce_bytes = 512;

using Kind = Failure::Kind;

bool is_good(int status) { return status == 200 || status == 201; }

std::optional<std::string> find_header(const http::ClientResponse& response, std::string_view name)
{
    const auto value = response.headers.find(name);
    if (!value) return std::nullopt;
    return std::string(*value);
}

// RFC 8555 §6.5.1: base64url; it goes into our next request, so it is looked at.
bool is_nonce(std::string_view text)
{
    return !text.empty() && text.size() <= max_nonce_bytes &&
           text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == std::string_view::npos;
}

// RFC 8555 §6.1: a client says who it is, and which language it reads.
void add_common_fields(http::ClientRequest& request)
{
    request.headers.add("User-Agent", "sealpost (ACME client)");
    request.headers.add("Accept-Language", "en");
}

}  // namespace

// What the sender of requests says without an answer means that nothing was asked: also a server that does not prove itself.
Task<Tried<http::ClientResponse>> Conversation::ask(http::ClientRequest request)
{
    add_common_fields(request);
    request.max_response_bytes = crypto::max_chain_pem_bytes;
    auto response = co_await parts_.send(std::move(request), Deadline::after(request_time).or_sooner(deadline_));
    if (response.has_error()) co_return Failure(Kind::unreachable, response.error().text);
    nonce_ = find_header(*response, "Replay-Nonce").value_or("");
    if (!is_nonce(nonce_)) nonce_.clear();
    co_return std::move(*response);
}

Failure Conversation::failure_of(const http::ClientResponse& response, const std::string& url) const
{
    const auto wait = find_header(response, "Retry-After");
    const auto retry_after = wait ? parse_retry_after(*wait, parts_.clock->now()) : std::nullopt;
    const auto problem = parse_problem(response.body);
    if (!problem) {
        const Kind kind = response.status >= 500 ? Kind::unreachable : Kind::broken;
        return {kind, "the authority answers " + url + " with status " + std::to_string(response.status), retry_after};
    }
    Failure failure(Kind::refused, problem->text, retry_after);
    failure.account_is_gone = problem->type == ProblemType::account_does_not_exist;
    return failure;
}

Task<Tried<>> Conversation::open(std::string directory_url)
{
    http::ClientRequest request{http::Method::get, directory_url};
    SEALPOST_CO_TRY(const auto response, co_await ask(std::move(request)));
    if (!is_good(response.status)) co_return failure_of(response, directory_url);
    SEALPOST_CO_TRY(directory_, parse_directory(response.body));
    co_return Tried<>();
}

// RFC 8555 §7.2.
Task<Tried<>> Conversation::fetch_nonce()
{
    http::ClientRequest request{http::Method::head, directory_.new_nonce};
    SEALPOST_CO_TRY(const auto response, co_await ask(std::move(request)));
    if (response.status != 200 && response.status != 204) co_return failure_of(response, directory_.new_nonce);
    if (nonce_.empty()) co_return Failure(Kind::broken, "the authority gives no nonce");
    co_return Tried<>();
}

Task<Tried<Conversation::Answer>> Conversation::post(std::string url, std::string payload)
{
    for (int refused = 0;; ++refused) {
        if (nonce_.empty()) SEALPOST_CO_CHECK(co_await fetch_nonce());
        const Signing signing{url, std::exchange(nonce_, {}), account_.url};
        http::ClientRequest request{http::Method::post, url};
        SEALPOST_CO_TRY(request.body, sign_request(*account_.key, signing, payload));
        request.headers.add("Content-Type", std::string(jose_content_type));
        SEALPOST_CO_TRY(auto response, co_await ask(std::move(request)));
        if (is_good(response.status)) {
            const auto wait = find_header(response, "Retry-After");
            Answer answer{std::move(response.body), find_header(response, "Location").value_or(""),
                          wait ? parse_retry_after(*wait, parts_.clock->now()) : std::nullopt};
            co_return answer;
        }
        const auto problem = parse_problem(response.body);
        const bool is_bad_nonce = problem && problem->type == ProblemType::bad_nonce;
        if (!is_bad_nonce || refused == max_nonces_refused) co_return failure_of(response, url);
        parts_.log.debug("acme.nonce_refused", {{"url", url}});
    }
}

Task<Tried<std::string>> Conversation::register_account(std::string contact)
{
    if (directory_.external_account_required)
        co_return Failure(Kind::refused, "externalAccountRequired: the authority wants an account of another kind first");
    account_.url.clear();  // this request is signed with the key itself
    SEALPOST_CO_TRY(const Answer answer, co_await post(directory_.new_account, format_new_account(contact)));
    if (!is_document_url(answer.location)) co_return Failure(Kind::broken, "the authority gives the account no URL");
    account_.url = answer.location;
    co_return account_.url;
}

}  // namespace sealpost::acme
