#pragma once

#include "sys/tls/context.hpp"

#include <map>
#include <mutex>

namespace sealpost::tls {

// What clients that offer the protocol "acme-tls/1" are shown for a server name, instead of the certificate
// of the listener (RFC 8737 §3). One for all contexts of a node (ServerOptions::challenges). Any thread.
class ChallengePairs {
public:
    void present(const std::string& name, KeyPair pair);
    void withdraw(const std::string& name);
    [[nodiscard]] std::shared_ptr<const KeyPair> find(const std::string& name) const;  // null: none

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<const KeyPair>> pairs_;
};

}  // namespace sealpost::tls
