#pragma once

#include "core/config/problem.hpp"
#include "core/config/tree.hpp"
#include "core/policy/parameters.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::revisions {

using config::Problem;
using policy::Behavior;

// The host access table as the reference gateway exports it (doc/spec/hat-text.md): `$POLICY` blocks,
// then `GROUP: members $POLICY (comment)` and single `host ACTION (comment)` lines.
struct HatPolicy {
    std::string name;
    int line = 0;
    Behavior behavior = Behavior::accept;
    std::map<std::string, config::Value> parameters;  // by our keys
};

struct HatSender {
    std::string text;
    std::string comment;
};

struct HatGroup {
    std::string name;
    int line = 0;
    std::vector<HatSender> senders;
    std::string policy;  // empty: CONTINUE
    std::string comment;
};

struct HatText {
    std::vector<HatPolicy> policies;
    std::vector<HatGroup> groups;  // in their order; the last may be ALL
};

inline constexpr std::size_t max_hat_text_bytes = 16 * 1024 * 1024;

// Those that a listener can have: ALL stands behind them.
[[nodiscard]] std::vector<std::string> list_group_names(const HatText& hat);

struct ParsedHat {
    std::optional<HatText> hat;     // absent when there are problems
    std::vector<Problem> problems;  // what is not such a table
    std::vector<Problem> notes;     // what this gateway has not, and was left out
};
[[nodiscard]] ParsedHat parse_hat_text(std::string_view text, std::string_view name);

// The document `text` with the table in place of the sender groups of `listener`, and its policies in
// place of those of the same names. config: the text cannot be edited so.
[[nodiscard]] Result<std::string> replace_hat(std::string_view text, const HatText& hat, std::string_view listener);

// The sender groups of `listener` that stand in the document and not in the table: replace_hat leaves them out.
[[nodiscard]] std::vector<Problem> find_displaced_groups(std::string_view text, const HatText& hat, std::string_view listener);

}  // namespace sealpost::revisions
