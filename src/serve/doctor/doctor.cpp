#include "serve/doctor/doctor.hpp"

#include "serve/doctor/sections.hpp"
#include "wire/mail/mailbox.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace sealpost::doctor {
namespace {

namespace json = boost::json;

std::string_view title_of(Section section, Language language)
{
    const bool is_french = language == Language::fr;
    switch (section) {
        case Section::mx: return is_french ? "Hôtes de messagerie" : "Mail hosts";
        case Section::tls: return "TLS";
        case Section::spf: return "SPF";
        case Section::dkim: return "DKIM";
        case Section::dmarc: return "DMARC";
        case Section::hat: return is_french ? "Table d'accès des hôtes" : "Host access table";
        case Section::dns_lists: return is_french ? "Listes DNS" : "DNS lists";
        case Section::tls_reports: break;
    }
    return is_french ? "Rapports TLS" : "TLS reports";
}

std::string_view mark_of(State state)
{
    switch (state) {
        case State::good: return "ok  ";
        case State::note: return "note";
        case State::warn: return "warn";
        case State::bad: return "BAD ";
        case State::unknown: break;
    }
    return "?   ";
}

std::string summary_of(const Examination& examination, Language language)
{
    const bool is_french = language == Language::fr;
    if (examination.is_healthy()) return is_french ? "en bonne santé" : "healthy";
    if (examination.could_not_tell())
        return is_french ? "indéterminé : tout n'a pas répondu" : "could not tell: not everything answered";
    const auto bad = std::count_if(examination.findings.begin(), examination.findings.end(),
                                   [](const Finding& finding) { return finding.state == State::bad; });
    return std::to_string(bad) + (is_french ? " à corriger" : " to mend");
}

std::string format_finding(const Finding& finding, Language language)
{
    std::string text = "  " + std::string(mark_of(finding.state)) + "  ";
    if (!finding.about.empty()) text += finding.about + ": ";
    text += finding.what.in(language) + "\n";
    const std::string& fix = finding.fix.in(language);
    if (!fix.empty()) text += std::string(8, ' ') + (language == Language::fr ? "À faire : " : "To do: ") + fix + "\n";
    return text;
}

bool has(const Examination& examination, State state)
{
    return std::any_of(examination.findings.begin(), examination.findings.end(),
                       [state](const Finding& finding) { return finding.state == state; });
}

}  // namespace

std::string_view format_section(Section section)
{
    switch (section) {
        case Section::mx: return "mx";
        case Section::tls: return "tls";
        case Section::spf: return "spf";
        case Section::dkim: return "dkim";
        case Section::dmarc: return "dmarc";
        case Section::hat: return "hat";
        case Section::dns_lists: return "dns_lists";
        case Section::tls_reports: break;
    }
    return "tls_reports";
}

std::string_view format_state(State state)
{
    switch (state) {
        case State::good: return "good";
        case State::note: return "note";
        case State::warn: return "warn";
        case State::bad: return "bad";
        case State::unknown: break;
    }
    return "unknown";
}

bool Examination::is_healthy() const { return !has(*this, State::bad) && !has(*this, State::unknown); }
bool Examination::could_not_tell() const { return !has(*this, State::bad) && has(*this, State::unknown); }

Task<Examination> examine(Parts parts, std::string domain, Deadline deadline)
{
    const auto ascii = mail::parse_domain(domain);
    Round round{std::move(parts), {}, deadline};
    round.examination.domain = dns::normalise_name(ascii ? *ascii : domain).value_or(domain);
    co_await look_at_hosts(round);
    co_await look_at_spf(round);
    co_await look_at_dkim(round);
    co_await look_at_dmarc(round);
    co_await look_at_hat(round);
    co_await look_at_dns_lists(round);
    co_await look_at_tls_reports(round);
    co_return std::move(round.examination);
}

json::object to_json(const Examination& examination, Language language)
{
    json::object object;
    object["domain"] = examination.domain;
    object["healthy"] = examination.is_healthy();
    json::array findings;
    for (const Finding& finding : examination.findings) {
        json::object one;
        one["section"] = format_section(finding.section);
        one["about"] = finding.about;
        one["state"] = format_state(finding.state);
        one["what"] = finding.what.in(language);
        one["fix"] = finding.fix.in(language);
        findings.emplace_back(std::move(one));
    }
    object["findings"] = std::move(findings);
    object["sections"] = examination.sections;
    return object;
}

std::string format_text(const Examination& examination, Language language)
{
    std::string text = examination.domain + ": " + summary_of(examination, language) + "\n";
    std::optional<Section> section;
    for (const Finding& finding : examination.findings) {
        if (section != finding.section) text += "\n" + std::string(title_of(finding.section, language)) + "\n";
        section = finding.section;
        text += format_finding(finding, language);
    }
    return text;
}

}  // namespace sealpost::doctor
