#include "core/revisions/text_diff.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace sealpost::revisions {
namespace {

using Lines = std::vector<std::string_view>;
constexpr std::size_t context_lines = 3;
constexpr std::size_t max_table_cells = 4'000'000;  // 16 MiB

struct Edit {
    char kind;  // ' ', '-' or '+'
    std::string_view line;
};

Lines lines_of(std::string_view text)
{
    auto lines = split(text, '\n');
    if (!lines.empty() && lines.back().empty()) lines.pop_back();
    return lines;
}

void append(std::vector<Edit>& edits, char kind, const Lines& lines, std::size_t from, std::size_t to)
{
    for (std::size_t i = from; i < to; ++i) edits.push_back({kind, lines[i]});
}

// The longest common subsequence of two middles, as edits.
void compare_middles(std::vector<Edit>& edits, const Lines& a, const Lines& b)
{
    if (a.size() * b.size() > max_table_cells) {
        append(edits, '-', a, 0, a.size());
        append(edits, '+', b, 0, b.size());
        return;
    }
    const std::size_t width = b.size() + 1;
    std::vector<std::uint32_t> longest((a.size() + 1) * width, 0);
    for (std::size_t i = a.size(); i-- > 0;)
        for (std::size_t j = b.size(); j-- > 0;)
            longest[i * width + j] = a[i] == b[j] ? longest[(i + 1) * width + j + 1] + 1
                                                  : std::max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() && j < b.size()) {
        if (a[i] == b[j]) {
            edits.push_back({' ', a[i++]});
            ++j;
        } else if (longest[(i + 1) * width + j] >= longest[i * width + j + 1]) {
            edits.push_back({'-', a[i++]});
        } else {
            edits.push_back({'+', b[j++]});
        }
    }
    append(edits, '-', a, i, a.size());
    append(edits, '+', b, j, b.size());
}

std::vector<Edit> compare(const Lines& before, const Lines& after)
{
    std::size_t head = 0;
    while (head < before.size() && head < after.size() && before[head] == after[head]) ++head;
    std::size_t tail = 0;
    while (tail < before.size() - head && tail < after.size() - head &&
           before[before.size() - 1 - tail] == after[after.size() - 1 - tail])
        ++tail;
    std::vector<Edit> edits;
    append(edits, ' ', before, 0, head);
    compare_middles(edits,
                    Lines(before.begin() + static_cast<std::ptrdiff_t>(head), before.end() - static_cast<std::ptrdiff_t>(tail)),
                    Lines(after.begin() + static_cast<std::ptrdiff_t>(head), after.end() - static_cast<std::ptrdiff_t>(tail)));
    append(edits, ' ', before, before.size() - tail, before.size());
    return edits;
}

}  // namespace

std::string diff_texts(std::string_view before, std::string_view after)
{
    const auto edits = compare(lines_of(before), lines_of(after));
    std::vector<bool> shown(edits.size(), false);
    for (std::size_t i = 0; i < edits.size(); ++i) {
        if (edits[i].kind == ' ') continue;
        const auto end = std::min(edits.size(), i + context_lines + 1);
        for (std::size_t j = i - std::min(i, context_lines); j < end; ++j) shown[j] = true;
    }
    std::string out;
    std::size_t old_line = 1;
    std::size_t new_line = 1;
    for (std::size_t i = 0; i < edits.size(); ++i) {
        if (shown[i] && (i == 0 || !shown[i - 1]))
            out += "@@ -" + std::to_string(old_line) + " +" + std::to_string(new_line) + " @@\n";
        if (shown[i]) out += edits[i].kind + std::string(edits[i].line) + '\n';
        if (edits[i].kind != '+') ++old_line;
        if (edits[i].kind != '-') ++new_line;
    }
    return out;
}

}  // namespace sealpost::revisions
