#pragma once

#include "base/clock.hpp"
#include "sys/async/byte_source.hpp"
#include "sys/log/log.hpp"
#include "wire/dkim/signer.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sealpost::courier {

using ContentFactory = std::function<std::unique_ptr<async::ByteSource>()>;

// A key and when it signs: from one moment on, and until before another.
struct ContentKey {
    dkim::SigningKey key;
    WallTime from = WallTime::min();
    WallTime until = WallTime::max();

    [[nodiscard]] bool is_active(WallTime now) const { return from <= now && now < until; }
};

// Signs messages with every active DKIM key of the domain in From, or of the nearest domain above it that has
// one. Content is read once to be hashed; it never stands in memory whole. Shared by threads.
class ContentSigner {
public:
    ContentSigner(std::vector<ContentKey> keys, const Clock& clock, log::Log log)
        : keys_(std::move(keys)), clock_(clock), log_(std::move(log))
    {
    }

    // The fields to send before the content; empty when no key fits. A message that cannot be signed goes
    // out unsigned, and the log says why: a signature that is missing is no reason to lose mail.
    Task<std::string> sign(std::unique_ptr<async::ByteSource> content) const;

private:
    [[nodiscard]] std::vector<dkim::SigningKey> find_keys(std::string_view domain, WallTime now) const;
    Task<Result<std::string>> try_sign(std::unique_ptr<async::ByteSource> content) const;

    std::vector<ContentKey> keys_;
    const Clock& clock_;
    log::Log log_;
};

// Content with fields before it.
[[nodiscard]] ContentFactory put_before(std::string fields, ContentFactory content);

}  // namespace sealpost::courier
