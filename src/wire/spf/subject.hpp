#pragma once

#include "wire/spf/evaluator.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sealpost::spf {

// The arguments of check_host() (RFC 7208 §4.1), made from a question: the sender with a local part, and
// the domain whose record comes first.
struct Subject {
    std::string local_part;
    std::string domain;   // as given when it is none that has a policy
    std::string sender;   // local_part@domain
    std::string problem;  // why there is nothing to evaluate; empty when there is
};

[[nodiscard]] Subject find_subject(const Question& question, Identity identity);

}  // namespace sealpost::spf
