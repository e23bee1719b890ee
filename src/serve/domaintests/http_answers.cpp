#include "serve/domaintests/http_answers.hpp"

#include "serve/domaintests/json.hpp"

namespace sealpost::domaintests {

http::Checked<http::Response> answer_start(const StartVerdict& verdict, Language language)
{
    if (const auto* many = std::get_if<TooMany>(&verdict)) return http::too_many_requests(many->retry_after);
    if (const auto* none = std::get_if<NoDomain>(&verdict)) return http::bad_request("domain", none->why);
    return http::json_response(202, format_progress(std::get<Progress>(verdict), language));
}

std::string_view find_envelope_reason(const std::vector<domains::Domain>& claims)
{
    if (claims.empty()) return "not_known";
    const auto& domain = claims.front();
    if (!domain.is_proven()) return "not_proven";
    if (domain.tls_replies) return "";
    if (!domain.last_test) return "not_tested";
    return domain.is_ready() ? "switched_off" : "not_ready";
}

}  // namespace sealpost::domaintests
