#include "serve/domaintests/json.hpp"

#include "serve/domaintests/json_text.hpp"
#include "serve/tlstest/domain_test.hpp"

namespace sealpost::domaintests {
namespace json = boost::json;

namespace {

bool is_own_issuer(const json::value& certificate)
{
    const auto* object = certificate.if_object();
    return object && !find_text(*object, "subject").empty() && find_text(*object, "subject") == find_text(*object, "issuer");
}

// Of a test that was kept before tests said it: where the verdict alone tells which certificate is at fault.
json::value infer_faulty(const json::object& host)
{
    const auto verdict = find_text(host, "verdict");
    const auto* found = host.if_contains("chain");
    const auto* chain = found ? found->if_array() : nullptr;
    if (!chain || chain->empty()) return nullptr;
    if (verdict == "name_mismatch") return 0;
    if (verdict == "missing_intermediate") return chain->size();
    if (verdict == "untrusted_root") return chain->size() - (is_own_issuer(chain->back()) ? 1 : 0);
    return nullptr;
}

}  // namespace

json::object explain_host(const json::object& host, Language language)
{
    json::object explained = host;
    const auto verdict = route::parse_verdict(find_text(host, "verdict"));
    const auto fix = [&] { return is_left_out(host) ? tlstest::fix_of_left_out() : tlstest::fix_of(*verdict, was_asked(host)); };
    explained["fix"] = verdict ? fix().in(language) : "";
    if (!host.contains("faulty")) explained["faulty"] = infer_faulty(host);
    for (const char* name : {"missing_issuer", "missing_issuer_url"})
        if (!host.contains(name)) explained[name] = nullptr;
    return explained;
}

namespace {

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

json::object format_test(const domains::TestRecord& test, Language language)
{
    json::array hosts;
    for (const auto& host : read_hosts(test.report))
        hosts.emplace_back(host.is_object() ? json::value(explain_host(host.get_object(), language)) : host);
    json::object object;
    object["at"] = format_rfc3339(test.at);
    object["ready"] = test.ready;
    object["problem"] = text_or_null(test.problem);
    object["cause"] = domains::format_cause(test.cause);
    object["hosts"] = std::move(hosts);
    return object;
}

}  // namespace

json::array read_hosts(const std::string& report)
{
    const auto object = jsonread::parse_object(report);
    const auto* hosts = object ? object->if_contains("hosts") : nullptr;
    return hosts && hosts->is_array() ? hosts->get_array() : json::array();
}

json::object format_proof(const domains::Proof& proof)
{
    json::object object;
    object["name"] = proof.name;
    object["type"] = proof.type;
    object["value"] = proof.value;
    return object;
}

json::object format_domain(const domains::Domain& domain, Language language)
{
    json::object object;
    object["domain"] = domain.name;
    object["proven"] = domain.is_proven();
    object["proven_by"] = text_or_null(std::string(domains::format_proven_by(domain.proven_by)));
    object["contact"] = domain.contact;
    object["proof"] = format_proof(domain.proof);
    object["tls_replies"] = domain.tls_replies;
    object["on_failure"] = domains::format_on_failure(domain.on_failure);
    object["last_test"] = domain.last_test ? json::value(format_test(*domain.last_test, language)) : json::value(nullptr);
    object["needs_test"] = domain.needs_test;
    object["last_failure"] = text_or_null(domain.last_failure);
    return object;
}

json::object format_progress(const Progress& progress, Language language)
{
    json::object object;
    object["id"] = progress.id;
    object["domain"] = progress.domain;
    object["state"] = progress.result ? "done" : "running";
    object["started"] = format_rfc3339(progress.started);
    object["expected"] = progress.expected ? json::value(*progress.expected) : json::value(nullptr);
    json::array hosts;
    for (const auto& host : progress.hosts) hosts.emplace_back(explain_host(*host, language));
    object["hosts"] = std::move(hosts);
    for (const char* name : {"ready", "problem", "problem_detail", "dane", "mta_sts"}) {
        const auto* value = progress.result ? progress.result->if_contains(name) : nullptr;
        object[name] = value ? *value : json::value(nullptr);
    }
    return object;
}

json::object format_history(const std::vector<domains::TestRecord>& tests, Language language)
{
    json::array all;
    for (const auto& test : tests) all.emplace_back(format_test(test, language));
    json::object object;
    object["tests"] = std::move(all);
    return object;
}

}  // namespace sealpost::domaintests
