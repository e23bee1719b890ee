#include "wire/mail/address_list.hpp"

#include "base/text.hpp"
#include "wire/mail/gmime_memory.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/mail/join_words.hpp"
#include "wire/mail/utf8.hpp"

#include <utility>

namespace sealpost::mail {
namespace {

constexpr int max_group_depth = 4;

// GMime (3.2.13) leaks memory at a comment that does not end: every comment ends here. RFC 5322 §3.2.2:
// comments nest, and a backslash quotes the next character in them as in quoted strings.
std::string close_comments(std::string text)
{
    std::size_t depth = 0;
    bool quoted = false, escaped = false, literal = false;
    for (const char c : text) {
        if (std::exchange(escaped, false)) continue;
        if (!quoted && depth == 0) literal = c == '[' || (literal && c != ']');
        if (literal) continue;
        if (c == '\\')
            escaped = quoted || depth > 0;
        else if (c == '"' && depth == 0)
            quoted = !quoted;
        else if (c == '(' && !quoted)
            ++depth;
        else if (c == ')' && depth > 0)
            --depth;
    }
    if (escaped) text += ' ';
    return text.append(depth, ')');
}

Result<> collect(InternetAddressList* list, int depth, std::vector<NamedMailbox>& out)
{
    if (list == nullptr || depth > max_group_depth) return {};
    for (int i = 0; i < internet_address_list_length(list); ++i) {
        InternetAddress* address = internet_address_list_get_address(list, i);
        if (INTERNET_ADDRESS_IS_GROUP(address)) {
            SEALPOST_CHECK(collect(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(address)), depth + 1, out));
            continue;
        }
        if (!INTERNET_ADDRESS_IS_MAILBOX(address)) continue;
        const char* written = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address));
        auto mailbox = parse_mailbox(written == nullptr ? "" : trim(written));
        if (mailbox.has_error()) continue;
        if (out.size() == max_listed_addresses) return Error{Fault::peer_broke_it, "too many addresses in one header field"};
        const char* name = internet_address_get_name(address);
        out.push_back({name == nullptr ? "" : clean_utf8(name, Controls::none), std::move(*mailbox)});
    }
    return {};
}

}  // namespace

Result<std::vector<NamedMailbox>> parse_address_list(std::string_view value)
{
    start_gmime();
    if (value.size() > HeaderLimits{}.max_bytes) return Error{Fault::peer_broke_it, "an address list is too long"};
    const std::string copy = close_comments(join_encoded_words(value));
    const Owned<InternetAddressList> list(internet_address_list_parse(nullptr, copy.c_str()));
    std::vector<NamedMailbox> out;
    SEALPOST_CHECK(collect(list.get(), 0, out));
    return out;
}

std::string format_named(const NamedMailbox& address)
{
    const std::string name = encode_display_name(address.name);
    return name.empty() ? format_mailbox(address.mailbox) : name + " " + format_path(address.mailbox);
}

std::string format_address_list(const std::vector<NamedMailbox>& list)
{
    std::vector<std::string> parts;
    parts.reserve(list.size());
    for (const auto& address : list) parts.push_back(format_named(address));
    return join(parts, ", ");
}

}  // namespace sealpost::mail
