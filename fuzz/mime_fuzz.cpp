// room: wire/mail
// Header blocks and MIME trees from outside.
#include "base/bytes.hpp"
#include "base/text.hpp"
#include "wire/mail/dsn.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/mail/message_id.hpp"
#include "wire/mail/mime_writer.hpp"
#include "wire/mail/parts.hpp"
#include "wire/mail/utf8.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace {

using namespace sealpost;

void expect(bool holds)
{
    if (!holds) std::abort();
}

void check_head(std::string_view text)
{
    const auto block = mail::HeaderBlock::parse(text);
    if (block.has_error()) return;
    const std::string written = block->text();
    const auto again = mail::HeaderBlock::parse(written);
    expect(again.has_value() && again->text() == written && again->fields().size() == block->fields().size());
    for (const auto& field : block->fields()) {
        const std::string value = mail::unfold(field);
        expect(value.find_first_of("\r\n") == std::string::npos);
        const std::string id = mail::clean_message_id(value);
        expect(mail::is_utf8(id) && id.size() <= mail::max_message_id_bytes && id.find_first_of("\"\\<>") == std::string::npos);
        expect(mail::clean_message_id(id) == id);
        const auto one =
            mail::HeaderBlock::parse(mail::format_field("X", value), {.max_bytes = 1 << 30, .max_line_bytes = 1 << 30});
        expect(one.has_value() && one->fields().size() == 1);
    }
}

// No line of a text that follows a head would be a field without what stands before its name.
void expect_no_field(std::string_view text)
{
    const auto begins_name = [](char c) { return c > 32 && c < 127; };
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (line.empty() || line == "\r") return;
        const auto name = std::ranges::find_if(line, begins_name);
        const std::string field = std::string(name, line.end()) + "\n";
        if (field.find('\0') != std::string::npos || field.find('\r') < field.size() - 2) continue;
        const auto head = mail::HeaderBlock::parse(field, {.max_bytes = 1 << 30, .max_line_bytes = 1 << 30});
        expect(head.has_error() || head->fields().empty());
    }
}

// Whatever the end of the head is that is found for mail from inside: what stands before it is a head, and all of what comes
// behind a broken one is refused with it.
void check_open_head(std::string_view beginning)
{
    const std::size_t end = mail::find_end_of_open_head(beginning);
    expect(end <= beginning.size());
    const mail::HeaderLimits wide{.max_bytes = 1 << 30, .max_fields = 1 << 30, .max_line_bytes = 1 << 30};
    const auto head = beginning.substr(0, end);
    bool is_plain = head.find('\0') == std::string_view::npos;
    for (std::size_t at = head.find('\r'); at != std::string_view::npos; at = head.find('\r', at + 1))
        is_plain = is_plain && head.substr(at + 1).starts_with('\n');
    if (end < beginning.size() && is_plain) expect(mail::HeaderBlock::parse(head, wide).has_value());
    expect_no_field(beginning.substr(end));
}

std::vector<mail::Part> list_parts(std::string_view message, const mail::PartLimits& limits, std::size_t most)
{
    std::vector<mail::Part> parts;
    (void)mail::visit_parts(
        message,
        [&](mail::Part&& part) {
            parts.push_back(std::move(part));
            return parts.size() < most;
        },
        limits);
    return parts;
}

bool are_alike(const mail::Part& one, const mail::Part& other)
{
    return one.type == other.type && one.name == other.name && one.content_id == other.content_id &&
           one.is_attachment == other.is_attachment && one.content == other.content;
}

// Limits end a visit; what is shown before that, or until the visitor has enough, is what it would be without them.
void check_parts(std::string_view text)
{
    constexpr std::size_t all = static_cast<std::size_t>(-1);
    const auto whole = list_parts(text, {}, all);
    for (const auto& part : whole) {
        expect(mail::is_utf8(part.name) && mail::is_utf8(part.content_id));
        expect(part.type == ascii_lower(part.type) && part.content.size() <= text.size());
    }
    const mail::PartLimits tight{.max_decoded_bytes = 64, .max_parts = 3, .max_depth = 2};
    const auto some = list_parts(text, tight, all);
    expect(some.size() <= 3 && some.size() <= whole.size());
    for (const auto& part : some) expect(part.content.size() <= 64);
    expect(std::equal(some.begin(), some.end(), whole.begin(), are_alike));
    const auto first = list_parts(text, {}, 1);
    expect(first.size() == std::min<std::size_t>(whole.size(), 1));
    expect(std::equal(first.begin(), first.end(), whole.begin(), are_alike));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = as_text({data, size});
    check_head(text.substr(0, mail::find_end_of_head(text).value_or(text.size())));
    check_open_head(text.substr(0, mail::find_end_of_head(text).value_or(text.size())));
    const std::string decoded = mail::decode_words(text);
    expect(mail::is_utf8(decoded) && decoded.find_first_of("\r\n") == std::string::npos);
    expect(mail::is_ascii(mail::encode_words(text)));
    check_parts(text);
    mail::DsnFacts facts;
    facts.reporting_host = "mx.acme.test";
    facts.to = "a@acme.test";
    facts.original_head = text;
    facts.recipients.push_back(
        {std::string(text), std::string(text), mail::DsnAction::failed, std::string(text), std::string(text), std::string(text)});
    expect(mail::is_ascii(mail::build_dsn(facts)));
    return 0;
}
