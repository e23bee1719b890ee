#include "serve/gateway/service_check.hpp"

#include "base/cut_text.hpp"
#include "serve/gateway/service_answer.hpp"

namespace sealpost::gateway {
namespace {

using Verdict = ServiceFinding::Verdict;

constexpr std::size_t max_problem_bytes = 300;
constexpr std::size_t max_organisation_bytes = 200;

ServiceFinding find_nothing(Verdict verdict, const std::string& problem, bool may_pass = false)
{
    return {verdict, "", show_line(problem, max_problem_bytes), may_pass};
}

ServiceFinding judge_silence(const Error& error)
{
    if (error.fault == Fault::denied) return find_nothing(Verdict::unproven, error.text);
    const bool may_pass = error.fault == Fault::retry_later || error.fault == Fault::cancelled;
    return find_nothing(Verdict::unreachable, error.text, may_pass);
}

ServiceFinding judge_answer(const std::string& service_url, const http::ClientResponse& response)
{
    const std::string service = "the service at " + service_url;
    const auto trouble = find_trouble(response);
    if (trouble == sealer::ServiceTrouble::token_refused)
        return find_nothing(Verdict::token_refused, service + " does not take the token");
    if (trouble == sealer::ServiceTrouble::account_disabled)
        return find_nothing(Verdict::account_disabled, "the account of the token is disabled at " + service);
    // RFC 9110 §15.6: "the server is aware that it has erred or is incapable of performing the requested method".
    const bool may_pass = response.status == 429 || response.status >= 500;
    if (response.status != 200) return find_nothing(Verdict::refused, service + " answered " + find_problem(response), may_pass);
    const auto organisation = parse_organisation(response.body);
    if (organisation.has_error())
        return find_nothing(Verdict::refused, "what answers at " + service_url + " is no envelope service");
    return {Verdict::good, show_line(*organisation, max_organisation_bytes), "", false};
}

}  // namespace

Task<ServiceFinding> check_service(std::shared_ptr<http::HttpClient> client, std::string service_url, Secret token,
                                   Deadline deadline)
{
    http::ClientRequest request;
    request.url = service_url + "/api/v1/languages";
    request.headers.set("Authorization", "Bearer " + std::string(token.reveal_text()));
    const auto response = co_await client->send(std::move(request), deadline);
    co_await client->close_idle();
    if (response.has_error()) co_return judge_silence(response.error());
    co_return judge_answer(service_url, *response);
}

}  // namespace sealpost::gateway
