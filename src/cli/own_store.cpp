#include "cli/own_store.hpp"

#include "sys/db/store_lock.hpp"
#include "sys/files/look_for.hpp"
#include "sys/files/owner.hpp"

#include <unistd.h>

namespace sealpost::cli {
namespace {

// By the user that the node runs as, who must be able to open it afterwards.
Result<> prepare_making(const config::NodeConfig& config)
{
    SEALPOST_CHECK(files::check_maker(config.node.data_dir));
    return files::make_directory(config.node.data_dir);
}

// Tables change when a node starts, or by a command where no node runs: one that runs was made for the tables that are there.
// Of a database that many share no command can tell who else uses it.
Result<> refuse_update_beneath(const config::NodeConfig& config, const std::string& room, std::size_t holds, std::size_t knows)
{
    const std::string what = "the store holds " + room + " data of version " + std::to_string(holds) +
                             ", and this program needs " + std::to_string(knows);
    if (config.store.file.empty())
        return Error{Fault::retry_later, what + ": start a node with this program first, which brings the tables up to date"};
    SEALPOST_TRY(int holder, files::DirectoryLock::find_holder(config.node.data_dir));
    if (holder == 0) {
        SEALPOST_TRY(holder, db::find_store_holder(config.store.file));
    }
    if (holder == 0 || holder == ::getpid()) return {};
    return Error{Fault::retry_later, what + ", but an older node (process " + std::to_string(holder) +
                                         ") runs with it: restart the node first, which brings the tables up to date"};
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
    db::Options options;
    options.is_owner = false;
    options.before_update = [config](const std::string& room, std::size_t holds, std::size_t knows) {
        return refuse_update_beneath(config, room, holds, knows);
    };
    SEALPOST_TRY(auto database, db::Database::open(config.store.url, std::move(options)));
    if (missing == Missing::refused && config.store.file.empty()) SEALPOST_CHECK(require_tables(*database));
    return database;
}

}  // namespace sealpost::cli
