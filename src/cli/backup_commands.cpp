// backup and restore: the store of a node as one file, taken while the node runs and put back while it does not.
#include "cli/backup_commands.hpp"

#include "cli/answering.hpp"
#include "cli/own_store.hpp"
#include "cli/service_store.hpp"
#include "cli/stopped_node.hpp"
#include "cli/store_rooms.hpp"
#include "core/keys/key_store.hpp"
#include "serve/node/kek.hpp"
#include "sys/db/store_file.hpp"
#include "sys/files/files.hpp"
#include "sys/files/owner.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>

namespace sealpost::cli {
namespace {

namespace json = boost::json;
using db::StoreFile;
using files::Path;

// What a store holds, in the words of an operator.
struct Holdings {
    std::int64_t messages_waiting = 0;
    std::int64_t envelopes = 0;  // whose key is there
    std::int64_t policy_version = 0;
    std::uintmax_t bytes = 0;
};

Result<Path> find_store(const config::NodeConfig& config)
{
    if (!config.store.file.empty()) return config.store.file;
    return Error{Fault::config,
                 "the store is in PostgreSQL: back it up and restore it with its own tools, pg_dump and pg_restore"
                 " (doc/ops/postgresql.md)"};
}

// 0 when no room has made the table yet.
Result<std::int64_t> look_up(db::Connection& connection, const std::string& table, const std::string& question)
{
    SEALPOST_TRY(const bool is_there, connection.has_table(table));
    if (!is_there) return 0;
    auto row = connection.prepare("select " + question + " from " + table);
    SEALPOST_CHECK(row.step());
    return row.column_int(0);
}

Result<Holdings> look_at(StoreFile& file, const Path& path)
{
    Holdings holdings;
    auto& connection = file.connection();
    SEALPOST_TRY(holdings.messages_waiting, look_up(connection, "queue_message", "count(*)"));
    SEALPOST_TRY(holdings.envelopes, look_up(connection, "key_wrapped", "count(sealed)"));
    SEALPOST_TRY(holdings.policy_version, look_up(connection, "policy_version", "coalesce(max(version), 0)"));
    std::error_code unknown;
    holdings.bytes = std::filesystem::file_size(path, unknown);
    return holdings;
}

json::object to_json(const Path& path, const Holdings& holdings)
{
    return {{"file", path.string()},
            {"bytes", holdings.bytes},
            {"messages_waiting", holdings.messages_waiting},
            {"envelopes", holdings.envelopes},
            {"policy_version", holdings.policy_version}};
}

std::string describe(const Holdings& holdings)
{
    return std::to_string(holdings.messages_waiting) + " messages waiting, " + std::to_string(holdings.envelopes) +
           " envelopes, policy version " + std::to_string(holdings.policy_version) + "; " + std::to_string(holdings.bytes) +
           " octets";
}

Result<> back_up(Context& context, const Path& to)
{
    SEALPOST_TRY(const auto config, config::load_config(context.config_path));
    SEALPOST_TRY(const auto store_path, find_store(config));
    SEALPOST_CHECK(require_store(config));
    auto store = StoreFile::open(store_path);
    // The node's own: of a file that was given the answer would be no.
    if (store.has_error() && store.error().fault == Fault::denied) return Error{Fault::config, store.error().text};
    if (store.has_error()) return store.error();
    // What strangers handed in for half an hour is theirs, and may be gigabytes.
    SEALPOST_CHECK(store->copy_to(to, keys::KeyStore::drop_tickets));
    SEALPOST_TRY(auto copy, StoreFile::open(to));
    SEALPOST_TRY(const auto holdings, look_at(copy, to));
    auto object = to_json(to, holdings);
    std::string text = to.string() + " made and checked: " + describe(holdings) + "\n";
    json::array apart;
    for (const auto& kek : node::list_keks(config)) {
        apart.emplace_back(kek.name);
        text += "The key that wraps the keys of envelopes is not in it, and it opens none without: ";
        text += kek.is_file ? "keep a copy of " + kek.name + " apart from it\n"
                            : kek.name + " stays in its token: back that up as its maker says\n";
    }
    object["keep_apart"] = std::move(apart);
    context.answer(object, text);
    return {};
}

// A name that sorts by time and that a shell takes as it is.
Path former_name(const Path& store, WallTime now)
{
    std::string time = format_rfc3339(now);
    std::erase_if(time, [](char c) { return c == '-' || c == ':' || c == '.'; });
    return store.string() + ".before-" + time;
}

// Whether the keys of the configuration are at hand, and those that the store was written with.
Result<> try_kek(const config::NodeConfig& config)
{
    SEALPOST_TRY(const auto database, open_store(config, Missing::refused));
    return node::check_keks_of_store(config, *database);
}

void warn_of_the_past(const config::NodeConfig& config)
{
    std::cerr << "sealpost: messages that were delivered since the backup will be delivered again\n";
    if (!config.node.is_service) return;
    std::cerr << "sealpost: releases, locks, recalls and revocations since the backup are forgotten: repeat what must hold\n";
    bool is_whole = true;
    for (const auto& kek : node::list_keks(config)) {
        if (!kek.is_file || files::is_there(kek.name)) continue;
        std::cerr << "sealpost: " << kek.name << " is not there: put its copy back before the service starts\n";
        is_whole = false;
    }
    if (!is_whole) return;
    const auto fits = try_kek(config);
    if (fits.has_error()) std::cerr << "sealpost: the service will not start yet: " << fits.error().text << '\n';
}

Result<> restore(Context& context, const Path& from, bool may_replace)
{
    SEALPOST_TRY(const auto config, config::load_config(context.config_path));
    SEALPOST_TRY(const auto store_path, find_store(config));
    SEALPOST_CHECK(files::check_maker(config.node.data_dir));
    SEALPOST_TRY(const auto lock, hold_stopped_node(config));
    std::error_code unknown;
    if (std::filesystem::equivalent(from, store_path, unknown))
        return Error{Fault::denied, from.string() + " is the store of this node itself"};
    SEALPOST_TRY(auto backup, StoreFile::open(from));
    SEALPOST_TRY(const auto versions, backup.room_versions());
    SEALPOST_CHECK(check_room_versions(versions));
    SEALPOST_CHECK(backup.check());
    if (!may_replace && files::is_there(store_path)) {
        return Error{Fault::denied, "there is a store at " + store_path.string() +
                                        "; with --replace the backup takes its place, and it is kept under another name"};
    }
    const Path former = former_name(store_path, system_clock().now());
    SEALPOST_TRY(const bool was_there, backup.restore_to(store_path, former));
    SEALPOST_TRY(auto restored, StoreFile::open(store_path));
    SEALPOST_TRY(const auto holdings, look_at(restored, store_path));
    auto object = to_json(store_path, holdings);
    std::string text = store_path.string() + " is back: " + describe(holdings) + "\n";
    object["former"] = nullptr;
    if (was_there) {
        object["former"] = former.string();
        text += "The store that was there is kept as " + former.string() + "\n";
    }
    warn_of_the_past(config);
    context.answer(object, text);
    return {};
}

}  // namespace

void add_backup_commands(CLI::App& app, Context& context)
{
    auto to = std::make_shared<std::string>();
    auto* backup = app.add_subcommand("backup", "Copy the store into one file, while the node runs or not");
    backup->add_option("FILE", *to, "The new file; one that is there is never replaced")->required();
    backup->footer(
        "The copy is of one moment, checked, and has its name when it is whole (FILE.part before). The key file of a\n"
        "service (service.kek), certificates and configuration are not in it: doc/ops/backup.md.\n\n"
        "Examples:\n  sealpost backup /backup/mx1-$(date +%F).db\n  sealpost --format json backup /backup/mx1.db");
    backup->callback(answering(context, [to](Context& to_answer) { return back_up(to_answer, *to); }));

    auto from = std::make_shared<std::string>();
    auto may_replace = std::make_shared<bool>(false);
    auto* restoring = app.add_subcommand("restore", "Put a backup in the place of the store; the node must not run");
    restoring->add_option("FILE", *from, "What `sealpost backup` made")->required();
    restoring->add_flag("--replace", *may_replace, "Also where there is a store; it is kept beside, under a name with the time");
    restoring->footer(
        "Refuses what is no store, damaged, or made by a newer program. Messages that were delivered since the backup are\n"
        "delivered again.\n\n"
        "Examples:\n  sealpost restore /backup/mx1-2026-11-22.db\n  sealpost restore --replace /backup/mx1-2026-11-22.db");
    restoring->callback(
        answering(context, [from, may_replace](Context& to_answer) { return restore(to_answer, *from, *may_replace); }));
}

}  // namespace sealpost::cli
