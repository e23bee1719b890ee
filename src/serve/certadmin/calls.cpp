#include "core/certificates/report.hpp"
#include "core/people/people.hpp"
#include "serve/certadmin/certadmin.hpp"
#include "serve/certadmin/description.hpp"
#include "serve/certadmin/material_json.hpp"

#include <boost/json/serialize.hpp>

#include <array>

namespace sealpost::certadmin {
namespace {

namespace json = boost::json;
using admin::language_of;
using certificates::Entry;
using certificates::Finding;
using certificates::Verdict;
using http::Checked;
using http::Request;
using http::Response;
using Purpose = admin::Desk::Purpose;

// What the calls share. Lives as long as the router.
struct Desk {
    Task<Checked<admin::SignedIn>> require(Request& request, Purpose purpose) const
    {
        return parts.admin->require(request, purpose, admin::Area::node);
    }
    Parts parts;
};

json::object describe(const Desk& desk, const Entry& entry, const Request& request)
{
    json::object object = certificates::to_json(entry, language_of(request));
    const Renewals* renewals = desk.parts.renewals;
    if (entry.acme.empty() || !renewals || !renewals->find) return object;
    const auto renewal = renewals->find(entry.name);
    if (!renewal) return object;
    object["renewal"] = acme::to_json(*renewal);
    return object;
}

Task<Checked<Response>> answer_entry(const Desk& desk, Request& request, std::string name)
{
    const auto find = [store = desk.parts.store, name] { return store->find(name); };
    SEALPOST_CO_TRY(const auto entry, co_await desk.parts.pool->run(find));
    co_return http::json_response(200, describe(desk, entry, request));
}

// Whose certificate the path names; 404 when there is none.
Checked<std::string> find_name(const Desk& desk, const Request& request)
{
    const std::string& name = request.parameter("name");
    if (!desk.parts.store->find_configured(name)) return http::not_found();
    return name;
}

// The same, for what is changed here.
Checked<std::string> find_kept_name(const Desk& desk, const Request& request)
{
    const std::string& name = request.parameter("name");
    const auto* configured = desk.parts.store->find_configured(name);
    if (!configured) return http::not_found();
    if (configured->is_kept_by_node()) return name;
    json::object more;
    more["fix"] = language_of(request) == Language::fr
                      ? "Remplacez ces fichiers et rechargez le nœud, ou retirez `chain` et `key` de la configuration."
                      : "Replace those files and reload the node, or take `chain` and `key` out of the configuration.";
    return http::Problem(409, "not-kept-by-node", "This certificate is kept in files", configured->chain.string(),
                         std::move(more));
}

// The problem that a finding is to an install; 200 has none.
std::optional<http::Problem> find_problem(const Finding& finding, const Request& request)
{
    json::object more;
    more["fix"] = finding.fix.in(language_of(request));
    const auto conflict = [&](const char* name, const char* title) {
        return http::Problem(409, name, title, finding.detail, std::move(more));
    };
    switch (finding.verdict) {
        case Verdict::not_read: return http::Problem(400, "bad-request", "This cannot be read", finding.detail, std::move(more));
        case Verdict::no_certificate: return conflict("no-certificate", "There is no certificate in it");
        case Verdict::no_key: return conflict("no-key", "There is no key for it");
        case Verdict::wrong_key: return conflict("wrong-key", "The key belongs to another certificate");
        default: return std::nullopt;
    }
}

Task<Checked<Response>> list(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require(request, Purpose::look));
    const auto list_all = [store = desk.parts.store] { return store->list(); };
    const auto entries = co_await desk.parts.pool->run(list_all);
    json::array all;
    for (const auto& entry : entries) all.emplace_back(describe(desk, entry, request));
    co_return http::json_response(200, json::object{{"certificates", std::move(all)}});
}

Task<Checked<Response>> show(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require(request, Purpose::look));
    SEALPOST_CO_TRY(auto name, find_name(desk, request));
    auto answer = co_await answer_entry(desk, request, std::move(name));
    co_return answer;
}

struct Deed {
    std::string what;  // "certificate.installed"
    std::string name;
    json::object details;
};

// In the log and in the audit trail. What was done stands whatever becomes of that.
Task<void> note(const Desk& desk, const Request& request, const admin::SignedIn& signed_in, Deed deed)
{
    const std::string details = json::serialize(deed.details);
    desk.parts.log.info(deed.what, {{"certificate", deed.name}, {"author", signed_in.administrator.name}, {"details", details}});
    people::AuditEntry entry;
    entry.who = admin::who_of(signed_in);
    entry.network = people::network_of(request.peer.address);
    entry.what = deed.what;
    entry.subject = "certificate:" + deed.name;
    entry.details = details;
    auto kept = co_await desk.parts.admin->parts.people->audit().append(std::move(entry));
    if (kept.has_error()) desk.parts.log.warning("certificate.not_in_audit_trail", {{"problem", kept.error().text}});
}

Task<Checked<Response>> make_request(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require(request, Purpose::change));
    SEALPOST_CO_TRY(const auto name, find_kept_name(desk, request));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    SEALPOST_CO_TRY(const auto order, read_request_order(body));
    const auto make = [store = desk.parts.store, &name, &order] { return store->make_request(name, order); };
    auto made = co_await desk.parts.pool->run(make);
    // A subject that does not become a name: what was written there is to blame.
    if (made.has_error() && made.error().fault == Fault::config) co_return http::bad_request("subject", made.error().text);
    if (made.has_error()) co_return http::Problem(made.error());
    Deed deed{"certificate.requested", name, {}};
    deed.details["key"] = made->key;
    co_await note(desk, request, signed_in, std::move(deed));
    auto answer = co_await answer_entry(desk, request, name);
    co_return answer;
}

Task<Checked<Response>> check(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require(request, Purpose::change));
    SEALPOST_CO_TRY(const auto name, find_kept_name(desk, request));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request, desk.parts.pool));
    SEALPOST_CO_TRY(const auto order, read_material(body));
    const auto look = [store = desk.parts.store, &name, &order] { return store->check(name, order.material); };
    SEALPOST_CO_TRY(const auto finding, co_await desk.parts.pool->run(look));
    if (auto problem = find_problem(finding, request)) co_return std::move(*problem);
    co_return http::json_response(200, certificates::to_json(finding, language_of(request)));
}

Task<Checked<Response>> install(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require(request, Purpose::change));
    SEALPOST_CO_TRY(const auto name, find_kept_name(desk, request));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request, desk.parts.pool));
    SEALPOST_CO_TRY(const auto order, read_material(body));
    const auto put = [store = desk.parts.store, &name, &order] {
        return store->install(name, order.material, order.even_though_it_does_not_verify);
    };
    SEALPOST_CO_TRY(const auto installed, co_await desk.parts.pool->run(put));
    const Finding& finding = installed.finding;
    if (auto problem = find_problem(finding, request)) co_return std::move(*problem);
    if (!installed.is_installed) {
        json::object more;
        more["fix"] = finding.fix.in(language_of(request));
        more["finding"] = certificates::to_json(finding, language_of(request));
        co_return http::Problem(409, "does-not-verify", "Others will not trust this chain", finding.detail, std::move(more));
    }
    Deed deed{"certificate.installed", name, {}};
    deed.details["verdict"] = certificates::format_verdict(finding.verdict);
    deed.details["sha256"] = finding.chain.front().sha256_fingerprint();
    co_await note(desk, request, signed_in, std::move(deed));
    SEALPOST_CO_CHECK(co_await desk.parts.reload(name));
    auto answer = co_await answer_entry(desk, request, name);
    co_return answer;
}

Task<Checked<Response>> renew(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require(request, Purpose::change));
    SEALPOST_CO_TRY(const auto name, find_kept_name(desk, request));
    const Renewals* renewals = desk.parts.renewals;
    const bool can_renew = renewals && renewals->renew_now && !desk.parts.store->find_configured(name)->acme.empty();
    if (!can_renew) co_return http::Problem(409, "not-acme", "No authority renews this certificate by itself");
    renewals->renew_now(name);
    desk.parts.log.info("certificate.renewal_asked", {{"certificate", name}, {"author", signed_in.administrator.name}});
    co_return http::empty_response(202);
}

Task<Response> describe_api(Request&) { co_return http::static_json_response(certificates_description); }

// A call of the API. One that changes or costs something is a POST, and taken from our own pages only.
struct Call {
    http::Method method;
    std::string_view path;
    http::DeskCall<Desk> call;
    std::uint64_t max_body_bytes = 64 * 1024;
};

constexpr std::array<Call, 6> calls{{
    {http::Method::get, "/api/v1/certificates", list},
    {http::Method::get, "/api/v1/certificates/{name}", show},
    {http::Method::post, "/api/v1/certificates/{name}/request", make_request},
    {http::Method::post, "/api/v1/certificates/{name}/check", check, max_material_body_bytes},
    {http::Method::post, "/api/v1/certificates/{name}/install", install, max_material_body_bytes},
    {http::Method::post, "/api/v1/certificates/{name}/renew", renew},
}};

constexpr std::string_view description_path = "/api/v1/openapi/certificates.json";

}  // namespace

void add_routes(http::Router& router, Parts parts)
{
    const auto desk = std::make_shared<const Desk>(Desk{std::move(parts)});
    for (const auto& entry : calls) {
        auto handler = http::call_with(desk, entry.call);
        const auto own = desk->parts.admin->from_own_pages(entry.max_body_bytes);
        router.add(entry.method, std::string(entry.path), std::move(handler),
                   entry.method == http::Method::get ? http::RouteOptions() : own);
    }
    router.add(http::Method::get, std::string(description_path), describe_api);
}

}  // namespace sealpost::certadmin
