#include "wire/smtp/command.hpp"

#include "base/text.hpp"

#include <array>

namespace sealpost::smtp {
namespace {

struct NamedVerb {
    std::string_view name;
    Verb verb;
};

constexpr std::array<NamedVerb, 14> verbs{{{"MAIL", Verb::mail},
                                           {"RCPT", Verb::rcpt},
                                           {"DATA", Verb::data},
                                           {"BDAT", Verb::bdat},
                                           {"EHLO", Verb::ehlo},
                                           {"HELO", Verb::helo},
                                           {"RSET", Verb::rset},
                                           {"NOOP", Verb::noop},
                                           {"QUIT", Verb::quit},
                                           {"STARTTLS", Verb::starttls},
                                           {"AUTH", Verb::auth},
                                           {"VRFY", Verb::vrfy},
                                           {"EXPN", Verb::expn},
                                           {"HELP", Verb::help}}};

// What a page in a browser can be made to send to a mail port.
constexpr std::array<std::string_view, 10> http_words{"GET",   "POST",    "PUT", "HEAD",  "OPTIONS",
                                                      "PATCH", "CONNECT", "PRI", "HOST:", "USER-AGENT:"};

std::string_view trim_spaces(std::string_view text)
{
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

}  // namespace

Command parse_command(std::string_view line)
{
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, end);
    const std::string_view argument = trim_spaces(line.substr(end));
    for (const NamedVerb& named : verbs)
        if (iequals(word, named.name)) return {named.verb, argument};
    for (const std::string_view http : http_words)
        if (iequals(word, http)) return {Verb::http, argument};
    return {Verb::unknown, argument};
}

std::size_t max_line_bytes(Verb verb)
{
    switch (verb) {
        case Verb::auth: return max_auth_line_bytes;
        // RFC 1870 adds 26, RFC 6152 17, RFC 6531 10, RFC 4954 500, RFC 3461 some 650 (ENVID and ORCPT).
        case Verb::mail:
        case Verb::rcpt: return 2048;
        default: return 512;
    }
}

}  // namespace sealpost::smtp
