#pragma once

#include "core/revisions/edition.hpp"
#include "core/revisions/policy_store.hpp"
#include "sys/db/database.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sealpost::revisions {

// The tables of the policy: every version, and a staged document at most. For this room only.
[[nodiscard]] std::vector<std::string_view> list_schema_steps();

struct Version {
    std::int64_t number = 0;  // 0: there is none
    std::string text;
};

struct Staged {
    std::int64_t revision = 0;  // 0: nothing is staged
    std::int64_t base = 0;
    std::string author, text;
    WallTime time{};
};

[[nodiscard]] Result<std::int64_t> read_head(db::Connection& connection);
[[nodiscard]] Result<Version> read_version(db::Connection& connection, std::int64_t number);
[[nodiscard]] Result<Version> read_current(db::Connection& connection);
[[nodiscard]] Result<Staged> read_staged(db::Connection& connection);
[[nodiscard]] Result<Edition> read_edition(db::Connection& connection);
// Newest first, `most` of them below version `before` (0: from the newest).
[[nodiscard]] Result<std::vector<CommitInfo>> read_history(db::Connection& connection, std::int64_t before, std::size_t most);

[[nodiscard]] Result<> write_version(db::Connection& connection, const CommitInfo& info, const std::string& text);
[[nodiscard]] Result<> drop_staged(db::Connection& connection);
// Answers the new revision: they only grow, also over a discard.
[[nodiscard]] Result<std::int64_t> write_staged(db::Connection& connection, const Staged& staged, WallTime now);

// Problems of a document that stands in the store, by its name there.
inline void name_file(std::vector<Problem>& problems, const std::string& name)
{
    for (auto& problem : problems) problem.file = name;
}

}  // namespace sealpost::revisions
