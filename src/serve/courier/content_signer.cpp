#include "serve/courier/content_signer.hpp"

#include "base/text.hpp"
#include "wire/mail/address_list.hpp"
#include "wire/mail/header_block.hpp"

#include <algorithm>

namespace sealpost::courier {
namespace {

class PrefixedSource final : public async::ByteSource {
public:
    PrefixedSource(std::string field, std::unique_ptr<async::ByteSource> rest) : field_(std::move(field)), rest_(std::move(rest))
    {
    }

    Task<Result<std::string>> next() override
    {
        if (!field_.empty()) co_return std::exchange(field_, {});
        auto piece = co_await rest_->next();
        co_return piece;
    }

private:
    std::string field_;
    std::unique_ptr<async::ByteSource> rest_;
};

struct Beginning {
    mail::HeaderBlock head;
    std::string body;  // what was read of it
};

Task<Result<Beginning>> read_beginning(async::ByteSource& content)
{
    constexpr std::size_t most_bytes = mail::HeaderLimits{}.max_bytes;
    std::string text;
    auto end = mail::find_end_of_head(text);
    while (!end && text.size() <= most_bytes) {
        SEALPOST_CO_TRY(const std::string piece, co_await content.next());
        if (piece.empty()) break;
        text += piece;
        end = mail::find_end_of_head(text);
    }
    if (!end) co_return Error{Fault::peer_broke_it, "the head does not end"};
    SEALPOST_CO_TRY(auto head, mail::HeaderBlock::parse(std::string_view(text).substr(0, *end)));
    co_return Beginning{std::move(head), text.substr(*end)};
}

// Empty unless one From field names one author's domain first.
std::string domain_of_author(const mail::HeaderBlock& head)
{
    const auto from = head.find_all("From");
    if (from.size() != 1) return {};
    const auto authors = mail::parse_address_list(from.front());
    if (authors.has_error() || authors->empty()) return {};
    return ascii_lower(authors->front().mailbox.domain);
}

}  // namespace

const dkim::SigningKey* ContentSigner::find_key(std::string_view domain) const
{
    while (!domain.empty()) {
        const auto key = std::find_if(keys_.begin(), keys_.end(), [&](const auto& each) { return each.domain() == domain; });
        if (key != keys_.end()) return &*key;
        const auto dot = domain.find('.');
        domain = dot == std::string_view::npos ? std::string_view() : domain.substr(dot + 1);
    }
    return nullptr;
}

Task<Result<std::string>> ContentSigner::try_sign(std::unique_ptr<async::ByteSource> content) const
{
    SEALPOST_CO_TRY(const auto beginning, co_await read_beginning(*content));
    const auto* key = find_key(domain_of_author(beginning.head));
    if (!key) co_return std::string();
    SEALPOST_CO_TRY(auto signer, dkim::Signer::begin(*key));
    for (const auto& field : beginning.head.fields()) SEALPOST_CO_CHECK(signer.append_field(field.raw));
    SEALPOST_CO_CHECK(signer.end_head());
    SEALPOST_CO_CHECK(signer.append_body(beginning.body));
    for (;;) {
        SEALPOST_CO_TRY(const std::string piece, co_await content->next());
        if (piece.empty()) break;
        SEALPOST_CO_CHECK(signer.append_body(piece));
    }
    co_return signer.finish();
}

Task<std::string> ContentSigner::sign(std::unique_ptr<async::ByteSource> content) const
{
    auto field = co_await try_sign(std::move(content));
    if (field.has_value()) co_return std::move(*field);
    log_.warning("dkim.not_signed", {{"problem", field.error().text}});
    co_return std::string();
}

ContentFactory put_before(std::string field, ContentFactory content)
{
    return [field = std::move(field), content = std::move(content)]() -> std::unique_ptr<async::ByteSource> {
        return std::make_unique<PrefixedSource>(field, content());
    };
}

}  // namespace sealpost::courier
