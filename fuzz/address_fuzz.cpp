// room: wire/mail
// Addresses, paths, lists and xtext: what was read and written again reads the same, and a tag comes off as it went on.
#include "base/bytes.hpp"
#include "wire/mail/address_list.hpp"
#include "wire/mail/address_rewrite.hpp"
#include "wire/mail/bounce_tag.hpp"
#include "wire/mail/dsn.hpp"
#include "wire/mail/mailbox.hpp"
#include "wire/mail/utf8.hpp"

#include <cstdlib>

namespace {

using namespace sealpost;

void expect(bool holds)
{
    if (!holds) std::abort();
}

const mail::BounceKeys& tag_keys()
{
    static const mail::BounceKeys keys = [] {
        std::vector<mail::BounceKey> made;
        made.push_back(mail::BounceKey::parse(std::string(64, 'a')).value());
        return mail::BounceKeys(std::move(made));
    }();
    return keys;
}

void check_tag(const mail::Mailbox& mailbox)
{
    const WallTime now{std::chrono::days(20783)};
    expect(tag_keys().check(mailbox, now).tag != mail::BounceTag::valid || mailbox.local.size() > 16);
    const mail::Mailbox tagged = tag_keys().tag(mailbox, now);
    if (tagged == mailbox) return;
    const auto again = mail::parse_mailbox(mail::format_mailbox(tagged));
    expect(again.has_value() && *again == tagged);
    const auto finding = tag_keys().check(tagged, now);
    expect(finding.tag == mail::BounceTag::valid && finding.address == mailbox);
}

void check(const mail::Mailbox& mailbox)
{
    expect(mailbox.local.size() <= mail::max_local_bytes && mailbox.domain.size() <= mail::max_domain_bytes);
    const std::string text = mail::format_mailbox(mailbox);
    expect(text.find_first_of("\r\n") == std::string::npos);
    const auto again = mail::parse_mailbox(text);
    expect(again.has_value() && *again == mailbox);
    check_tag(mailbox);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = as_text({data, size});
    if (const auto mailbox = mail::parse_mailbox(text); mailbox.has_value()) check(*mailbox);
    if (const auto ascii = mail::parse_mailbox(text, mail::Smtputf8::refused); ascii.has_value()) expect(mail::is_ascii(text));
    if (const auto path = mail::parse_path(text); path.has_value() && !path->domain.empty()) check(*path);
    if (const auto domain = mail::parse_domain(text); domain.has_value()) {
        expect(mail::is_ascii(*domain) && mail::parse_domain(*domain).value() == *domain);
        expect(mail::is_utf8(mail::format_domain_for_people(*domain)));
    }
    if (const auto list = mail::parse_address_list(text); list.has_value())
        for (const auto& address : *list) {
            check(address.mailbox);
            expect(mail::is_utf8(address.name));
        }
    if (const auto list = mail::parse_whole_address_list(text); list.has_value())
        for (const auto& address : *list) check(address.mailbox);
    const auto rewrite = [](std::string_view value) {
        return mail::replace_addresses(value, [](const auto& old) { return std::optional(mail::Mailbox{old.local, "x.test"}); });
    };
    if (const auto rewritten = rewrite(text)) expect(!rewrite(*rewritten));
    expect(mail::decode_xtext(mail::encode_xtext(text)).value() == text);
    return 0;
}
