#include "cli/own_store.hpp"

#include "sys/files/look_for.hpp"
#include "sys/files/owner.hpp"

namespace sealpost::cli {
namespace {

// By the user that the node runs as, who must be able to open it afterwards.
Result<> prepare_making(const config::NodeConfig& config)
{
    SEALPOST_CHECK(files::check_maker(config.node.data_dir, files::Makers::owner_only));
    return files::make_directory(config.node.data_dir);
}

// A database is there before a node has made a store of it.
Result<> require_tables(db::Database& database)
{
    SEALPOST_TRY(const bool has_any,
                 database.read_now([](db::Connection& connection) { return connection.has_table("room_version"); }));
    if (has_any) return {};
    return Error{Fault::config, "there is no store yet in this database; `sealpost serve` makes it"};
}

}  // namespace

Result<bool> has_store(const config::NodeConfig& config)
{
    if (config.store.file.empty()) return true;  // opening it tells
    return files::look_for(config.store.file);
}

Result<> require_store(const config::NodeConfig& config)
{
    SEALPOST_TRY(const bool is_there, has_store(config));
    if (!is_there)
        return Error{Fault::config, "there is no store yet at " + config.store.file.string() + "; `sealpost serve` makes it"};
    return {};
}

Result<std::shared_ptr<db::Database>> open_store(const config::NodeConfig& config, Missing missing)
{
    SEALPOST_TRY(const bool is_there, has_store(config));
    if (!is_there) SEALPOST_CHECK(missing == Missing::made ? prepare_making(config) : require_store(config));
    SEALPOST_TRY(auto database, db::Database::open(config.store.url));
    if (missing == Missing::refused && config.store.file.empty()) SEALPOST_CHECK(require_tables(*database));
    return database;
}

}  // namespace sealpost::cli
