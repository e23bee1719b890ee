#include "core/tlsreports/row_json.hpp"

#include "sys/jsonread/jsonread.hpp"
#include "wire/mail/utf8.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>

namespace sealpost::tlsreports {
namespace json = boost::json;
namespace {

constexpr std::string_view stored = "a TLS report in the store";

std::string text_of(const json::value& value, const char* name)
{
    return json::value_to<std::string>(value.as_object().at(name));
}

std::vector<std::string> texts_of(const json::value& value, const char* name)
{
    return json::value_to<std::vector<std::string>>(value.as_object().at(name));
}

// JSON that is not UTF-8 could be written, and never read again.
json::string clean(std::string_view text) { return json::string(mail::clean_utf8(text, mail::Controls::none)); }

json::array clean(const std::vector<std::string>& texts)
{
    json::array all;
    for (const std::string& text : texts) all.emplace_back(clean(text));
    return all;
}

}  // namespace

std::string format_policy(const tlsrpt::Policy& policy)
{
    return json::serialize(json::object{
        {"type", tlsrpt::format_policy_type(policy.type)}, {"lines", clean(policy.lines)}, {"mx", clean(policy.mx_patterns)}});
}

Result<tlsrpt::Policy> parse_policy(std::string_view text)
{
    return jsonread::read_stored(text, stored, [](const json::value& value) {
        tlsrpt::Policy policy;
        policy.type = tlsrpt::find_policy_type(text_of(value, "type")).value();
        policy.lines = texts_of(value, "lines");
        policy.mx_patterns = texts_of(value, "mx");
        return policy;
    });
}

std::string format_failure(const tlsrpt::Failure& failure)
{
    return json::serialize(json::object{{"result", clean(failure.result)},
                                        {"from", clean(failure.sending_ip)},
                                        {"host", clean(failure.receiving_host)},
                                        {"helo", clean(failure.receiving_helo)},
                                        {"ip", clean(failure.receiving_ip)},
                                        {"information", clean(failure.information)},
                                        {"reason", clean(failure.reason)}});
}

Result<tlsrpt::Failure> parse_failure(std::string_view text)
{
    return jsonread::read_stored(text, stored, [](const json::value& value) {
        tlsrpt::Failure failure;
        failure.result = text_of(value, "result");
        failure.sending_ip = text_of(value, "from");
        failure.receiving_host = text_of(value, "host");
        failure.receiving_helo = text_of(value, "helo");
        failure.receiving_ip = text_of(value, "ip");
        failure.information = text_of(value, "information");
        failure.reason = text_of(value, "reason");
        return failure;
    });
}

std::string format_texts(const std::vector<std::string>& texts) { return json::serialize(clean(texts)); }

Result<std::vector<std::string>> parse_texts(std::string_view text)
{
    return jsonread::read_stored(text, stored,
                                 [](const json::value& value) { return json::value_to<std::vector<std::string>>(value); });
}

}  // namespace sealpost::tlsreports
