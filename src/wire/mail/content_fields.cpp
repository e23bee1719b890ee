#include "wire/mail/content_fields.hpp"

#include "base/text.hpp"
#include "wire/mail/encoded_word.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/mail/lines.hpp"
#include "wire/mail/transfer_encoding.hpp"
#include "wire/mail/utf8.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

namespace sealpost::mail {
namespace {

constexpr std::size_t max_value_bytes = 16 * 1024;
constexpr std::size_t max_parameters = 100;

// The value of the first field of this name, unfolded; only its beginning when it is very long.
std::optional<std::string> find_value(std::string_view head, std::string_view name)
{
    while (!head.empty()) {
        const std::string_view from_here = head, line = take_line(head);
        while (head.starts_with(' ') || head.starts_with('\t')) take_line(head);
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || !iequals(trim(line.substr(0, colon)), name)) continue;
        const std::string_view field = from_here.substr(0, from_here.size() - head.size());
        std::string value(field.substr(colon + 1, max_value_bytes));
        std::erase_if(value, [](char c) { return c == '\r' || c == '\n'; });
        return value;
    }
    return std::nullopt;
}

// RFC 5322 §3.2.2 comments, which may stand anywhere between the words.
void skip_blanks(std::string_view& text)
{
    std::size_t depth = 0;
    while (!text.empty()) {
        const char c = text.front();
        if (c == '(') ++depth;
        if (depth == 0 && !is_ascii_space(c)) return;
        if (c == ')') --depth;
        text.remove_prefix(c == '\\' && text.size() > 1 ? 2 : 1);
    }
}

std::string take_quoted(std::string_view& text)
{
    std::string value;
    std::size_t at = 1;
    for (; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        value += text[at];
    }
    text.remove_prefix(std::min(at + 1, text.size()));
    return value;
}

// Up to one of these; quotes and comments are taken as such.
std::string take_word(std::string_view& text, std::string_view ends)
{
    skip_blanks(text);
    if (text.starts_with('"')) return take_quoted(text);
    const std::size_t end = std::min(text.find_first_of(ends), text.size());
    const std::string word(trim(text.substr(0, end)));
    text.remove_prefix(end);
    return word;
}

// RFC 2231 §3 and §4: name, name*0, name*0*, name*
struct Section {
    std::optional<unsigned> number;
    bool is_encoded = false;
    std::string value;
};
using Parameters = std::map<std::string, std::vector<Section>>;

void add_section(Parameters& parameters, std::string name, std::string value)
{
    Section section;
    section.is_encoded = name.ends_with('*');
    if (section.is_encoded) name.pop_back();
    if (const auto star = name.find('*'); star != std::string::npos) {
        section.number = static_cast<unsigned>(std::min(parse_decimal(name.substr(star + 1)).value_or(0), 1000ULL));
        name.resize(star);
    }
    section.value = std::move(value);
    parameters[name].push_back(std::move(section));
}

Parameters parse_parameters(std::string_view text)
{
    Parameters parameters;
    for (std::size_t count = 0; count < max_parameters; ++count) {
        const std::size_t next = text.find(';');
        if (next == std::string_view::npos) break;
        text.remove_prefix(next + 1);
        std::string name = ascii_lower(take_word(text, "=;(\" \t"));
        skip_blanks(text);
        if (!text.starts_with('=')) continue;
        text.remove_prefix(1);
        add_section(parameters, std::move(name), take_word(text, ";("));
    }
    return parameters;
}

// Of several ways to say the same the best counts (name*, name*0…, name), and of several times the first.
std::vector<Section> sections_of(const Parameters& parameters, const std::string& name)
{
    const auto found = parameters.find(name);
    if (found == parameters.end()) return {};
    const auto& all = found->second;
    const auto whole = std::ranges::find_if(all, [](const Section& one) { return !one.number && one.is_encoded; });
    if (whole != all.end()) return {*whole};
    std::map<unsigned, Section> numbered;
    for (const auto& one : all)
        if (one.number) numbered.try_emplace(*one.number, one);
    if (numbered.empty()) return {all.front()};
    std::vector<Section> sections;
    for (auto& [number, section] : numbered) sections.push_back(std::move(section));
    return sections;
}

// Of a boundary and a charset, which are ASCII.
std::string plain_value_of(const Parameters& parameters, const std::string& name)
{
    std::string value;
    for (const auto& section : sections_of(parameters, name)) value += section.value;
    return value;
}

// In UTF-8, whichever of the ways to write other characters the sender took.
std::string value_of(const Parameters& parameters, const std::string& name)
{
    const auto sections = sections_of(parameters, name);
    if (sections.empty()) return {};
    std::string charset, value;
    for (const auto& section : sections) {
        std::string_view text = section.value;
        if (section.is_encoded && &section == &sections.front()) {
            charset = text.substr(0, text.find('\''));
            const std::size_t language = text.find('\'', charset.size() + 1);
            text.remove_prefix(language == std::string_view::npos ? 0 : language + 1);
        }
        value += section.is_encoded ? decode_escapes(text, '%') : std::string(text);
    }
    if (!sections.front().is_encoded) return decode_words(value);
    return clean_utf8(convert_to_utf8(value, charset).value_or(value), Controls::none);
}

}  // namespace

ContentFields read_content_fields(std::string_view head, std::string_view type)
{
    ContentFields fields;
    fields.type = type;
    if (const auto value = find_value(head, "Content-Type")) {
        std::string_view text = *value;
        const std::string said = ascii_lower(take_word(text, "; \t("));
        if (said.find('/') != std::string::npos) fields.type = said;
        const auto parameters = parse_parameters(text);
        fields.boundary = plain_value_of(parameters, "boundary");
        fields.name = value_of(parameters, "name");
    }
    if (const auto value = find_value(head, "Content-Disposition")) {
        std::string_view text = *value;
        fields.is_attachment = iequals(take_word(text, "; \t("), "attachment");
        if (std::string name = value_of(parse_parameters(text), "filename"); !name.empty()) fields.name = std::move(name);
    }
    if (const auto value = find_value(head, "Content-Transfer-Encoding")) {
        std::string_view text = *value;
        fields.encoding = ascii_lower(take_word(text, "; \t("));
    }
    if (const auto value = find_value(head, "Content-ID")) {
        std::string_view id = trim(*value);
        if (id.starts_with('<') && id.ends_with('>') && id.size() > 1) id = id.substr(1, id.size() - 2);
        fields.content_id = clean_utf8(id, Controls::none);
    }
    return fields;
}

}  // namespace sealpost::mail
