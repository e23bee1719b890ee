#include "serve/courier/content_signer.hpp"

#include "serve/courier/content_reading.hpp"
#include "wire/mail/author.hpp"

namespace sealpost::courier {
namespace {

class PrefixedSource final : public async::ByteSource {
public:
    PrefixedSource(std::string fields, std::unique_ptr<async::ByteSource> rest)
        : fields_(std::move(fields)), rest_(std::move(rest))
    {
    }

    Task<Result<std::string>> next() override
    {
        if (!fields_.empty()) co_return std::exchange(fields_, {});
        auto piece = co_await rest_->next();
        co_return piece;
    }

private:
    std::string fields_;
    std::unique_ptr<async::ByteSource> rest_;
};

// Of several authors the first one's; empty: From names no domain.
Result<std::string> domain_of_author(const mail::HeaderBlock& head)
{
    auto author = mail::find_author_domain(head);
    // Our key is no word for an author whom another program may read out of such a field.
    if (author.state == mail::Author::State::unusable)
        return Error{Fault::peer_broke_it, "From cannot be read as a whole, or names too many domains"};
    if (author.state == mail::Author::State::repeated) return Error{Fault::peer_broke_it, "there are several From fields"};
    return author.domains.empty() ? std::string() : std::move(author.domains.front());
}

}  // namespace

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

std::vector<dkim::SigningKey> ContentSigner::find_keys(std::string_view domain, WallTime now) const
{
    std::vector<dkim::SigningKey> found;
    while (!domain.empty() && found.empty()) {
        for (const auto& each : keys_)
            if (each.key.domain() == domain && each.is_active(now)) found.push_back(each.key);
        const auto dot = domain.find('.');
        domain = dot == std::string_view::npos ? std::string_view() : domain.substr(dot + 1);
    }
    return found;
}

Task<Result<std::string>> ContentSigner::try_sign(std::unique_ptr<async::ByteSource> content) const
{
    SEALPOST_CO_TRY(const auto beginning, co_await read_beginning(*content));
    SEALPOST_CO_TRY(const std::string domain, domain_of_author(beginning.head));
    dkim::SigningOptions options;
    options.now = clock_.now();
    auto keys = find_keys(domain, options.now);
    if (keys.empty()) co_return std::string();
    auto signer = dkim::Signer::begin(std::move(keys), std::move(options));
    SEALPOST_CO_CHECK(co_await read_into(signer, beginning, *content));
    co_return signer.finish();
}

Task<std::string> ContentSigner::sign(std::unique_ptr<async::ByteSource> content) const
{
    auto field = co_await try_sign(std::move(content));
    if (field.has_value()) co_return std::move(*field);
    log_.warning("dkim.not_signed", {{"problem", field.error().text}});
    co_return std::string();
}

ContentFactory put_before(std::string fields, ContentFactory content)
{
    return [fields = std::move(fields), content = std::move(content)]() -> std::unique_ptr<async::ByteSource> {
        return std::make_unique<PrefixedSource>(fields, content());
    };
}

}  // namespace sealpost::courier
