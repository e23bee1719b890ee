#pragma once

#include "sys/dns/cached_resolver.hpp"
#include "sys/dns/resolver.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::spf {

// What was asked within one evaluation, with its answers: nothing is asked twice. A question that has
// no answer yet becomes the one that is wanted; whoever asked tries again when it has come.
class Inquiry {
public:
    using Known = std::shared_ptr<const dns::Answer>;

    explicit Inquiry(dns::KnownAnswers* at_hand) : at_hand_(at_hand) {}  // may be null

    // `name` is normal. Null: its answer is wanted first.
    Known ask(std::string_view name, dns::Type type);

    [[nodiscard]] const std::string& wanted_name() const { return asked_.back().name; }
    [[nodiscard]] dns::Type wanted_type() const { return asked_.back().type; }
    void take(dns::Answer answer);  // to the one that is wanted

private:
    struct Asked {
        std::string name;
        dns::Type type;
        Known answer;
    };
    dns::KnownAnswers* at_hand_;
    std::vector<Asked> asked_;
};

}  // namespace sealpost::spf
