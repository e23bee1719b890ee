#pragma once

#include "serve/spfadvice/survey.hpp"

namespace sealpost::spfadvice {

// Several records as one: their terms in order, each once, and the softest `all` that was stated.
[[nodiscard]] std::vector<Term> merge(const std::vector<Draft>& drafts);

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
[[nodiscard]] std::optional<Saving> find_saving(const std::vector<Term>& terms, const Node& tree, const std::string& domain);

}  // namespace sealpost::spfadvice
