#pragma once

#include "sys/dns/resolver.hpp"

#include <deque>
#include <string>
#include <string_view>

namespace sealpost::spf {

// What was asked within one evaluation, with its answers: nothing is asked twice. A question that has
// no answer yet becomes the one that is wanted; whoever asked tries again when it has come.
class Inquiry {
public:
    // `name` is normal. Null: its answer is wanted first.
    const dns::Answer* ask(std::string_view name, dns::Type type);

    [[nodiscard]] const std::string& wanted_name() const { return asked_.back().name; }
    [[nodiscard]] dns::Type wanted_type() const { return asked_.back().type; }
    void take(dns::Answer answer);  // to the one that is wanted

private:
    struct Asked {
        std::string name;
        dns::Type type;
        bool answered = false;
        dns::Answer answer;
    };
    std::deque<Asked> asked_;  // answers stay where they are
};

}  // namespace sealpost::spf
