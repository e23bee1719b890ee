#pragma once

#include "serve/spfadvice/survey.hpp"

namespace sealpost::spfadvice {

inline constexpr unsigned max_lookups = 10;      // RFC 7208 §4.6.4
inline constexpr unsigned max_void_lookups = 2;  // the same
inline constexpr unsigned near_lookups = 8;

// What the records themselves show: none, several, out of force, syntax, size.
[[nodiscard]] std::vector<Problem> find_record_problems(const Survey& survey, const std::vector<Draft>& drafts);
// What the terms say and where they lead; `tree` is theirs, one node a term.
[[nodiscard]] std::vector<Problem> find_term_problems(const std::vector<Term>& terms, const Node& tree);

}  // namespace sealpost::spfadvice
