#include "serve/domaintests/json.hpp"

#include "serve/domaintests/json_text.hpp"
#include "serve/tlstest/domain_test.hpp"

#include <boost/json/parse.hpp>

#include <charconv>

namespace sealpost::domaintests {
namespace json = boost::json;
namespace {

using route::TlsVerdict;

const json::array& chain_of(const json::object& host)
{
    static const json::array none;
    const auto* chain = host.if_contains("chain");
    return chain && chain->is_array() ? chain->get_array() : none;
}

template <class Test>
json::value find_first(const json::array& chain, Test is_at_fault)
{
    for (std::size_t i = 0; i < chain.size(); ++i)
        if (chain[i].is_object() && is_at_fault(chain[i].get_object())) return i;
    return nullptr;
}

// As tlstest names keys: "RSA 1024".
bool is_weak_key(std::string_view key)
{
    constexpr std::string_view kind = "RSA ";
    constexpr unsigned least_bits = 2048;
    if (!key.starts_with(kind)) return false;
    unsigned bits = 0;
    const auto read = std::from_chars(key.data() + kind.size(), key.data() + key.size(), bits);
    return read.ec == std::errc() && bits < least_bits;
}

// Of times as RFC 3339 of one length and zone, text order is the order in time.
json::value find_faulty(const json::object& host, TlsVerdict verdict, std::string_view at)
{
    const auto& chain = chain_of(host);
    if (chain.empty()) return nullptr;
    switch (verdict) {
        case TlsVerdict::missing_intermediate: return chain.size();
        case TlsVerdict::self_signed:
        case TlsVerdict::name_mismatch: return 0;
        case TlsVerdict::untrusted_root: return chain.size() - 1;
        case TlsVerdict::expired:
            return find_first(chain, [&](const auto& certificate) { return text_of(certificate, "not_after") < at; });
        case TlsVerdict::not_yet_valid:
            return find_first(chain, [&](const auto& certificate) { return text_of(certificate, "not_before") > at; });
        case TlsVerdict::weak_signature:
            return find_first(chain, [](const auto& certificate) {
                const auto hash = text_of(certificate, "signature_hash");
                return hash == "SHA1" || hash == "MD5";
            });
        case TlsVerdict::weak_key:
            return find_first(chain, [](const auto& certificate) { return is_weak_key(text_of(certificate, "key")); });
        default: return nullptr;
    }
}

}  // namespace

json::object explain_host(const json::object& host, Language language, std::string_view at)
{
    json::object explained = host;
    const auto verdict = route::parse_verdict(text_of(host, "verdict"));
    const auto fix = [&] { return is_left_out(host) ? tlstest::fix_of_left_out() : tlstest::fix_of(*verdict, was_asked(host)); };
    explained["fix"] = verdict ? fix().in(language) : "";
    explained["faulty"] = verdict ? find_faulty(host, *verdict, at) : json::value(nullptr);
    for (const char* name : {"missing_issuer", "missing_issuer_url"})
        if (!host.contains(name)) explained[name] = nullptr;
    return explained;
}

namespace {

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

json::object format_test(const domains::TestRecord& test, Language language)
{
    const std::string at = format_rfc3339(test.at);
    json::array hosts;
    for (const auto& host : read_hosts(test.report))
        hosts.emplace_back(host.is_object() ? json::value(explain_host(host.get_object(), language, at)) : host);
    json::object object;
    object["at"] = at;
    object["ready"] = test.ready;
    object["problem"] = text_or_null(test.problem);
    object["cause"] = domains::format_cause(test.cause);
    object["hosts"] = std::move(hosts);
    return object;
}

}  // namespace

json::array read_hosts(const std::string& report)
{
    boost::system::error_code error;
    const auto stored = json::parse(report, error);
    const auto* object = error ? nullptr : stored.if_object();
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
    const std::string at = format_rfc3339(progress.started);
    for (const auto& host : progress.hosts) hosts.emplace_back(explain_host(*host, language, at));
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
