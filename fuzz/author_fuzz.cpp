// room: wire/mail
//
// Whom strangers say a message is from. What is found is a domain that stands there, within the limits, and the same
// however the field is folded; and nobody hides an author behind another: with one more address, or one more field, the
// finding names it or is that the field cannot be used.
#include "wire/mail/author.hpp"

#include "base/text.hpp"
#include "wire/mail/mailbox.hpp"
#include "wire/mail/utf8.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>

using namespace sealpost;

namespace {

using State = mail::Author::State;

void require(bool promise)
{
    if (!promise) std::abort();
}

mail::Author find_in(std::string_view head)
{
    const auto parsed = mail::HeaderBlock::parse(head);
    return parsed.has_value() ? mail::find_author_domain(*parsed) : mail::Author{State::unusable, {}};
}

mail::Author find_in_field(std::string_view value) { return find_in("From: " + std::string(value) + "\r\n"); }

bool is_same(const mail::Author& a, const mail::Author& b) { return a.state == b.state && a.domains == b.domains; }

void check_finding(const mail::Author& author)
{
    const std::size_t count = author.domains.size();
    require((author.state == State::one) == (count == 1) && (author.state == State::several) == (count > 1));
    require(count <= mail::max_author_domains && std::set(author.domains.begin(), author.domains.end()).size() == count);
    for (const std::string& domain : author.domains) require(mail::parse_domain(domain).value() == domain);
}

// Without comments and U-labels a domain stands in the field as it was found.
void check_that_it_stands_there(std::string value, const mail::Author& author)
{
    if (!mail::is_ascii(value) || value.find('(') != std::string::npos) return;
    std::erase_if(value, is_ascii_space);
    for (const std::string& domain : author.domains) require(ascii_lower(value).find("@" + domain) != std::string::npos);
}

void check_folding(const std::string& value, const mail::Author& author)
{
    const bool has_controls = std::ranges::any_of(value, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    if (has_controls || !mail::is_utf8(value)) return;
    const std::string folded = mail::format_field("From", value);
    const bool has_long_word = std::ranges::any_of(split(folded, '\n'), [](auto line) { return line.size() > 4000; });
    if (!has_long_word) require(is_same(find_in(folded), author));
}

// A stranger's list and an address of his victim: both count, or none.
void check_one_more(const std::string& value, const mail::Author& author)
{
    auto wanted = author.domains;
    if (std::ranges::find(wanted, "added.test") == wanted.end()) wanted.emplace_back("added.test");
    std::ranges::sort(wanted);
    for (const std::string& longer : {value + ", eve@added.test", "eve@added.test, " + value}) {
        auto found = find_in_field(longer);
        check_finding(found);
        if (found.state == State::unusable) continue;
        std::ranges::sort(found.domains);
        if (author.state != State::unusable) require(found.domains == wanted);
        require(std::ranges::find(found.domains, "added.test") != found.domains.end());
    }
}

void check_field(const std::string& value)
{
    const auto author = find_in_field(value);
    check_finding(author);
    check_that_it_stands_there(value, author);
    check_folding(value, author);
    check_one_more(value, author);
    require(find_in("From: " + value + "\r\nfrom: eve@added.test\r\n").state == State::repeated ||
            author.state == State::unusable);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto head = mail::HeaderBlock::parse(text); head.has_value()) {
        const auto author = mail::find_author_domain(*head);
        const auto values = head->find_all("From");
        check_finding(author);
        require((author.state == State::repeated) == (values.size() > 1));
        if (values.empty()) require(author.state == State::none);
        // What is unfolded and trimmed already is read alike.
        if (values.size() == 1) require(is_same(find_in_field(values.front()), author));
    }
    std::string value(text.substr(0, 2000));
    std::erase_if(value, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
    check_field(std::string(trim(value)));
    return 0;
}
