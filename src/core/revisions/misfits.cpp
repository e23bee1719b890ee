#include "core/revisions/misfits.hpp"

#include "core/policy/last_policy.hpp"
#include "core/revisions/policy_tables.hpp"
#include "core/revisions/renamed_listener.hpp"

namespace sealpost::revisions {
namespace {

Result<Version> read_current_if_any(db::Connection& connection)
{
    SEALPOST_TRY(const bool is_there, connection.has_table("policy_version"));
    if (!is_there) return Version{};
    return read_current(connection);
}

}  // namespace

Result<Misfits> find_misfits(db::Database& database, const std::vector<ListenerInfo>& listeners,
                             const std::optional<policy::NodeFacts>& node)
{
    SEALPOST_TRY(const auto current,
                 database.read_now([](db::Connection& connection) { return read_current_if_any(connection); }));
    if (current.number == 0) return Misfits();
    const auto name = "policy version " + std::to_string(current.number);
    auto parsed = policy::parse_document(current.text, name);
    if (!parsed.document) return config::to_error(parsed.problems);  // with it `serve` does not start
    Misfits misfits;
    if (const auto renaming = find_renaming(*parsed.document, listeners, node)) misfits.renaming = describe_renaming(*renaming);
    misfits.others = policy::compile_new(std::move(*parsed.document), listeners, current.number, node).problems;
    name_file(misfits.others, name);
    return misfits;
}

}  // namespace sealpost::revisions
