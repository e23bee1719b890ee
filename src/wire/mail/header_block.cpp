#include "wire/mail/header_block.hpp"

#include "base/text.hpp"
#include "wire/mail/lines.hpp"

#include <algorithm>

namespace sealpost::mail {
namespace {

constexpr std::size_t fold_column = 78;  // RFC 5322 §2.1.1: "SHOULD be no more than 78 characters"

Error bad(std::string_view what) { return Error{Fault::peer_broke_it, std::string(what)}; }

bool is_name_char(char c) { return c > 32 && c < 127 && c != ':'; }  // RFC 5322 §3.6.8

Result<HeaderField> parse_first_line(std::string_view line)
{
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return bad("a header line without a colon");
    // RFC 5322 §4.5.3: obsolete syntax lets white space stand before the colon.
    std::string_view name = line.substr(0, colon);
    while (name.ends_with(' ') || name.ends_with('\t')) name.remove_suffix(1);
    if (name.empty() || !std::ranges::all_of(name, is_name_char)) return bad("a header field with an impossible name");
    return HeaderField{std::string(name), std::string(line)};
}

// As a field, but for what stands before its name: the blanks of an indented text, or the mark of an encoding (U+FEFF).
bool looks_like_field(std::string_view line)
{
    const auto name = std::ranges::find_if(line, [](char c) { return is_name_char(c) || c == ':'; });
    return parse_first_line(line.substr(static_cast<std::size_t>(name - line.begin()))).has_value();
}

Result<> check_line(std::string_view line, const HeaderLimits& limits)
{
    if (line.size() > limits.max_line_bytes) return bad("a header line is too long");
    if (without_line_end(line).find_first_of(std::string_view("\r\0", 2)) != std::string_view::npos)
        return bad("a bare CR or a NUL in the header");
    return {};
}

}  // namespace

std::optional<std::size_t> find_end_of_head(std::string_view text)
{
    std::size_t line_start = 0;
    while (line_start < text.size()) {
        if (text[line_start] == '\n') return line_start + 1;
        if (text.compare(line_start, 2, "\r\n") == 0) return line_start + 2;
        const std::size_t end = text.find('\n', line_start);
        if (end == std::string_view::npos) return std::nullopt;
        line_start = end + 1;
    }
    return std::nullopt;
}

std::size_t find_end_of_open_head(std::string_view beginning)
{
    std::optional<std::size_t> end;
    for (std::string_view rest = beginning; !rest.empty();) {
        const std::size_t at = beginning.size() - rest.size();
        const std::string_view line = take_line(rest);
        if (without_line_end(line).empty()) break;
        const bool is_continuation = line.front() == ' ' || line.front() == '\t';
        const bool is_of_head = is_continuation ? at > 0 : parse_first_line(line).has_value();
        if (!end && is_of_head) continue;
        if (looks_like_field(line)) return beginning.size();
        if (!end) end = at;
    }
    return end.value_or(beginning.size());
}

Result<HeaderBlock> HeaderBlock::parse(std::string_view head, const HeaderLimits& limits)
{
    if (head.size() > limits.max_bytes) return bad("the header is too large");
    HeaderBlock block;
    while (!head.empty()) {
        const std::string_view line = take_line(head);
        if (without_line_end(line).empty()) break;
        SEALPOST_CHECK(check_line(line, limits));
        if (line.front() == ' ' || line.front() == '\t') {
            if (block.fields_.empty()) return bad("the header begins with a continuation line");
            block.fields_.back().raw += line;
            continue;
        }
        if (block.fields_.size() == limits.max_fields) return bad("the header has too many fields");
        SEALPOST_TRY(HeaderField field, parse_first_line(line));
        block.fields_.push_back(std::move(field));
    }
    // A head that was cut at its very end, perhaps between CR and LF, still gives whole lines.
    if (block.fields_.empty()) return block;
    std::string& last = block.fields_.back().raw;
    if (!last.ends_with('\n')) last += last.ends_with('\r') ? "\n" : "\r\n";
    return block;
}

std::optional<std::string> HeaderBlock::find(std::string_view name) const
{
    const auto found = std::ranges::find_if(fields_, [&](const HeaderField& field) { return iequals(field.name, name); });
    if (found == fields_.end()) return std::nullopt;
    return unfold(*found);
}

std::vector<std::string> HeaderBlock::find_all(std::string_view name) const
{
    std::vector<std::string> values;
    for (const auto& field : fields_)
        if (iequals(field.name, name)) values.push_back(unfold(field));
    return values;
}

void HeaderBlock::remove(std::string_view name)
{
    std::erase_if(fields_, [&](const HeaderField& field) { return iequals(field.name, name); });
}

std::size_t HeaderBlock::remove_if(const std::function<bool(const HeaderField&)>& unwanted)
{
    return std::erase_if(fields_, unwanted);
}

void HeaderBlock::append(std::string_view name, std::string_view value)
{
    fields_.push_back(HeaderField{std::string(name), format_field(name, value)});
}

void HeaderBlock::set(std::string_view name, std::string_view value)
{
    const auto first = std::ranges::find_if(fields_, [&](const HeaderField& field) { return iequals(field.name, name); });
    if (first == fields_.end()) return append(name, value);
    first->raw = format_field(name, value);
    const auto others =
        std::remove_if(first + 1, fields_.end(), [&](const HeaderField& field) { return iequals(field.name, name); });
    fields_.erase(others, fields_.end());
}

void HeaderBlock::rewrite_values(std::span<const std::string_view> names,
                                 const std::function<std::optional<std::string>(const std::string& unfolded)>& other)
{
    for (auto& field : fields_) {
        if (std::ranges::none_of(names, [&](std::string_view name) { return iequals(field.name, name); })) continue;
        if (const auto value = other(unfold(field))) field.raw = format_field(field.name, *value);
    }
}

std::string HeaderBlock::text() const
{
    std::size_t bytes = 0;
    for (const auto& field : fields_) bytes += field.raw.size();
    std::string out;
    out.reserve(bytes);
    for (const auto& field : fields_) out += field.raw;
    return out;
}

std::string unfold(const HeaderField& field)
{
    // RFC 5322 §2.2.3: "Unfolding is accomplished by simply removing any CRLF that is immediately followed by WSP".
    const std::size_t colon = std::min(field.raw.find(':'), field.raw.size() - 1);
    std::string value(trim(std::string_view(field.raw).substr(colon + 1)));
    std::erase_if(value, [](char c) { return c == '\r' || c == '\n'; });
    return value;
}

std::string format_field(std::string_view name, std::string_view value)
{
    std::string clean(trim(value));
    std::ranges::replace_if(
        clean, [](char c) { return c == '\r' || c == '\n' || c == '\0' || c == '\t'; }, ' ');
    std::string out(name);
    out += ':';
    std::size_t column = out.size();
    bool line_has_word = false;
    for (const auto word : split(clean, ' ')) {
        if (!word.empty() && line_has_word && column + 1 + word.size() > fold_column) {
            out += "\r\n";
            column = 0;
        }
        out += ' ';
        out += word;
        column += 1 + word.size();
        line_has_word |= !word.empty();
    }
    return out + "\r\n";
}

}  // namespace sealpost::mail
