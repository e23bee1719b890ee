#pragma once

#include "base/clock.hpp"
#include "sys/async/byte_source.hpp"
#include "sys/dns/resolver.hpp"
#include "sys/log/log.hpp"
#include "wire/dkim/signer.hpp"

#include <memory>
#include <string>

namespace sealpost::courier {

// Adds our ARC set (RFC 8617) to mail that is passed on, so that who gets it can see what we found out about it
// even when its own signatures do not survive. Content is read once. Shared by threads.
class ContentSealer {
public:
    struct Parts {
        dkim::SigningKey key;     // RSA
        std::string authserv_id;  // in our Authentication-Results
        std::shared_ptr<dns::Resolver> resolver;
        std::chrono::seconds timeout{10};  // for the keys of the chain so far, when nobody has looked at it
        const Clock& clock;
        log::Log log;
    };
    // Fault::config for a key that is no RSA key.
    [[nodiscard]] static Result<std::shared_ptr<const ContentSealer>> make(Parts parts);
    explicit ContentSealer(Parts parts) : parts_(std::move(parts)) {}

    // The three fields to send before the content; empty when the chain takes no more, or the message cannot
    // be sealed, which the log tells.
    Task<std::string> seal(std::unique_ptr<async::ByteSource> content) const;

private:
    Task<Result<std::string>> try_seal(std::unique_ptr<async::ByteSource> content) const;

    Parts parts_;
};

}  // namespace sealpost::courier
