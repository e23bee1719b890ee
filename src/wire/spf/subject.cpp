#include "wire/spf/subject.hpp"

#include "base/text.hpp"
#include "wire/mail/mailbox.hpp"
#include "wire/mail/utf8.hpp"
#include "wire/spf/name.hpp"

namespace sealpost::spf {
namespace {

// More than any address of RFC 5321 or RFC 6531 has.
constexpr std::size_t max_identity_bytes = 1024;

// RFC 5321 §4.1.2: a quoted string means its content.
std::string unquote(std::string_view local)
{
    if (local.size() < 2 || local.front() != '"' || local.back() != '"') return std::string(local);
    local = local.substr(1, local.size() - 2);
    std::string plain;
    for (std::size_t i = 0; i < local.size(); ++i) {
        if (local[i] == '\\' && i + 1 < local.size()) ++i;
        plain += local[i];
    }
    return plain;
}

// RFC 7208 §4.3: "If the <domain> is malformed (e.g., label longer than 63 characters, zero-length
// label not at the end, etc.) or is not a multi-label domain name, [...] check_host() immediately
// returns the result "none"."
std::string_view refuse(const std::string& domain, bool is_a_name)
{
    if (domain.empty()) return "there is no domain";
    if (domain.front() == '[') return "an address literal has no policy";
    if (!is_a_name) return "not a domain name";
    if (domain.find('.') == std::string::npos) return "a name of one label has no policy";
    if (is_ascii_digit(domain.back()) && parse_ip(domain)) return "an address has no policy";
    return {};
}

// RFC 7208 §4.3: "Internationalized domain names MUST be encoded as A-labels". False when it is no name.
bool normalise(std::string& domain)
{
    if (domain.find(' ') != std::string::npos) return false;  // no domain of a mail address
    if (normalise_in_place(domain)) return true;
    if (mail::is_ascii(domain)) return false;
    const auto a_labels = mail::parse_domain(domain);
    if (!a_labels) return false;
    domain = *a_labels;
    return is_name(domain);
}

}  // namespace

Subject find_subject(const Question& question, Identity identity)
{
    Subject subject;
    const bool from_helo = identity == Identity::helo || question.mail_from.empty();
    const std::string& whole = from_helo ? question.helo : question.mail_from;
    if (whole.size() > max_identity_bytes) {
        subject.domain = whole.substr(0, max_identity_bytes);
        subject.problem = "longer than an address may be";
        return subject;
    }
    const std::size_t at = from_helo ? std::string::npos : whole.rfind('@');
    subject.domain.assign(whole, at == std::string::npos ? 0 : at + 1, std::string::npos);
    if (at != std::string::npos) subject.local_part = unquote(std::string_view(whole).substr(0, at));
    // RFC 7208 §4.3: "If the <sender> has no local-part, substitute the string "postmaster" for the local-part."
    if (subject.local_part.empty()) subject.local_part = "postmaster";
    const bool is_a_name = normalise(subject.domain);
    subject.problem = refuse(subject.domain, is_a_name);
    return subject;
}

}  // namespace sealpost::spf
