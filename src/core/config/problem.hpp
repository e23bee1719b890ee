#pragma once

#include "base/result.hpp"
#include "core/config/sentence.hpp"

#include <string>
#include <vector>

namespace sealpost::config {

// One thing that an operator must mend, with the place where it stands.
struct Problem {
    std::string file;
    int line = 0;     // 1-based; 0 when no single line is to blame
    std::string key;  // "listener.address"; empty for a whole file
    std::string what;
    std::string hint;      // what to write instead; may be empty
    Wording said = {};     // `what` for other languages
    Wording advised = {};  // the same for `hint`
};

[[nodiscard]] Problem make_problem(std::string file, int line, std::string key, Sentence what, Sentence hint = {});

[[nodiscard]] std::string format_problem(const Problem& problem);                 // file:line: key: what (hint)
[[nodiscard]] std::string format_problems(const std::vector<Problem>& problems);  // one a line
// All problems at once as one Fault::config.
[[nodiscard]] Error to_error(const std::vector<Problem>& problems);

// The known word nearest to `word`, when it is near enough to have been meant; empty otherwise.
[[nodiscard]] std::string find_similar(std::string_view word, const std::vector<std::string>& known);
[[nodiscard]] Sentence ask_if_meant(std::string word);  // "did you mean …?"

}  // namespace sealpost::config
