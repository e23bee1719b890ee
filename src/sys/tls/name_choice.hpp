// Inside sys/tls: which pairs of a listener stand for which server name. See ServerContext::make.
#pragma once

#include "sys/tls/context.hpp"

#include <span>
#include <unordered_map>

namespace sealpost::tls {

class NameChoice {
public:
    // Indexes of pairs, at most one of each key type.
    using Pairs = std::vector<std::size_t>;

    explicit NameChoice(std::span<const KeyPair> pairs);

    // The place in groups(); 0, the one for clients without a name, where no pair names the host.
    [[nodiscard]] std::size_t find(std::string_view host) const;
    [[nodiscard]] const std::vector<Pairs>& groups() const { return groups_; }

private:
    void place(const std::string& pattern, Pairs pairs);

    std::vector<Pairs> groups_;
    std::unordered_map<std::string, std::size_t> by_pattern_;  // "mx.acme.test" or "*.acme.test", lower case
};

}  // namespace sealpost::tls
