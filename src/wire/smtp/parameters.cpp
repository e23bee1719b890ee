#include "base/text.hpp"
#include "wire/mail/dsn.hpp"
#include "wire/mail/utf8.hpp"
#include "wire/smtp/command.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <set>

namespace sealpost::smtp {
namespace {

constexpr std::size_t max_envid_bytes = 100;  // RFC 3461 §4.4, before decoding
constexpr std::size_t max_orcpt_bytes = 500;  // §4.2

Reply bad_syntax(std::string_view text) { return {501, "5.5.4", text}; }

struct Parameter {
    std::string_view keyword;
    std::optional<std::string_view> value;
};

struct PathAndParameters {
    std::string_view path;
    std::vector<Parameter> parameters;
};

// The path ends at the first ">" outside a quoted string (RFC 5321 §4.1.2).
std::size_t find_end_of_path(std::string_view text)
{
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\')
            ++i;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (text[i] == '>' && !quoted)
            return i + 1;
    }
    return std::string_view::npos;
}

bool is_keyword(std::string_view word)
{
    const auto is_alnum = [](char c) { return is_ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'); };
    return !word.empty() && is_alnum(word.front()) &&
           std::all_of(word.begin(), word.end(), [&](char c) { return is_alnum(c) || c == '-'; });
}

// RFC 5321 §4.1.2 esmtp-value: any octet above 32 except "=" and DEL.
bool is_parameter_value(std::string_view value)
{
    return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
        const auto octet = static_cast<unsigned char>(c);
        return octet > 32 && octet != 127 && c != '=';
    });
}

Reply bad_parameter(std::string_view keyword, std::string_view problem)
{
    return bad_syntax("Parameter " + std::string(keyword.substr(0, 40)) + ' ' + std::string(problem));
}

std::variant<std::vector<Parameter>, Reply> parse_parameters(std::string_view text)
{
    std::vector<Parameter> parameters;
    std::set<std::string> seen;
    for (const std::string_view word : split(text, ' ')) {
        if (word.empty()) continue;
        const std::size_t equals = std::min(word.find('='), word.size());
        Parameter parameter{word.substr(0, equals), std::nullopt};
        if (equals < word.size()) parameter.value = word.substr(equals + 1);
        if (!is_keyword(parameter.keyword)) return bad_syntax("A parameter has no name, or one that is none");
        if (!seen.insert(ascii_upper(parameter.keyword)).second) return bad_parameter(parameter.keyword, "is given twice");
        if (parameter.value && parameter.value->empty()) return bad_parameter(parameter.keyword, "has an empty value");
        if (parameter.value && !is_parameter_value(*parameter.value))
            return bad_parameter(parameter.keyword, "has a malformed value");
        parameters.push_back(parameter);
    }
    return parameters;
}

// `prefix` is "FROM:" or "TO:". RFC 5321 §3.3: no space around the colon; one behind it is so common
// among clients that it is let pass.
std::variant<PathAndParameters, Reply> split_argument(std::string_view argument, std::string_view prefix)
{
    if (!istarts_with(argument, prefix)) return bad_syntax("Syntax: " + std::string(prefix) + "<address>");
    argument.remove_prefix(prefix.size());
    if (argument.starts_with(' ')) argument.remove_prefix(1);
    if (!argument.starts_with('<')) return bad_syntax("The address must stand in angle brackets");
    const std::size_t end = find_end_of_path(argument);
    if (end == std::string_view::npos) return bad_syntax("The address does not end with \">\"");
    if (end < argument.size() && argument[end] != ' ') return bad_syntax("A space must stand between address and parameters");
    auto parameters = parse_parameters(argument.substr(end));
    if (auto* refusal = std::get_if<Reply>(&parameters)) return std::move(*refusal);
    return PathAndParameters{argument.substr(0, end), std::move(std::get<std::vector<Parameter>>(parameters))};
}

bool has_parameter(const std::vector<Parameter>& parameters, std::string_view keyword)
{
    return std::any_of(parameters.begin(), parameters.end(), [&](const Parameter& p) { return iequals(p.keyword, keyword); });
}

Reply not_understood(std::string_view keyword)
{
    return {555, "5.5.4", "Parameter " + std::string(keyword.substr(0, 40)) + " is not recognized or not offered"};
}

std::optional<Reply> apply_body(MailFrom& mail, std::string_view value)
{
    mail.eight_bit = iequals(value, "8BITMIME");
    if (mail.eight_bit || iequals(value, "7BIT")) return std::nullopt;
    return Reply(555, "5.5.4", "BODY must be 7BIT or 8BITMIME");
}

std::optional<Reply> apply_envid(MailFrom& mail, std::string_view value)
{
    auto decoded = mail::decode_xtext(value);
    const bool printable = decoded && std::all_of(decoded->begin(), decoded->end(), [](char c) { return c >= 32 && c < 127; });
    if (!printable || value.size() > max_envid_bytes) return bad_syntax("ENVID is not an xtext of printable characters");
    mail.envid = std::move(*decoded);
    return std::nullopt;
}

// RFC 1870 §4: up to 20 digits, which can say more than 64 bits hold: more than any limit, all the same.
std::optional<std::uint64_t> parse_size(std::string_view value)
{
    if (value.empty() || value.size() > 20 || !std::all_of(value.begin(), value.end(), is_ascii_digit)) return std::nullopt;
    const auto size = parse_decimal(value);
    return size ? *size : std::numeric_limits<std::uint64_t>::max();
}

std::optional<Reply> apply_mail_parameter(MailFrom& mail, const Parameter& parameter, const ParameterOffer& offer)
{
    const std::string_view value = parameter.value.value_or(std::string_view());
    if (iequals(parameter.keyword, "SIZE")) {
        mail.size = parse_size(value);
        if (!mail.size) return bad_syntax("SIZE is not a number of at most 20 digits");
        return std::nullopt;
    }
    if (iequals(parameter.keyword, "BODY")) return apply_body(mail, value);
    if (iequals(parameter.keyword, "ENVID")) return apply_envid(mail, value);
    if (iequals(parameter.keyword, "RET")) {
        mail.ret = ascii_upper(value);
        if (mail.ret != "FULL" && mail.ret != "HDRS") return bad_syntax("RET must be FULL or HDRS");
        return std::nullopt;
    }
    if (iequals(parameter.keyword, "SMTPUTF8")) {
        if (parameter.value) return bad_syntax("SMTPUTF8 takes no value");
        mail.smtputf8 = true;
        return std::nullopt;
    }
    if (iequals(parameter.keyword, "REQUIRETLS") && offer.require_tls) {
        if (parameter.value) return bad_syntax("REQUIRETLS takes no value");  // RFC 8689 §2
        mail.require_tls = true;
        return std::nullopt;
    }
    // RFC 4954 §5: the claim of a client that we do not trust is as good as "<>".
    if (iequals(parameter.keyword, "AUTH") && offer.auth) {
        if (!mail::decode_xtext(value)) return bad_syntax("AUTH is not an xtext");
        return std::nullopt;
    }
    return not_understood(parameter.keyword);
}

// RFC 3461 §4.1: "NEVER", or a list of SUCCESS, FAILURE and DELAY.
std::optional<std::string> parse_notify(std::string_view value)
{
    if (iequals(value, "NEVER")) return "NEVER";
    constexpr std::array<std::string_view, 3> words{"SUCCESS", "FAILURE", "DELAY"};
    std::array<bool, 3> wanted{};
    for (const std::string_view word : split(value, ',')) {
        const auto found = std::find_if(words.begin(), words.end(), [&](std::string_view w) { return iequals(w, word); });
        if (found == words.end()) return std::nullopt;
        wanted[static_cast<std::size_t>(found - words.begin())] = true;
    }
    std::vector<std::string> list;
    for (std::size_t i = 0; i < words.size(); ++i)
        if (wanted[i]) list.emplace_back(words[i]);
    return join(list, ",");
}

// RFC 6533 §3: an address of type utf-8 may stand there as it is where the transaction is one of SMTPUTF8.
std::optional<Reply> apply_orcpt(RcptTo& rcpt, std::string_view value, bool smtputf8)
{
    const std::size_t semicolon = value.find(';');
    const bool shaped = semicolon != std::string_view::npos && is_keyword(value.substr(0, semicolon));
    if (!shaped || value.size() > max_orcpt_bytes) return bad_syntax("ORCPT must be type;address");
    const std::string_view address = value.substr(semicolon + 1);
    if (smtputf8 && iequals(value.substr(0, semicolon), "utf-8") && !mail::is_ascii(address) && mail::is_utf8(address)) {
        rcpt.orcpt = mail::format_original_recipient(address);
        // In ASCII, as it goes on to the next server, it is longer.
        if (mail::encode_xtext(rcpt.orcpt).size() > max_orcpt_bytes)
            return bad_syntax("ORCPT is longer than 500 octets in ASCII");
        return std::nullopt;
    }
    auto decoded = mail::decode_xtext(address);
    if (!decoded) return bad_syntax("ORCPT is not an xtext");
    const bool printable =
        std::none_of(decoded->begin(), decoded->end(), [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; });
    if (decoded->empty()) return bad_syntax("ORCPT names no address");
    if (!printable) return bad_syntax("ORCPT holds control characters");
    rcpt.orcpt = std::string(value.substr(0, semicolon + 1)) + *decoded;
    return std::nullopt;
}

std::optional<Reply> apply_rcpt_parameter(RcptTo& rcpt, const Parameter& parameter, bool smtputf8)
{
    const std::string_view value = parameter.value.value_or(std::string_view());
    if (iequals(parameter.keyword, "NOTIFY")) {
        auto notify = parse_notify(value);
        if (!notify) return bad_syntax("NOTIFY must be NEVER, or some of SUCCESS,FAILURE,DELAY");
        rcpt.notify = std::move(*notify);
        return std::nullopt;
    }
    if (iequals(parameter.keyword, "ORCPT")) return apply_orcpt(rcpt, value, smtputf8);
    return not_understood(parameter.keyword);
}

Result<mail::Mailbox> parse_address(std::string_view path, bool smtputf8, const ParameterOffer& offer)
{
    return mail::parse_path(path, smtputf8 ? mail::Smtputf8::allowed : mail::Smtputf8::refused,
                            offer.bare_addresses ? mail::Domain::may_lack : mail::Domain::needed);
}

// RFC 6531 §3.5: 550 or 553 with X.6.7 where SMTPUTF8 was needed and not asked for.
std::optional<Reply> check_ascii(std::string_view path, bool smtputf8)
{
    if (smtputf8 || mail::is_ascii(path)) return std::nullopt;
    return Reply(553, "5.6.7", "An address beyond ASCII needs SMTPUTF8");
}

}  // namespace

std::variant<MailFrom, Reply> parse_mail(std::string_view argument, const ParameterOffer& offer)
{
    auto parts = split_argument(argument, "FROM:");
    if (auto* refusal = std::get_if<Reply>(&parts)) return std::move(*refusal);
    const auto& [path, parameters] = std::get<PathAndParameters>(parts);
    if (!offer.extended && !parameters.empty()) return not_understood(parameters.front().keyword);
    const bool smtputf8 = has_parameter(parameters, "SMTPUTF8");
    if (auto refusal = check_ascii(path, smtputf8)) return std::move(*refusal);
    auto sender = parse_address(path, smtputf8, offer);
    if (!sender || (sender->domain.empty() && !sender->local.empty() && !offer.bare_addresses))
        return Reply(501, "5.1.7", "The sender's address is malformed");
    MailFrom mail;
    mail.sender = std::move(*sender);
    for (const Parameter& parameter : parameters)
        if (auto refusal = apply_mail_parameter(mail, parameter, offer)) return std::move(*refusal);
    return mail;
}

std::variant<RcptTo, Reply> parse_rcpt(std::string_view argument, const ParameterOffer& offer, bool smtputf8)
{
    auto parts = split_argument(argument, "TO:");
    if (auto* refusal = std::get_if<Reply>(&parts)) return std::move(*refusal);
    const auto& [path, parameters] = std::get<PathAndParameters>(parts);
    if (!offer.extended && !parameters.empty()) return not_understood(parameters.front().keyword);
    if (auto refusal = check_ascii(path, smtputf8)) return std::move(*refusal);
    auto recipient = parse_address(path, smtputf8, offer);
    const bool may_be_bare = recipient && (offer.bare_addresses || iequals(recipient->local, "postmaster"));
    if (!recipient || recipient->local.empty() || (recipient->domain.empty() && !may_be_bare))
        return Reply(501, "5.1.3", "The recipient's address is malformed");
    RcptTo rcpt;
    rcpt.recipient = std::move(*recipient);
    for (const Parameter& parameter : parameters)
        if (auto refusal = apply_rcpt_parameter(rcpt, parameter, smtputf8)) return std::move(*refusal);
    return rcpt;
}

// RFC 3030 §2: "BDAT" SP chunk-size [ SP "LAST" ].
std::variant<Chunk, Reply> parse_bdat(std::string_view argument)
{
    const std::size_t end = std::min(argument.find(' '), argument.size());
    const auto bytes = parse_decimal(argument.substr(0, end));
    const std::string_view marker = argument.substr(std::min(end + 1, argument.size()));
    if (!bytes || end > 19 || (end < argument.size() && !iequals(marker, "LAST")))
        return bad_syntax("Syntax: BDAT <octets> [LAST]");
    return Chunk{*bytes, end < argument.size()};
}

std::string format_mail(const MailFrom& mail, const Capabilities& offered)
{
    std::string text = mail::format_path(mail.sender);
    if (offered.size && mail.size) text += " SIZE=" + std::to_string(*mail.size);
    if (offered.eight_bit_mime && mail.eight_bit) text += " BODY=8BITMIME";
    if (offered.smtputf8 && mail.smtputf8) text += " SMTPUTF8";
    if (offered.require_tls && mail.require_tls) text += " REQUIRETLS";
    if (offered.dsn && !mail.ret.empty()) text += " RET=" + mail.ret;
    if (offered.dsn && !mail.envid.empty()) text += " ENVID=" + mail::encode_xtext(mail.envid);
    return text;
}

std::string format_rcpt(const RcptTo& rcpt, const Capabilities& offered)
{
    std::string text = mail::format_path(rcpt.recipient);
    if (!offered.dsn) return text;
    if (!rcpt.notify.empty()) text += " NOTIFY=" + rcpt.notify;
    const std::size_t semicolon = rcpt.orcpt.find(';');
    if (semicolon == std::string::npos) return text;
    return text + " ORCPT=" + rcpt.orcpt.substr(0, semicolon + 1) + mail::encode_xtext(rcpt.orcpt.substr(semicolon + 1));
}

Capabilities parse_capabilities(const std::vector<std::string>& lines)
{
    Capabilities offered;
    offered.extended = true;
    for (std::size_t i = 1; i < lines.size(); ++i) {  // the first line greets
        const std::string line = ascii_upper(lines[i]);
        const auto words = split(line, ' ');
        const std::string_view keyword = words.front();
        if (keyword == "STARTTLS") offered.starttls = true;
        if (keyword == "PIPELINING") offered.pipelining = true;
        if (keyword == "CHUNKING") offered.chunking = true;
        if (keyword == "8BITMIME") offered.eight_bit_mime = true;
        if (keyword == "SMTPUTF8") offered.smtputf8 = true;
        if (keyword == "DSN") offered.dsn = true;
        if (keyword == "REQUIRETLS") offered.require_tls = true;
        if (keyword == "ENHANCEDSTATUSCODES") offered.enhanced_codes = true;
        if (keyword == "SIZE") {
            offered.size = true;
            if (words.size() > 1) offered.max_size = parse_decimal(words[1]).value_or(0);
        }
        if (keyword == "AUTH") {
            offered.auth_plain |= std::find(words.begin(), words.end(), "PLAIN") != words.end();
            offered.auth_login |= std::find(words.begin(), words.end(), "LOGIN") != words.end();
        }
    }
    return offered;
}

}  // namespace sealpost::smtp
