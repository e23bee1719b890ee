#include "core/config/problem.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace sealpost::config {
namespace {

// Levenshtein's distance; words here are short.
std::size_t count_edits(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

}  // namespace

Problem make_problem(std::string file, int line, std::string key, Sentence what, Sentence hint)
{
    return {std::move(file),        line, std::move(key), std::move(what.text), std::move(hint.text), std::move(what.wording),
            std::move(hint.wording)};
}

std::string format_problem(const Problem& problem)
{
    std::string out = problem.file;
    if (problem.line > 0) out += ':' + std::to_string(problem.line);
    if (!out.empty()) out += ": ";
    if (!problem.key.empty()) out += problem.key + ": ";
    out += problem.what;
    if (!problem.hint.empty()) out += " (" + problem.hint + ')';
    return out;
}

std::string format_problems(const std::vector<Problem>& problems)
{
    std::string out;
    for (const auto& problem : problems) out += (out.empty() ? "" : "\n") + format_problem(problem);
    return out;
}

Error to_error(const std::vector<Problem>& problems) { return {Fault::config, format_problems(problems)}; }

std::string find_similar(std::string_view word, const std::vector<std::string>& known)
{
    constexpr std::size_t max_word_bytes = 64;
    if (word.size() > max_word_bytes) return {};
    const std::string lower = ascii_lower(word);
    const std::size_t most = std::max<std::size_t>(1, word.size() / 3);
    std::string best;
    std::size_t best_edits = most + 1;
    for (const auto& candidate : known) {
        const auto edits = count_edits(lower, ascii_lower(candidate));
        if (edits < best_edits) {
            best = candidate;
            best_edits = edits;
        }
    }
    return best;
}

Sentence ask_if_meant(std::string word) { return say("did_you_mean", "did you mean {word}?", {std::move(word)}); }

}  // namespace sealpost::config
