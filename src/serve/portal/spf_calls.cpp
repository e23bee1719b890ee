#include "serve/portal/desk.hpp"
#include "serve/spfadvice/advice.hpp"
#include "serve/spfadvice/check_json.hpp"
#include "sys/http/fields.hpp"
#include "wire/mail/mailbox.hpp"

#include <boost/json/array.hpp>

namespace sealpost::portal {
namespace {

namespace json = boost::json;
using http::Checked;
using http::Request;
using http::Response;

constexpr std::chrono::seconds dns_time{25};
constexpr std::size_t max_address_bytes = 320;  // RFC 5321 §4.5.3.1

Task<Checked<SignedIn>> require_questioner(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(auto signed_in, co_await desk.require_signed_in(request, Purpose::change));
    SEALPOST_CO_CHECK(co_await desk.admin().admit_question(signed_in));
    co_return std::move(signed_in);
}

Task<Checked<Response>> show_choices(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::look));
    SEALPOST_CO_TRY(const auto all, co_await desk.parts.domains->list(signed_in.account()));
    json::array names;
    for (const auto& domain : all) names.emplace_back(domain.name);
    json::object answer;
    answer["domains"] = std::move(names);
    answer["include"] = desk.parts.mail_domain;
    co_return http::json_response(200, answer);
}

Task<Checked<Response>> advise(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await require_questioner(desk, request));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    spfadvice::Order order;
    order.domain = fields.text("domain", mail::max_domain_bytes);
    order.include = fields.text_or("include", mail::max_domain_bytes, desk.parts.mail_domain);
    SEALPOST_CO_CHECK(fields.check());
    if (order.include == desk.parts.mail_domain) order.senders = desk.parts.send_addresses;
    auto advice = co_await spfadvice::advise(*desk.parts.resolver, std::move(order), Deadline::after(dns_time));
    if (advice.has_error()) co_return http::bad_request("domain", advice.error().text);
    desk.parts.log.info("spf.advised", {{"domain", advice->domain}, {"conclusion", format_conclusion(advice->conclusion)}});
    co_return http::json_response(200, spfadvice::to_json(*advice, language_of(request)));
}

// MAIL FROM when a sender is given, else HELO (RFC 7208 §2.3, §2.4).
Task<Checked<Response>> check(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await require_questioner(desk, request));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    const auto address = parse_ip(fields.text("address", 60));
    spf::Question question;
    question.mail_from = fields.text_or("sender", max_address_bytes, "");
    question.helo = fields.text_or("helo", mail::max_domain_bytes, "");
    if (!address) fields.complain("address", "is not an IP address");
    if (question.mail_from.empty() && question.helo.empty()) fields.complain("sender", "is needed when there is no helo");
    if (!question.mail_from.empty() && !mail::parse_mailbox(question.mail_from))
        fields.complain("sender", "is not a mail address");
    SEALPOST_CO_CHECK(fields.check());
    question.ip = *address;
    question.receiver = desk.parts.mail_domain;
    question.at = desk.parts.clock->now();
    const auto identity = question.mail_from.empty() ? spf::Identity::helo : spf::Identity::mail_from;
    const spf::Evaluator evaluator(*desk.parts.resolver);
    const auto report = co_await evaluator.check(std::move(question), identity, Deadline::after(spf::default_time_limit));
    co_return http::json_response(200, spfadvice::to_json(report));
}

}  // namespace

void add_spf_routes(http::Router& router, const std::shared_ptr<const Desk>& desk)
{
    const auto own = desk->admin().from_own_pages();
    router.add(http::Method::get, "/api/v1/admin/spf", http::call_with(desk, show_choices));
    router.add(http::Method::post, "/api/v1/admin/spf/advise", http::call_with(desk, advise), own);
    router.add(http::Method::post, "/api/v1/admin/spf/check", http::call_with(desk, check), own);
}

}  // namespace sealpost::portal
