#include "serve/signin/signin.hpp"

#include <string>

namespace sealpost::signin {

std::optional<Secret> find_token(const http::Request& request, std::string_view cookie)
{
    const auto value = request.find_cookie(cookie);
    if (!value || value->empty()) return std::nullopt;
    return Secret::copy_of(*value);
}

void set_token(http::Response& response, std::string_view cookie, const Secret& token,
               std::optional<std::chrono::seconds> max_age)
{
    http::set_cookie(response, {std::string(cookie), std::string(token.reveal_text()), max_age});
}

void delete_token(http::Response& response, std::string_view cookie)
{
    http::set_cookie(response, {std::string(cookie), "", std::chrono::seconds(0)});
}

http::Checked<void> check_csrf(const http::Request& request, Purpose purpose, std::string_view csrf)
{
    if (purpose == Purpose::look || http::has_csrf_token(request, csrf)) return {};
    return http::not_allowed("The page's token is missing or too old; load the page again.");
}

Task<http::Checked<WallTime>> admit(people::Guard& guard, std::vector<people::GuardKey> keys)
{
    SEALPOST_CO_TRY(const auto verdict, co_await guard.admit(std::move(keys)));
    if (!verdict.admitted) co_return http::too_many_requests(verdict.retry_after);
    co_return verdict.at;
}

Task<void> take_back(people::Guard& guard, std::vector<people::GuardKey> keys, WallTime admitted_at)
{
    [[maybe_unused]] auto taken = co_await guard.take_back(std::move(keys), admitted_at);
}

}  // namespace sealpost::signin
