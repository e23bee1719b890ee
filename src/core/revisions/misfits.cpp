#include "core/revisions/misfits.hpp"

#include "core/revisions/policy_tables.hpp"

namespace sealpost::revisions {
namespace {

Result<Version> read_current_if_any(db::Connection& connection)
{
    SEALPOST_TRY(const bool is_there, connection.has_table("policy_version"));
    if (!is_there) return Version{};
    return read_current(connection);
}

}  // namespace

Result<std::vector<Problem>> find_misfits(db::Database& database, const std::vector<ListenerInfo>& listeners,
                                          const std::optional<policy::NodeFacts>& node)
{
    SEALPOST_TRY(const auto current,
                 database.read_now([](db::Connection& connection) { return read_current_if_any(connection); }));
    if (current.number == 0) return std::vector<Problem>();
    const auto name = "policy version " + std::to_string(current.number);
    auto parsed = policy::parse_document(current.text, name);
    if (!parsed.document) return config::to_error(parsed.problems);  // with it `serve` does not start
    auto problems = Snapshot::compile(std::move(*parsed.document), listeners, current.number, node).problems;
    name_file(problems, name);
    return problems;
}

}  // namespace sealpost::revisions
