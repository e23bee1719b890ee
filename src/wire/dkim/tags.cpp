#include "wire/dkim/tags.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace sealpost::dkim {
namespace {

Error bad(std::string what) { return {Fault::peer_broke_it, std::move(what)}; }

bool is_letter(char c) { return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'; }

// RFC 6376 §3.2: "tag-name = ALPHA *ALNUMPUNC".
bool is_name(std::string_view text)
{
    return !text.empty() && is_letter(text.front()) &&
           std::ranges::all_of(text, [](char c) { return is_letter(c) || is_ascii_digit(c) || c == '_'; });
}

// "VALCHAR = %x21-3A / %x3C-7E", folding white space between them.
bool is_value_octet(char c)
{
    const auto octet = static_cast<unsigned char>(c);
    return is_ascii_space(c) || (octet >= 0x21 && octet != 0x7f && octet != ';');
}

Result<Tag> parse_tag(std::string_view text, std::size_t begin, std::size_t end)
{
    const std::string_view spec = text.substr(begin, end - begin);
    const std::size_t equals = spec.find('=');
    if (equals == std::string_view::npos) return bad("a tag without \"=\"");
    Tag tag;
    tag.name = trim(spec.substr(0, equals));
    tag.value = trim(spec.substr(equals + 1));
    tag.begin = begin + equals + 1;
    tag.end = end;
    if (!is_name(tag.name)) return bad("an impossible tag name");
    if (!std::ranges::all_of(tag.value, is_value_octet)) return bad("an impossible octet in the tag " + std::string(tag.name));
    return tag;
}

}  // namespace

Result<TagList> TagList::parse(std::string_view text, EmptyTags empty, const TagLimits& limits)
{
    if (text.size() > limits.max_bytes) return bad("the tag list is too long");
    TagList list;
    for (std::size_t begin = 0, end = 0; begin < text.size(); begin = end + 1) {
        end = std::min(text.find(';', begin), text.size());
        const bool is_last = end == text.size();
        const bool is_empty = trim(text.substr(begin, end - begin)).empty();
        if (is_last && !list.tags_.empty() && is_empty) break;  // behind the final ";"
        if (is_empty && empty == EmptyTags::skipped) continue;
        if (list.tags_.size() == limits.max_tags) return bad("too many tags");
        SEALPOST_TRY(const Tag tag, parse_tag(text, begin, end));
        // §3.2: "Tags with duplicate names MUST NOT occur within a single tag-list; if a tag name does occur more than
        // once, the entire tag-list is invalid."
        if (list.find(tag.name) != nullptr) return bad("the tag " + std::string(tag.name) + " stands twice");
        list.tags_.push_back(tag);
    }
    if (list.tags_.empty()) return bad("no tag");
    return list;
}

const Tag* TagList::find(std::string_view name) const
{
    const auto found = std::ranges::find_if(tags_, [&](const Tag& tag) { return tag.name == name; });
    return found == tags_.end() ? nullptr : &*found;
}

std::optional<std::string_view> TagList::value(std::string_view name) const
{
    const Tag* tag = find(name);
    if (tag == nullptr) return std::nullopt;
    return tag->value;
}

std::string without_space(std::string_view value)
{
    std::string out;
    out.reserve(value.size());
    std::ranges::copy_if(value, std::back_inserter(out), [](char c) { return !is_ascii_space(c); });
    return out;
}

Result<Bytes> parse_base64string(std::string_view value)
{
    const std::string text = without_space(value);
    std::string_view digits = text;
    // ALPHADIGITPS *([FWS] ALPHADIGITPS) [ [FWS] "=" [ [FWS] "=" ] ]: two at most, and none alone.
    for (int i = 0; i < 2 && digits.size() > 1 && digits.ends_with('='); ++i) digits.remove_suffix(1);
    return parse_base64_unpadded(digits);
}

std::vector<std::string_view> split_items(std::string_view value, char separator)
{
    auto items = split(value, separator);
    for (auto& item : items) item = trim(item);
    return items;
}

}  // namespace sealpost::dkim
