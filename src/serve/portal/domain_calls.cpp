#include "serve/portal/desk.hpp"
#include "serve/portal/domain_json.hpp"
#include "sys/http/fields.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace sealpost::portal {
namespace {

namespace json = boost::json;
using http::Checked;
using http::Problem;
using http::Request;
using http::Response;

constexpr std::chrono::seconds dns_time{20};

route::Language language_of(const Request& request) { return wants_french(request) ? route::Language::fr : route::Language::en; }

Response show(const domains::Domain& domain, const Request& request, int status = 200)
{
    return http::json_response(status, format_domain(domain, language_of(request)));
}

Problem not_proven(const domains::Domain& domain)
{
    json::object more;
    more["proof"] = format_proof(domain.proof);
    return {409, "not-proven", "The domain is not proven to be yours", "Publish the TXT record, then try again.",
            std::move(more)};
}

// The domain as it is after a change.
Task<Checked<Response>> show_again(const Desk& desk, const Request& request, std::string name)
{
    SEALPOST_CO_TRY(const auto domain, co_await desk.parts.domains->find(std::move(name)));
    if (!domain) co_return http::not_found();
    co_return show(*domain, request);
}

Task<Checked<Response>> list_domains(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::look));
    SEALPOST_CO_TRY(const auto all, co_await desk.parts.domains->list(signed_in.account()));
    json::array list;
    for (const auto& domain : all) list.push_back(format_domain(domain, language_of(request)));
    json::object answer;
    answer["domains"] = std::move(list);
    co_return http::json_response(200, answer);
}

Task<Checked<Response>> add_domain(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::change));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    const std::string asked = fields.text("domain", 255);
    SEALPOST_CO_CHECK(fields.check());
    const auto name = people::normalise_domain(asked);
    if (name.has_error()) co_return http::bad_request("domain", name.error().text);
    SEALPOST_CO_TRY(const auto verdict,
                    co_await desk.parts.domains->add(*name, signed_in.account(), "postmaster@" + *name, who_of(signed_in)));
    if (const auto* bad = std::get_if<domains::BadName>(&verdict)) co_return http::bad_request("domain", bad->why);
    if (std::holds_alternative<domains::Exists>(verdict)) co_return Problem(409, "exists", "This domain is here already");
    co_return show(std::get<domains::Domain>(verdict), request, 201);
}

Task<Checked<Response>> show_domain(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::look));
    SEALPOST_CO_TRY(const auto domain, co_await desk.find_domain(request, signed_in));
    co_return show(domain, request);
}

Task<Checked<Response>> remove_domain(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::change));
    SEALPOST_CO_TRY(const auto domain, co_await desk.find_domain(request, signed_in));
    SEALPOST_CO_TRY(const bool removed, co_await desk.parts.domains->remove(domain.name, who_of(signed_in)));
    if (!removed) co_return http::not_found();
    co_return http::empty_response(204);
}

Task<Checked<Response>> verify_domain(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::change));
    SEALPOST_CO_TRY(const auto domain, co_await desk.find_domain(request, signed_in));
    auto found = co_await dns::find_txt(*desk.parts.resolver, domain.proof.name, Deadline::after(dns_time));
    if (found.status == dns::Status::temporary)
        co_return Problem(503, "try-later", "DNS did not answer", "Asked for the TXT record of " + domain.proof.name + ".");
    SEALPOST_CO_TRY(const auto verdict,
                    co_await desk.parts.domains->check_proof(domain.name, std::move(found.texts), who_of(signed_in)));
    if (verdict == domains::ProofVerdict::unknown) co_return http::not_found();
    if (verdict == domains::ProofVerdict::not_proven && !domain.proven) co_return not_proven(domain);
    auto shown = co_await show_again(desk, request, domain.name);
    co_return shown;
}

Task<Checked<Response>> test_domain(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::change));
    SEALPOST_CO_TRY(const auto domain, co_await desk.find_domain(request, signed_in));
    const auto result = co_await desk.parts.test(domain.name);
    const bool has_problem = result.problem != tlstest::DomainProblem::none;
    domains::TestRecord record;
    record.at = desk.parts.clock->now();
    record.ready = result.ready();
    record.problem = has_problem ? std::string(tlstest::format_problem(result.problem)) : std::string();
    record.report = json::serialize(tlstest::to_json(result));
    SEALPOST_CO_TRY(const bool kept, co_await desk.parts.domains->record_test(domain.name, std::move(record)));
    if (!kept) co_return http::not_found();
    desk.parts.log.info("domain_tested", {{"domain", domain.name}, {"ready", result.ready()}});
    auto shown = co_await show_again(desk, request, domain.name);
    co_return shown;
}

// Under whose name the domain's own people's replies leave, and why: their domain is asked as one of
// them would be judged.
Task<Checked<Response>> show_sending(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::look));
    SEALPOST_CO_TRY(const auto domain, co_await desk.find_domain(request, signed_in));
    const std::string person = "postmaster@" + domain.name;
    if (!desk.parts.judge->find_kept(person)) SEALPOST_CO_CHECK(co_await desk.admin().admit_question(signed_in));
    const auto judgement = co_await desk.parts.judge->judge(person);
    auto answer = identity::to_json(judgement);
    answer["include"] = desk.parts.judge->service_name();
    co_return http::json_response(200, answer);
}

Task<Checked<Response>> change_domain(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::change));
    SEALPOST_CO_TRY(const auto domain, co_await desk.find_domain(request, signed_in));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    const bool on = fields.flag_or("tls_replies", domain.tls_replies);
    const auto on_failure =
        domains::parse_on_failure(fields.text_or("on_failure", 20, domains::format_on_failure(domain.on_failure)));
    if (!on_failure) fields.complain("on_failure", "is none of envelope, hold, bounce");
    SEALPOST_CO_CHECK(fields.check());
    SEALPOST_CO_TRY(const auto verdict,
                    co_await desk.parts.domains->set_replies(domain.name, on, *on_failure, who_of(signed_in)));
    if (verdict == domains::SwitchVerdict::unknown) co_return http::not_found();
    if (verdict == domains::SwitchVerdict::not_proven) co_return not_proven(domain);
    if (verdict == domains::SwitchVerdict::not_ready)
        co_return Problem(409, "not-ready", "The domain has not passed the TLS test", "Run the test; every host must be ok.");
    auto shown = co_await show_again(desk, request, domain.name);
    co_return shown;
}

}  // namespace

void add_domain_routes(http::Router& router, const std::shared_ptr<const Desk>& desk)
{
    const auto own = desk->admin().from_own_pages();
    const std::string all = "/api/v1/admin/domains";
    const std::string one = all + "/{domain}";
    router.add(http::Method::get, all, call_with(desk, list_domains));
    router.add(http::Method::post, all, call_with(desk, add_domain), own);
    router.add(http::Method::get, one, call_with(desk, show_domain));
    router.add(http::Method::remove, one, call_with(desk, remove_domain), own);
    router.add(http::Method::put, one, call_with(desk, change_domain), own);
    router.add(http::Method::get, one + "/sending", call_with(desk, show_sending));
    router.add(http::Method::post, one + "/verify", call_with(desk, verify_domain), own);
    router.add(http::Method::post, one + "/test", call_with(desk, test_domain), own);
}

}  // namespace sealpost::portal
