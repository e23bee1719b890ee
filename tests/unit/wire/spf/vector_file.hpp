#pragma once

#include "wire/spf/evaluator.hpp"

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace sealpost::spf {

// One case of tests/vectors/spf (README.md there), with the zone that it is judged against.
struct Vector {
    std::string name;  // "04_6_syntax_12", for the test's name
    std::string title;
    std::string zone;
    Question question;
    Identity identity = Identity::mail_from;
    std::string result;
    std::optional<std::string> mechanism;
    std::optional<std::string> explanation;  // empty: none
    std::optional<std::string> domain;
    std::optional<unsigned> lookups;
    std::optional<unsigned> void_lookups;
    std::optional<std::size_t> asks;
};

void PrintTo(const Vector& vector, std::ostream* out);  // the title

// Every case of every file; a file that makes no sense is std::invalid_argument.
[[nodiscard]] std::vector<Vector> load_vectors();

}  // namespace sealpost::spf
