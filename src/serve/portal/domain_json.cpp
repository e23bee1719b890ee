#include "serve/portal/domain_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

namespace sealpost::portal {
namespace json = boost::json;
namespace {

// The stored report's host with the advice for its verdict.
json::value add_fix(const json::value& stored, route::Language language)
{
    if (!stored.is_object()) return stored;
    json::object host = stored.get_object();
    const auto* name = host.if_contains("verdict");
    const auto verdict = name && name->is_string() ? route::parse_verdict(std::string_view(name->get_string())) : std::nullopt;
    host["fix"] = verdict ? route::fix_for(*verdict, language) : std::string_view();
    return host;
}

json::array format_hosts(const std::string& report, route::Language language)
{
    boost::system::error_code error;
    const auto stored = json::parse(report, error);
    const auto* object = error ? nullptr : stored.if_object();
    const auto* hosts = object ? object->if_contains("hosts") : nullptr;
    json::array all;
    if (!hosts || !hosts->is_array()) return all;
    for (const auto& host : hosts->get_array()) all.push_back(add_fix(host, language));
    return all;
}

json::value format_test(const std::optional<domains::TestRecord>& test, route::Language language)
{
    if (!test) return nullptr;
    json::object object;
    object["at"] = format_rfc3339(test->at);
    object["ready"] = test->ready;
    object["problem"] = test->problem.empty() ? json::value(nullptr) : json::value(test->problem);
    object["hosts"] = format_hosts(test->report, language);
    return object;
}

}  // namespace

json::object format_proof(const domains::Proof& proof)
{
    json::object object;
    object["name"] = proof.name;
    object["type"] = proof.type;
    object["value"] = proof.value;
    return object;
}

json::object format_domain(const domains::Domain& domain, route::Language language)
{
    json::object object;
    object["domain"] = domain.name;
    object["proven"] = domain.proven;
    object["proof"] = format_proof(domain.proof);
    object["tls_replies"] = domain.tls_replies;
    object["on_failure"] = domains::format_on_failure(domain.on_failure);
    object["last_test"] = format_test(domain.last_test, language);
    object["needs_test"] = domain.needs_test;
    object["last_failure"] = domain.last_failure.empty() ? json::value(nullptr) : json::value(domain.last_failure);
    return object;
}

}  // namespace sealpost::portal
