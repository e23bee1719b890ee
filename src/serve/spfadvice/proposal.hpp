#pragma once

#include "serve/spfadvice/survey.hpp"

namespace sealpost::spfadvice {

// Several records as one: their terms in order, each once, and the softest `all` that was stated.
[[nodiscard]] std::vector<Term> merge(const std::vector<Draft>& drafts);

// An include of what `redirect` leads to. Kind::unknown when that is no name.
[[nodiscard]] Term as_include(const Term& redirect);

// The terms of a text that nobody obeyed, to be obeyed from now on: neutral at the end, so that nobody
// begins to fail, and a redirect as an include, since nothing looks behind `all`.
[[nodiscard]] std::vector<Term> put_in_force(const std::vector<Term>& terms);

// Without what is never read, what stands there twice and what makes verifiers give up: terms that
// change no verdict, or only permerror. `tree` has one node a term.
[[nodiscard]] std::vector<Term> tidy(const std::vector<Term>& terms, const Node& tree);

// Where the include may go, best first: before `all`, before `redirect=`, behind the last mechanism;
// and at the front, for a record whose other terms would catch its addresses first.
[[nodiscard]] std::vector<std::vector<Term>> place_include(const std::vector<Term>& terms, const std::string& include);

// One term fewer to look up, equal in effect today; absent when nothing more can be saved.
struct Saving {
    std::vector<Term> terms;
    Problem note;
};
// `tree` has one node a term.
enum class Aim { fewer_lookups, fewer_voids_ipv6 };
[[nodiscard]] std::optional<Saving> find_saving(const std::vector<Term>& terms, const Node& tree, const std::string& domain,
                                                Aim aim = Aim::fewer_lookups);

}  // namespace sealpost::spfadvice
