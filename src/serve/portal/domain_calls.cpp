#include "serve/domaintests/http_answers.hpp"
#include "serve/domaintests/json.hpp"
#include "serve/portal/desk.hpp"
#include "serve/portal/stopped_notices.hpp"
#include "sys/http/fields.hpp"
#include "sys/jsonread/jsonread.hpp"

#include <boost/json/array.hpp>

namespace sealpost::portal {
namespace {

namespace json = boost::json;
using http::Checked;
using http::Problem;
using http::Request;
using http::Response;

constexpr std::chrono::seconds dns_time{20};
constexpr std::chrono::seconds test_time{90};  // with its waiting

// What the account itself saw of a domain that it has not proven: the kept tests are those of whoever proves it.
std::optional<domains::TestRecord> find_own_test(const Desk& desk, const SignedIn& signed_in, const std::string& domain)
{
    const auto last = desk.parts.tests->find_last(domain, who_of(signed_in));
    return last ? std::optional(domaintests::make_record(*last)) : std::nullopt;
}

json::object format_for(const Desk& desk, const SignedIn& signed_in, domains::Domain domain, const Request& request)
{
    if (!domain.is_proven()) domain.last_test = find_own_test(desk, signed_in, domain.name);
    return domaintests::format_domain(domain, language_of(request));
}

Problem not_proven(const domains::Domain& domain)
{
    json::object more;
    more["proof"] = domaintests::format_proof(domain.proof);
    return {409, "not-proven", "The domain is not proven to be yours", "Publish the TXT record, then try again.",
            std::move(more)};
}

// The domain as it is after a change.
Task<Checked<Response>> show_again(const Desk& desk, const Request& request, const SignedIn& signed_in, domains::ClaimKey claim)
{
    SEALPOST_CO_TRY(const auto domain, co_await desk.parts.domains->find_claim(std::move(claim)));
    if (!domain) co_return http::not_found();
    co_return http::json_response(200, format_for(desk, signed_in, *domain, request));
}

Task<Checked<Response>> list_domains(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::look));
    SEALPOST_CO_TRY(const auto all, co_await desk.parts.domains->list(signed_in.account()));
    json::array list;
    for (const auto& domain : all) list.push_back(format_for(desk, signed_in, domain, request));
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
    co_return http::json_response(201, format_for(desk, signed_in, std::get<domains::Domain>(verdict), request));
}

Task<Checked<Response>> show_domain(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::look));
    SEALPOST_CO_TRY(const auto domain, co_await desk.find_domain(request, signed_in));
    co_return http::json_response(200, format_for(desk, signed_in, domain, request));
}

Task<Checked<Response>> remove_domain(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::change));
    SEALPOST_CO_TRY(const auto domain, co_await desk.find_domain(request, signed_in));
    SEALPOST_CO_TRY(const bool removed, co_await desk.parts.domains->remove(domain.key(), who_of(signed_in)));
    if (!removed) co_return http::not_found();
    co_return http::empty_response(204);
}

domains::Doer doer_of(const SignedIn& signed_in, const Request& request)
{
    return {who_of(signed_in), people::network_of(request.peer.address)};
}

domaintests::PostmasterCodes::Order make_code_order(const SignedIn& signed_in, const Request& request, std::string domain)
{
    return {std::move(domain), domains::Claimant::account(signed_in.account()), doer_of(signed_in, request),
            std::string(format_language(language_of(request)))};
}

// A call without a body asks DNS, as it always did.
Checked<std::optional<Secret>> parse_code(const std::string& text)
{
    if (text.empty()) return std::optional<Secret>();
    const auto body = jsonread::parse_object(text);
    if (!body) return http::bad_request("body", "The body is no JSON object.");
    http::Fields fields(*body);
    if (!fields.has("code")) return std::optional<Secret>();
    Secret code = fields.secret("code", 20);
    if (const auto checked = fields.check(); checked.has_error()) return checked.error();
    return std::optional(std::move(code));
}

Task<Checked<Response>> verify_by_record(const Desk& desk, const Request& request, const SignedIn& signed_in,
                                         domains::Domain domain)
{
    auto found = co_await dns::find_txt(*desk.parts.resolver, domain.proof.name, Deadline::after(dns_time));
    if (found.status == dns::Status::temporary)
        co_return Problem(503, "try-later", "DNS did not answer", "Asked for the TXT record of " + domain.proof.name + ".");
    auto doer = doer_of(signed_in, request);
    SEALPOST_CO_TRY(const auto verdict,
                    co_await desk.parts.domains->proofs().check_records(domain.key(), std::move(found.texts), std::move(doer)));
    if (verdict == domains::ProofVerdict::unknown) co_return http::not_found();
    if (verdict == domains::ProofVerdict::not_proven && !domain.is_proven()) co_return not_proven(domain);
    auto shown = co_await show_again(desk, request, signed_in, domain.key());
    co_return shown;
}

Task<Checked<Response>> verify_by_code(const Desk& desk, const Request& request, const SignedIn& signed_in,
                                       domains::Domain domain, Secret code)
{
    auto order = make_code_order(signed_in, request, domain.name);
    SEALPOST_CO_CHECK(co_await desk.parts.codes->check(std::move(order), std::move(code)));
    auto shown = co_await show_again(desk, request, signed_in, domain.key());
    co_return shown;
}

Task<Checked<Response>> verify_domain(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::change));
    SEALPOST_CO_TRY(auto domain, co_await desk.find_domain(request, signed_in));
    SEALPOST_CO_TRY(const auto text, co_await http::read_body(request));
    SEALPOST_CO_TRY(auto code, parse_code(text));
    if (code) {
        auto proven = co_await verify_by_code(desk, request, signed_in, std::move(domain), std::move(*code));
        co_return proven;
    }
    auto proven = co_await verify_by_record(desk, request, signed_in, std::move(domain));
    co_return proven;
}

Task<Checked<Response>> mail_code(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::change));
    SEALPOST_CO_TRY(const auto domain, co_await desk.find_domain(request, signed_in));
    auto order = make_code_order(signed_in, request, domain.name);
    SEALPOST_CO_TRY(const auto sent, co_await desk.parts.codes->mail(std::move(order)));
    co_return http::json_response(202, sent);
}

domaintests::StartVerdict begin_test(const Desk& desk, const SignedIn& signed_in, const domains::Domain& domain)
{
    return desk.parts.tests->start(domain.name, {who_of(signed_in), domaintests::standing_of(domain)});
}

// One of the tests that run on, whose end is waited for.
Task<Checked<Response>> test_domain(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::change));
    SEALPOST_CO_TRY(const auto asked, co_await desk.find_domain(request, signed_in));
    const auto verdict = begin_test(desk, signed_in, asked);
    const auto* begun = std::get_if<domaintests::Progress>(&verdict);
    if (!begun) co_return domaintests::answer_start(verdict, language_of(request));
    const auto done = co_await desk.parts.tests->wait_for_end(begun->id, Deadline::after(test_time));
    if (!done) co_return Problem(503, "try-later", "The test has not ended yet", "Many tests are waiting.");
    SEALPOST_CO_TRY(auto domain, co_await desk.parts.domains->find_claim(asked.key()));
    if (!domain) co_return http::not_found();
    domain->last_test = domaintests::make_record(*done);  // also when it is not kept
    co_return http::json_response(200, domaintests::format_domain(*domain, language_of(request)));
}

Task<Checked<Response>> start_test(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::change));
    SEALPOST_CO_TRY(const auto domain, co_await desk.find_domain(request, signed_in));
    co_return domaintests::answer_start(begin_test(desk, signed_in, domain), language_of(request));
}

Task<Checked<Response>> show_test(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::look));
    SEALPOST_CO_TRY(const auto domain, co_await desk.find_domain(request, signed_in));
    const auto progress = desk.parts.tests->find(request.parameter("id"));
    if (!progress || progress->domain != domain.name) co_return http::not_found();
    co_return http::json_response(200, domaintests::format_progress(*progress, language_of(request)));
}

Task<Checked<Response>> list_tests(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::look));
    SEALPOST_CO_TRY(const auto domain, co_await desk.find_domain(request, signed_in));
    if (!domain.is_proven()) {
        std::vector<domains::TestRecord> own;
        if (auto last = find_own_test(desk, signed_in, domain.name)) own.push_back(std::move(*last));
        co_return http::json_response(200, domaintests::format_history(own, language_of(request)));
    }
    SEALPOST_CO_TRY(const auto tests, co_await desk.parts.domains->list_tests(domain.name, domaintests::most_tests_told));
    co_return http::json_response(200, domaintests::format_history(tests, language_of(request)));
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

// Whoever has not proven the domain learns nothing of the mail that goes there.
Task<Checked<Response>> show_stopped(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::look));
    SEALPOST_CO_TRY(const auto domain, co_await desk.find_domain(request, signed_in));
    if (!domain.is_proven()) co_return http::not_found();
    SEALPOST_CO_TRY(const auto notices, co_await find_stopped_notices(desk.parts.queue, domain.name));
    json::object answer;
    answer["waiting"] = notices.waiting;
    answer["is_all"] = notices.is_all;
    answer["said"] = notices.said;
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
                    co_await desk.parts.domains->set_replies(domain.key(), on, *on_failure, who_of(signed_in)));
    if (verdict == domains::SwitchVerdict::unknown) co_return http::not_found();
    if (verdict == domains::SwitchVerdict::not_proven) co_return not_proven(domain);
    if (verdict == domains::SwitchVerdict::not_ready)
        co_return Problem(409, "not-ready", "The domain has not passed the TLS test", "Run the test; every host must be ok.");
    auto shown = co_await show_again(desk, request, signed_in, domain.key());
    co_return shown;
}

}  // namespace

void add_domain_routes(http::Router& router, const std::shared_ptr<const Desk>& desk)
{
    const auto own = desk->admin().from_own_pages();
    const std::string all = "/api/v1/admin/domains";
    const std::string one = all + "/{domain}";
    router.add(http::Method::get, all, http::call_with(desk, list_domains));
    router.add(http::Method::post, all, http::call_with(desk, add_domain), own);
    router.add(http::Method::get, one, http::call_with(desk, show_domain));
    router.add(http::Method::remove, one, http::call_with(desk, remove_domain), own);
    router.add(http::Method::put, one, http::call_with(desk, change_domain), own);
    router.add(http::Method::get, one + "/sending", http::call_with(desk, show_sending));
    router.add(http::Method::get, one + "/stopped", http::call_with(desk, show_stopped));
    router.add(http::Method::post, one + "/verify", http::call_with(desk, verify_domain), own);
    router.add(http::Method::post, one + "/code", http::call_with(desk, mail_code), own);
    router.add(http::Method::post, one + "/test", http::call_with(desk, test_domain), own);
    router.add(http::Method::post, one + "/tests", http::call_with(desk, start_test), own);
    router.add(http::Method::get, one + "/tests", http::call_with(desk, list_tests));
    router.add(http::Method::get, one + "/tests/{id}", http::call_with(desk, show_test));
}

}  // namespace sealpost::portal
