#include "serve/spfadvice/check_json.hpp"

#include "wire/mail/utf8.hpp"

#include <boost/json/array.hpp>

namespace sealpost::spfadvice {
namespace {

namespace json = boost::json;

// JSON is UTF-8, whatever a client or a name server said.
std::string clean(const std::string& text) { return mail::clean_utf8(text, mail::Controls::none); }

json::value text_or_null(const std::string& text)
{
    if (text.empty()) return nullptr;
    return json::value(clean(text));
}

json::object to_json(const spf::Step& step)
{
    return {{"depth", step.depth},      {"domain", clean(step.domain)},
            {"term", clean(step.term)}, {"asked", text_or_null(step.asked)},
            {"outcome", step.outcome},  {"detail", text_or_null(step.detail)},
            {"lookups", step.lookups}};
}

}  // namespace

json::object to_json(const spf::Report& report)
{
    json::object object{{"result", spf::format_verdict(report.verdict)},
                        {"identity", spf::format_identity(report.identity)},
                        {"domain", clean(report.domain)},
                        {"mechanism", text_or_null(report.mechanism)},
                        {"explanation", text_or_null(report.explanation)},
                        {"problem", text_or_null(report.problem)},
                        {"lookups", report.lookups},
                        {"void_lookups", report.void_lookups}};
    if (report.trace.empty()) return object;
    json::array steps;
    for (const auto& step : report.trace) steps.push_back(to_json(step));
    object["trace"] = std::move(steps);
    return object;
}

}  // namespace sealpost::spfadvice
