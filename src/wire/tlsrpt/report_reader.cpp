// Reports of strangers: what could be too much is counted in the text before a value is built of it.
#include "base/text.hpp"
#include "wire/mail/utf8.hpp"
#include "wire/tlsrpt/report.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace sealpost::tlsrpt {
namespace json = boost::json;
namespace {

constexpr std::uint64_t max_count = 1'000'000'000'000;  // sessions: sums stay far from overflow

Error bad(std::string what) { return Error{Fault::peer_broke_it, std::move(what)}; }
Error missing(std::string_view name) { return bad(std::string(name) + " is missing"); }

class ReportReader {
public:
    explicit ReportReader(const ReportLimits& limits) : limits_(limits) {}

    Result<Report> read(const json::object& object)
    {
        SEALPOST_TRY(report_.organisation, required(object, "organization-name"));
        SEALPOST_TRY(report_.contact, text_of(object, "contact-info"));
        SEALPOST_TRY(report_.id, required(object, "report-id"));
        SEALPOST_TRY(const auto* range, member_object(object, "date-range"));
        SEALPOST_TRY(report_.begin, time_of(*range, "start-datetime"));
        SEALPOST_TRY(report_.end, time_of(*range, "end-datetime"));
        if (report_.end < report_.begin) return bad("date-range ends before it begins");
        SEALPOST_TRY(const auto* policies, member_array(object, "policies"));
        if (policies->empty()) return missing("a policy");
        if (policies->size() > limits_.max_policies)
            return bad("more than " + std::to_string(limits_.max_policies) + " policies");
        for (const auto& each : *policies) {
            auto result = read_result(each);
            if (result.has_error()) return result.error().in("policy " + std::to_string(report_.policies.size() + 1));
            report_.policies.push_back(std::move(*result));
        }
        return std::move(report_);
    }

private:
    // Trimmed and clean; empty when the member is missing or null.
    Result<std::string> text_of(const json::object& object, std::string_view name)
    {
        const json::value* value = object.if_contains(name);
        if (!value || value->is_null()) return std::string();
        if (!value->is_string()) return bad(std::string(name) + " is no text");
        return clean(value->get_string(), name);
    }

    Result<std::string> clean(const json::string& text, std::string_view name)
    {
        const std::string_view trimmed = trim({text.data(), text.size()});
        if (trimmed.size() > limits_.max_text_bytes) return bad(std::string(name) + " is too long");
        return std::string(trim(mail::clean_utf8(trimmed, mail::Controls::none)));
    }

    Result<std::string> required(const json::object& object, std::string_view name)
    {
        SEALPOST_TRY(std::string text, text_of(object, name));
        if (text.empty()) return missing(name);
        return text;
    }

    // A list of texts; one text alone is let pass, as some reporters write mx-host.
    Result<std::vector<std::string>> texts_of(const json::object& object, std::string_view name)
    {
        const json::value* value = object.if_contains(name);
        if (!value || !value->is_array()) {
            SEALPOST_TRY(std::string text, text_of(object, name));
            return text.empty() ? std::vector<std::string>() : std::vector<std::string>{std::move(text)};
        }
        if (value->get_array().size() > limits_.max_lines) return bad(std::string(name) + " has too many lines");
        std::vector<std::string> texts;
        for (const auto& each : value->get_array()) {
            if (!each.is_string()) return bad(std::string(name) + " holds what is no text");
            SEALPOST_TRY(std::string text, clean(each.get_string(), name));
            texts.push_back(std::move(text));
        }
        return texts;
    }

    Result<const json::object*> member_object(const json::object& object, std::string_view name)
    {
        const json::value* value = object.if_contains(name);
        if (!value || !value->is_object()) return missing(name);
        return &value->get_object();
    }

    Result<const json::array*> member_array(const json::object& object, std::string_view name)
    {
        const json::value* value = object.if_contains(name);
        if (!value || !value->is_array()) return missing(name);
        return &value->get_array();
    }

    Result<std::uint64_t> count_of(const json::object& object, std::string_view name)
    {
        const json::value* value = object.if_contains(name);
        if (!value) return missing(name);
        json::error_code error;
        const auto number = value->to_number<std::uint64_t>(error);
        if (error || number > max_count) return bad(std::string(name) + " is no number in range");
        return number;
    }

    // RFC 3339; a few reporters write an offset of zero for "Z".
    Result<WallTime> time_of(const json::object& object, std::string_view name)
    {
        SEALPOST_TRY(std::string text, required(object, name));
        constexpr std::string_view zero = "+00:00";
        if (text.ends_with(zero)) text.replace(text.size() - zero.size(), zero.size(), "Z");
        auto time = parse_rfc3339(text);
        if (time.has_error()) return bad(std::string(name) + " is no time");
        return WallTime(std::chrono::floor<std::chrono::seconds>(*time));
    }

    Result<Policy> read_policy(const json::object& object)
    {
        Policy policy;
        SEALPOST_TRY(const std::string type, required(object, "policy-type"));
        const auto known = find_policy_type(type);
        if (!known) return bad("policy-type is not tlsa, sts or no-policy-found");
        policy.type = *known;
        SEALPOST_TRY(policy.lines, texts_of(object, "policy-string"));
        SEALPOST_TRY(const std::string domain, required(object, "policy-domain"));
        policy.domain = ascii_lower(domain);
        SEALPOST_TRY(policy.mx_patterns, texts_of(object, "mx-host"));
        return policy;
    }

    Result<Failure> read_failure(const json::value& value)
    {
        if (!value.is_object()) return bad("failure-details holds what is no object");
        const json::object& object = value.get_object();
        Failure failure;
        SEALPOST_TRY(failure.result, required(object, "result-type"));
        SEALPOST_TRY(failure.sessions, count_of(object, "failed-session-count"));
        SEALPOST_TRY(failure.sending_ip, text_of(object, "sending-mta-ip"));
        SEALPOST_TRY(failure.receiving_host, text_of(object, "receiving-mx-hostname"));
        SEALPOST_TRY(failure.receiving_helo, text_of(object, "receiving-mx-helo"));
        SEALPOST_TRY(failure.receiving_ip, text_of(object, "receiving-ip"));
        SEALPOST_TRY(failure.information, text_of(object, "additional-information"));
        SEALPOST_TRY(failure.reason, text_of(object, "failure-reason-code"));
        return failure;
    }

    Result<PolicyResult> read_result(const json::value& value)
    {
        if (!value.is_object()) return bad("no object");
        const json::object& object = value.get_object();
        PolicyResult result;
        SEALPOST_TRY(const auto* policy, member_object(object, "policy"));
        SEALPOST_TRY(result.policy, read_policy(*policy));
        SEALPOST_TRY(const auto* summary, member_object(object, "summary"));
        SEALPOST_TRY(result.succeeded, count_of(*summary, "total-successful-session-count"));
        SEALPOST_TRY(result.failed, count_of(*summary, "total-failure-session-count"));
        const json::value* details = object.if_contains("failure-details");
        if (!details || details->is_null()) return result;
        if (!details->is_array()) return bad("failure-details is no list");
        failures_ += details->get_array().size();
        if (failures_ > limits_.max_failures) return bad("too many failure-details");
        for (const auto& each : details->get_array()) {
            SEALPOST_TRY(auto failure, read_failure(each));
            result.failures.push_back(std::move(failure));
        }
        return result;
    }

    const ReportLimits& limits_;
    std::size_t failures_ = 0;  // of all policies
    Report report_;
};

bool is_mark(char c) { return c == ',' || c == '[' || c == '{'; }

}  // namespace

Result<Report> parse_json(std::string_view text, const ReportLimits& limits)
{
    if (text.size() > limits.max_json_bytes)
        return bad("the report is larger than " + std::to_string(limits.max_json_bytes) + " octets");
    if (static_cast<std::size_t>(std::ranges::count_if(text, is_mark)) > limits.max_marks)
        return bad("the report has too many values");
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    json::error_code error;
    const json::value value = json::parse(json::string_view(text.data(), text.size()), error);
    if (error) return bad("no JSON: " + error.message());
    if (!value.is_object()) return bad("the report is no JSON object");
    return ReportReader(limits).read(value.get_object());
}

}  // namespace sealpost::tlsrpt
