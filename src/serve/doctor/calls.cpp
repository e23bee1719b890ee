#include "serve/doctor/calls.hpp"

#include "sys/http/fields.hpp"
#include "wire/mail/mailbox.hpp"

namespace sealpost::doctor {
namespace {

using http::Checked;
using http::Request;
using http::Response;

constexpr std::chrono::seconds time_limit{60};

struct Calls {
    std::shared_ptr<const admin::Desk> admin;
    FindParts find_parts;
};

Task<Checked<Response>> examine_domain(const Calls& calls, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await calls.admin->require(request, admin::Desk::Purpose::change));
    const auto areas = calls.admin->find_areas(signed_in.administrator);
    if (areas.empty())
        co_return http::not_allowed(
            "You administer nothing that stands here; ask whoever gives out duties for an account, mail policies or this node.");
    SEALPOST_CO_CHECK(co_await calls.admin->admit_question(signed_in));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    const std::string asked = fields.text("domain", mail::max_domain_bytes);
    const auto domain = mail::parse_domain(asked);
    if (!domain) fields.complain("domain", "is not a domain name");
    SEALPOST_CO_CHECK(fields.check());
    auto parts = calls.find_parts(areas);
    const auto examination = co_await examine(std::move(parts), *domain, Deadline::after(time_limit));
    co_return http::json_response(200, to_json(examination, admin::language_of(request)));
}

}  // namespace

void add_routes(http::Router& router, std::shared_ptr<const admin::Desk> desk, FindParts find_parts)
{
    const auto own = desk->from_own_pages();
    const auto calls = std::make_shared<const Calls>(Calls{std::move(desk), std::move(find_parts)});
    router.add(http::Method::post, "/api/v1/doctor", http::call_with(calls, examine_domain), own);
}

}  // namespace sealpost::doctor
