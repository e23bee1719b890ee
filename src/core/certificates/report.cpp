#include "core/certificates/report.hpp"

namespace sealpost::certificates {

namespace json = boost::json;

namespace {

json::array list(const std::vector<std::string>& texts)
{
    json::array all;
    for (const auto& text : texts) all.emplace_back(text);
    return all;
}

json::value text_or_null(const std::string& text) { return text.empty() ? json::value() : json::value(text); }

}  // namespace

json::object to_json(const crypto::Certificate& certificate)
{
    auto names = list(certificate.dns_names());
    for (const IpAddress& address : certificate.ip_names()) names.emplace_back(format_ip(address));
    json::object object;
    object["subject"] = certificate.subject();
    object["issuer"] = certificate.issuer();
    object["serial"] = certificate.serial();
    object["names"] = std::move(names);
    object["not_before"] = format_rfc3339(certificate.not_before());
    object["not_after"] = format_rfc3339(certificate.not_after());
    object["key"] = certificate.key_type() + " " + std::to_string(certificate.key_bits());
    object["signature_hash"] = certificate.signature_hash();
    object["sha256"] = certificate.sha256_fingerprint();
    object["ca"] = certificate.is_ca();
    object["self_signed"] = certificate.is_self_signed();
    return object;
}

json::array to_json(const std::vector<crypto::Certificate>& chain)
{
    json::array all;
    for (const auto& certificate : chain) all.emplace_back(to_json(certificate));
    return all;
}

json::object to_json(const Finding& finding, Language language)
{
    json::object object;
    object["verdict"] = format_verdict(finding.verdict);
    object["detail"] = finding.detail;
    object["fix"] = finding.fix.in(language);
    object["missing_issuer"] = text_or_null(finding.missing_issuer);
    object["missing_issuer_url"] = text_or_null(finding.missing_issuer_url);
    object["chain"] = to_json(finding.chain);
    object["faulty"] = finding.faulty ? json::value(*finding.faulty) : json::value();
    return object;
}

json::object to_json(const Request& request)
{
    json::object object;
    object["made_at"] = format_rfc3339(request.made_at);
    object["key"] = request.key;
    object["names"] = list(request.names);
    object["pem"] = request.pem;
    return object;
}

json::object to_json(const Entry& entry, Language language)
{
    json::object object;
    object["name"] = entry.name;
    object["kept_by"] = entry.is_kept_by_node ? "node" : "files";
    object["acme"] = text_or_null(entry.acme);
    object["names"] = list(entry.names);
    object["used_by"] = list(entry.used_by);
    object["state"] = format_state(entry.state);
    object["installed_at"] = entry.installed_at ? json::value(format_rfc3339(*entry.installed_at)) : json::value();
    object["chain"] = to_json(entry.chain());
    object["finding"] = to_json(entry.finding, language);
    object["days_left"] = entry.chain().empty() ? json::value() : json::value(entry.days_left);
    object["request"] = entry.request ? json::value(to_json(*entry.request)) : json::value();
    object["request_problem"] = text_or_null(entry.request_problem);
    object["renewal"] = nullptr;
    return object;
}

}  // namespace sealpost::certificates
