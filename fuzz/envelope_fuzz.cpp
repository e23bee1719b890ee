// room: wire/seal
//
// A whole envelope, end to end: what was sealed, put on a page and mailed comes out again, from the page and from the
// mail, in whatever pieces it is read; and when one octet of it was changed, it comes out unchanged or not at all. The
// input: where and how to change, how to cut, then a line for the sender's name and the content.
#include "base/bytes.hpp"
#include "wire/seal/envelope_reader.hpp"
#include "wire/seal/notification.hpp"
#include "wire/seal/opener.hpp"
#include "wire/seal/sealer.hpp"

#include <cstdlib>

namespace {

using namespace sealpost;

void require(bool promise)
{
    if (!promise) std::abort();
}

const seal::Identity& identity()
{
    static const seal::Identity key = seal::make_identity();
    return key;
}

seal::PageFacts make_facts(std::string_view words)
{
    seal::PageFacts facts;
    facts.envelope_id = "abcdefghijklmnopqrstuvwxyz";
    facts.service_url = "https://keys.test";
    facts.organisation = facts.sender_name = words;
    facts.sender_address = "alice@acme.test";
    facts.language = words.size() % 2 == 0 ? Language::en : Language::fr;
    return facts;
}

std::string seal_content(std::string_view content, std::size_t step)
{
    seal::Sealer sealer(identity());
    std::string age;
    for (std::size_t at = 0; at < content.size(); at += step) age += sealer.append(content.substr(at, step));
    return age + sealer.finish();
}

std::string write_page(const seal::PageFacts& facts, std::string_view age)
{
    seal::ArmorWriter armor;
    std::string page = seal::page_head(facts).value();
    page += armor.append(age);
    page += armor.finish();
    return page + seal::page_tail(facts);
}

std::string write_mail(const seal::PageFacts& page, std::string_view age, std::size_t step)
{
    seal::NotificationFacts facts;
    facts.page = page;
    facts.from = facts.to = "alice@acme.test";
    facts.message_domain = "acme.test";
    const std::string subject = mail::format_field("Subject", mail::encode_words(page.organisation));
    auto writer = seal::NotificationWriter::make(std::move(facts), mail::HeaderBlock::parse(subject).value()).value();
    std::string text = writer.head();
    for (std::size_t at = 0; at < age.size(); at += step) text += writer.append(age.substr(at, step));
    return text + writer.finish();
}

// Nothing when it does not open.
std::optional<std::string> open(std::string_view envelope, std::size_t step)
{
    seal::EnvelopeReader reader;
    seal::Opener opener(identity());
    std::string content;
    const auto take = [&](const Result<std::string>& age) {
        if (age.has_error()) return false;
        const auto opened = opener.append(*age);
        if (opened.has_value()) content += *opened;
        return opened.has_value();
    };
    for (std::size_t at = 0; at < envelope.size(); at += step)
        if (!take(reader.append(envelope.substr(at, step)))) return std::nullopt;
    if (!take(reader.finish())) return std::nullopt;
    const auto rest = opener.finish();
    if (rest.has_error()) return std::nullopt;
    return content + *rest;
}

void check(std::string envelope, std::string_view content, std::size_t at, std::uint8_t change, std::size_t step)
{
    require(open(envelope, step) == content && open(envelope, envelope.size()) == content);
    char& octet = envelope[at % envelope.size()];
    octet = static_cast<char>(static_cast<unsigned char>(octet) ^ change);
    const auto opened = open(envelope, step);
    require(!opened || *opened == content);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 4) return 0;
    const std::size_t at = data[0] * 256U + data[1];
    const std::size_t step = 1 + data[3];
    const std::string_view text = as_text({data + 4, size - 4});
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view content = text.substr(std::min(end + 1, text.size()));
    const auto facts = make_facts(text.substr(0, std::min<std::size_t>(end, 80)));
    const std::string age = seal_content(content, step);
    check(age, content, at, data[2], step);
    check(write_page(facts, age), content, at, data[2], step);
    check(write_mail(facts, age, step), content, at, data[2], step);
    seal::EnvelopeReader reader;
    require(reader.append(write_page(facts, age)).has_value() && reader.finish().has_value());
    require(reader.claims().envelope_id == facts.envelope_id && reader.claims().sender_address == facts.sender_address);
    return 0;
}
