#include "serve/courier/content_sealer.hpp"

#include "serve/courier/content_reading.hpp"
#include "wire/dkim/chain_sealer.hpp"

namespace sealpost::courier {

Result<std::shared_ptr<const ContentSealer>> ContentSealer::make(Parts parts)
{
    SEALPOST_CHECK(dkim::ChainSealer::begin(parts.key, {}));
    return std::make_shared<const ContentSealer>(std::move(parts));
}

Task<Result<std::string>> ContentSealer::try_seal(std::unique_ptr<async::ByteSource> content) const
{
    SEALPOST_CO_TRY(const auto beginning, co_await read_beginning(*content));
    dkim::SealOptions options;
    options.now = parts_.clock.now();
    options.authserv_id = parts_.authserv_id;
    SEALPOST_CO_TRY(auto sealer, dkim::ChainSealer::begin(parts_.key, std::move(options)));
    SEALPOST_CO_CHECK(co_await read_into(sealer, beginning, *content));
    auto fields = co_await sealer.finish(*parts_.resolver, Deadline::after(parts_.timeout));
    co_return fields;
}

Task<std::string> ContentSealer::seal(std::unique_ptr<async::ByteSource> content) const
{
    auto fields = co_await try_seal(std::move(content));
    if (fields.has_value()) co_return std::move(*fields);
    parts_.log.warning("arc.not_sealed", {{"problem", fields.error().text}});
    co_return std::string();
}

}  // namespace sealpost::courier
