#include "cli/spf_report.hpp"

#include "wire/mail/utf8.hpp"

namespace sealpost::cli {
namespace {

// A terminal obeys controls, whatever a client or a name server said.
std::string clean(std::string_view text) { return mail::clean_utf8(text, mail::Controls::none); }

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
