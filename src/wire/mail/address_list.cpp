#include "wire/mail/address_list.hpp"

#include "base/text.hpp"
#include "wire/mail/gmime_memory.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/mail/tame.hpp"
#include "wire/mail/utf8.hpp"

#include <algorithm>
#include <optional>

namespace sealpost::mail {
namespace {

constexpr int max_group_depth = 4;

enum class Unreadable { left_out, refused };

Error unreadable() { return Error{Fault::peer_broke_it, "an address list with a member that cannot be read"}; }

Result<> collect(InternetAddressList* list, Unreadable members, int depth, std::vector<NamedMailbox>& out)
{
    const auto leave_out = [&]() -> Result<> { return members == Unreadable::refused ? Result<>(unreadable()) : Result<>(); };
    if (list == nullptr) return {};
    if (depth > max_group_depth) return leave_out();
    for (int i = 0; i < internet_address_list_length(list); ++i) {
        InternetAddress* address = internet_address_list_get_address(list, i);
        if (INTERNET_ADDRESS_IS_GROUP(address)) {
            SEALPOST_CHECK(collect(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(address)), members, depth + 1, out));
            continue;
        }
        const char* written = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address));
        auto mailbox = parse_mailbox(written == nullptr ? "" : trim(written));
        if (mailbox.has_error()) {
            SEALPOST_CHECK(leave_out());
            continue;
        }
        if (out.size() == max_listed_addresses) return Error{Fault::peer_broke_it, "too many addresses in one header field"};
        const char* name = internet_address_get_name(address);
        out.push_back({name == nullptr ? "" : clean_utf8(name, Controls::none), std::move(*mailbox)});
    }
    return {};
}

// "=?charset?Q?text?=" at the beginning of `text`: its size, or 0.
std::size_t size_of_encoded_word(std::string_view text)
{
    if (!text.starts_with("=?")) return 0;
    const std::size_t charset_end = text.find('?', 2);
    if (charset_end == std::string_view::npos || text.size() - charset_end < 3 || text[charset_end + 2] != '?') return 0;
    const std::size_t payload = charset_end + 3;
    const std::size_t end = text.find('?', payload);
    if (end == std::string_view::npos || text.substr(end, 2) != "?=") return 0;
    return text.substr(0, end).find_first_of(" \t\"(),<>") == std::string_view::npos ? end + 2 : 0;
}

// Whether "=?" begins anything but an encoded word anywhere, quoted strings and comments included.
bool has_odd_words(std::string_view value)
{
    for (std::size_t at = value.find("=?"); at != std::string_view::npos; at = value.find("=?", at)) {
        const std::size_t word = size_of_encoded_word(value.substr(at));
        if (word == 0) return true;
        at += word;
    }
    return false;
}

// `value` without its comments, quoted strings and encoded words; absent when one does not end, or when others may see
// others.
std::optional<std::string> strip_what_is_no_address(std::string_view value)
{
    std::string out;
    std::size_t depth = 0;
    const bool is_alone = std::ranges::count(value, '@') == 1;
    bool quoted = false, quotes_in_comment = false, in_brackets = false;
    for (std::size_t at = 0; at < value.size(); ++at) {
        const char c = value[at];
        const char next = at + 1 < value.size() ? value[at + 1] : '\0';
        if (!quoted && depth == 0) {
            in_brackets = c == '[' || (in_brackets && c != ']');
            // Some readers take all between brackets for one word; where there is one "@" they find no other one for it.
            if (in_brackets && !is_alone && (c == '"' || c == '(' || c == ')')) return std::nullopt;
        }
        if (c == '"' && depth > 0) quotes_in_comment = !quotes_in_comment;
        if (c == '\\' && (quoted || depth > 0)) {
            if (++at == value.size()) return std::nullopt;
        } else if (c == '\\' && (next == '"' || next == '(')) {
            return std::nullopt;  // whether it quotes here is read in both ways
        } else if (c == '"' && depth == 0) {
            quoted = !quoted;
        } else if (c == '(' && !quoted) {
            ++depth;
        } else if (c == ')' && !quoted) {
            // A quoted string in a comment may hide its end, where others look for such.
            if (depth == 0 || quotes_in_comment) return std::nullopt;
            --depth;
        } else if (!quoted && depth == 0) {
            const std::size_t word = size_of_encoded_word(value.substr(at));
            out += word > 0 ? ' ' : c;
            if (word > 0) at += word - 1;
        }
    }
    if (quoted || depth > 0) return std::nullopt;
    return out;
}

// Whether each "@" that could be an address's belongs to the domain of somebody who was found.
bool has_no_other_domains(std::string_view value, const std::vector<NamedMailbox>& found)
{
    const auto stripped = strip_what_is_no_address(value);
    if (!stripped) return false;
    const std::string_view whole = trim(*stripped);
    std::size_t count = 0;
    for (auto at = whole.find('@'); at != std::string_view::npos; at = whole.find('@', at + 1)) {
        if (++count > 2 * max_listed_addresses) return false;
        const std::string_view rest = trim(whole.substr(at + 1));
        const std::string_view domain = rest.substr(0, rest.find_first_of(" \t,;:<>@"));
        const auto named = parse_mailbox("x@" + std::string(domain));
        if (named.has_error() ||
            std::ranges::none_of(found, [&](const auto& one) { return one.mailbox.domain == named->domain; }))
            return false;
    }
    return true;
}

// Whether each domain that was found stands there as it was read: GMime passes over octets that it has no use for, where
// another reader ends the address.
bool has_its_domains(std::string_view value, const std::vector<NamedMailbox>& found)
{
    auto stripped = strip_what_is_no_address(value);
    if (!stripped) return false;
    if (!is_ascii(*stripped)) return true;  // a U-label was found as its A-label
    std::erase_if(*stripped, is_ascii_space);
    const std::string text = ascii_lower(*stripped);
    return std::ranges::all_of(found, [&](const NamedMailbox& one) {
        return one.mailbox.domain.empty() || one.mailbox.is_literal() || text.find("@" + one.mailbox.domain) != std::string::npos;
    });
}

// "Anything [at] all <a@b>": names with brackets or backslashes outside of quoted strings are in much honest
// mail. Where one "@" is all there is, every reader who finds an address finds this one.
std::optional<Mailbox> find_only_address(std::string_view value)
{
    if (has_odd_words(value) && std::ranges::count(value, '@') != 1) return std::nullopt;
    const auto stripped = strip_what_is_no_address(value);
    if (!stripped || !value.ends_with('>') || std::ranges::count(*stripped, '@') != 1 || std::ranges::count(*stripped, '<') != 1)
        return std::nullopt;
    const std::string_view inside = value.substr(value.rfind('<') + 1);
    if (inside != std::string_view(*stripped).substr(stripped->find('<') + 1)) return std::nullopt;
    auto mailbox = parse_mailbox(trim(inside.substr(0, inside.size() - 1)));
    return mailbox.has_error() ? std::nullopt : std::optional(std::move(*mailbox));
}

Result<std::vector<NamedMailbox>> parse_list(std::string_view value, Unreadable members)
{
    start_gmime();
    SEALPOST_TRY(const TameList tame, tame_address_list(value));
    if (tame.has_odd_words && members == Unreadable::refused) return unreadable();
    const Owned<InternetAddressList> list(internet_address_list_parse(nullptr, tame.text.c_str()));
    std::vector<NamedMailbox> out;
    SEALPOST_CHECK(collect(list.get(), members, 0, out));
    return out;
}

}  // namespace

Result<std::vector<NamedMailbox>> parse_address_list(std::string_view value) { return parse_list(value, Unreadable::left_out); }

Result<std::vector<NamedMailbox>> parse_whole_address_list(std::string_view value)
{
    auto found = parse_list(value, Unreadable::refused);
    if (found.has_value() && has_no_other_domains(value, *found) && has_its_domains(value, *found)) return found;
    auto only = find_only_address(trim(value));
    if (!only) return unreadable();
    return std::vector<NamedMailbox>{{"", std::move(*only)}};
}

std::string format_named(const NamedMailbox& address)
{
    const std::string name = encode_display_name(address.name);
    return name.empty() ? format_mailbox(address.mailbox) : name + " " + format_path(address.mailbox);
}

}  // namespace sealpost::mail
