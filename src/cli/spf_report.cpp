#include "cli/spf_report.hpp"

#include "wire/mail/utf8.hpp"

#include <boost/json/array.hpp>

namespace sealpost::cli {
namespace {

// JSON is UTF-8, whatever a client or a name server said.
std::string clean(std::string_view text) { return mail::clean_utf8(text, mail::Controls::none); }

boost::json::value text_or_null(const std::string& text)
{
    if (text.empty()) return nullptr;
    return boost::json::value(clean(text));
}

boost::json::object step_to_json(const spf::Step& step)
{
    return {{"depth", step.depth},      {"domain", clean(step.domain)},
            {"term", clean(step.term)}, {"asked", text_or_null(step.asked)},
            {"outcome", step.outcome},  {"detail", text_or_null(step.detail)},
            {"lookups", step.lookups}};
}

std::string format_step(const spf::Step& step)
{
    const bool is_record = step.term == "v=spf1";
    std::string line(2 + 4 * step.depth + (is_record ? 0 : 2), ' ');
    line += is_record ? clean(step.domain) + ": " + (step.detail.empty() ? step.term : clean(step.detail)) : clean(step.term);
    if (!is_record && !step.asked.empty() && !step.term.ends_with(":" + step.asked)) line += " [" + clean(step.asked) + "]";
    line += "  -> " + step.outcome;
    if (!is_record && !step.detail.empty()) line += " (" + clean(step.detail) + ")";
    return line + '\n';
}

}  // namespace

boost::json::object to_json(const spf::Report& report)
{
    boost::json::object object{{"result", spf::format_verdict(report.verdict)},
                               {"identity", spf::format_identity(report.identity)},
                               {"domain", clean(report.domain)},
                               {"mechanism", text_or_null(report.mechanism)},
                               {"explanation", text_or_null(report.explanation)},
                               {"problem", text_or_null(report.problem)},
                               {"lookups", report.lookups},
                               {"void_lookups", report.void_lookups}};
    if (report.trace.empty()) return object;
    boost::json::array steps;
    for (const spf::Step& step : report.trace) steps.push_back(step_to_json(step));
    object["trace"] = std::move(steps);
    return object;
}

std::string format_tree(const spf::Report& report)
{
    std::string text(spf::format_verdict(report.verdict));
    text += " for " + clean(report.domain) + " (" + std::string(spf::format_identity(report.identity)) + ")";
    if (!report.mechanism.empty()) text += ", by " + clean(report.mechanism);
    text += '\n';
    if (!report.problem.empty()) text += "  why: " + clean(report.problem) + '\n';
    if (!report.explanation.empty()) text += "  the domain says: " + clean(report.explanation) + '\n';
    for (const spf::Step& step : report.trace) text += format_step(step);
    text +=
        "  " + std::to_string(report.lookups) + " terms asked DNS, " + std::to_string(report.void_lookups) + " had no answer\n";
    return text;
}

}  // namespace sealpost::cli
