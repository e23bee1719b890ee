// RFC 8460 §4.4, in the order of the RFC.
#include "wire/mail/utf8.hpp"
#include "wire/tlsrpt/report.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace sealpost::tlsrpt {
namespace json = boost::json;
namespace {

json::string clean(std::string_view text) { return json::string(mail::clean_utf8(text, mail::Controls::none)); }

json::array list(const std::vector<std::string>& texts)
{
    json::array array;
    for (const auto& text : texts) array.push_back(clean(text));
    return array;
}

// RFC 3339 (§4.4 of RFC 8460), in whole seconds.
std::string format_time(WallTime time) { return format_rfc3339(time).substr(0, 19) + "Z"; }

void add_unless_empty(json::object& object, std::string_view name, const std::string& text)
{
    if (!text.empty()) object[name] = clean(text);
}

json::object format_policy(const Policy& policy)
{
    json::object object{{"policy-type", format_policy_type(policy.type)}};
    if (!policy.lines.empty()) object["policy-string"] = list(policy.lines);
    object["policy-domain"] = clean(policy.domain);
    if (!policy.mx_patterns.empty()) object["mx-host"] = list(policy.mx_patterns);
    return object;
}

json::object format_failure(const Failure& failure)
{
    json::object object{{"result-type", clean(failure.result)}};
    add_unless_empty(object, "sending-mta-ip", failure.sending_ip);
    add_unless_empty(object, "receiving-mx-hostname", failure.receiving_host);
    add_unless_empty(object, "receiving-mx-helo", failure.receiving_helo);
    add_unless_empty(object, "receiving-ip", failure.receiving_ip);
    object["failed-session-count"] = failure.sessions;
    add_unless_empty(object, "additional-information", failure.information);
    add_unless_empty(object, "failure-reason-code", failure.reason);
    return object;
}

json::object format_result(const PolicyResult& result)
{
    json::object object{{"policy", format_policy(result.policy)},
                        {"summary", json::object{{"total-successful-session-count", result.succeeded},
                                                 {"total-failure-session-count", result.failed}}}};
    json::array failures;
    for (const auto& failure : result.failures) failures.push_back(format_failure(failure));
    if (!failures.empty()) object["failure-details"] = std::move(failures);
    return object;
}

}  // namespace

std::string_view format_policy_type(PolicyType type)
{
    switch (type) {
        case PolicyType::no_policy_found: return "no-policy-found";
        case PolicyType::tlsa: return "tlsa";
        case PolicyType::sts: break;
    }
    return "sts";
}

std::optional<PolicyType> find_policy_type(std::string_view text)
{
    for (const auto type : {PolicyType::no_policy_found, PolicyType::tlsa, PolicyType::sts})
        if (format_policy_type(type) == text) return type;
    return std::nullopt;
}

std::string format_json(const Report& report)
{
    json::array policies;
    for (const auto& result : report.policies) policies.push_back(format_result(result));
    return json::serialize(json::object{
        {"organization-name", clean(report.organisation)},
        {"date-range", json::object{{"start-datetime", format_time(report.begin)}, {"end-datetime", format_time(report.end)}}},
        {"contact-info", clean(report.contact)},
        {"report-id", clean(report.id)},
        {"policies", std::move(policies)},
    });
}

}  // namespace sealpost::tlsrpt
