#pragma once

#include "sys/async/byte_source.hpp"
#include "sys/log/log.hpp"
#include "wire/dkim/signer.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sealpost::courier {

using ContentFactory = std::function<std::unique_ptr<async::ByteSource>()>;

// Signs messages with the DKIM key of the domain in From, or of the nearest domain above it. Content
// is read once to be hashed; it never stands in memory whole. Shared by threads.
class ContentSigner {
public:
    ContentSigner(std::vector<dkim::SigningKey> keys, log::Log log) : keys_(std::move(keys)), log_(std::move(log)) {}

    // The field to send before the content; empty when no key fits. A message that cannot be signed goes
    // out unsigned, and the log says why: a signature that is missing is no reason to lose mail.
    Task<std::string> sign(std::unique_ptr<async::ByteSource> content) const;

private:
    [[nodiscard]] const dkim::SigningKey* find_key(std::string_view domain) const;
    Task<Result<std::string>> try_sign(std::unique_ptr<async::ByteSource> content) const;

    std::vector<dkim::SigningKey> keys_;
    log::Log log_;
};

// Content with a field before it.
[[nodiscard]] ContentFactory put_before(std::string field, ContentFactory content);

}  // namespace sealpost::courier
