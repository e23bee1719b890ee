#include "cli/answering.hpp"
#include "cli/service_store.hpp"
#include "cli/stopped_node.hpp"
#include "core/keys/kek_vault.hpp"
#include "core/keys/key_store.hpp"
#include "core/keys/records.hpp"
#include "core/queue/lanes.hpp"
#include "core/queue/store.hpp"
#include "serve/node/kek.hpp"
#include "sys/db/store_file.hpp"
#include "sys/files/files.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <thread>

namespace sealpost::cli {
namespace {

namespace json = boost::json;

// Behind those of the store, if there is one: numbers are not used twice.
Result<int> find_next_version(const config::NodeConfig& config)
{
    const auto& path = config.store.file;
    if (path.empty()) {
        SEALPOST_TRY(const auto database, open_store(config, Missing::made));
        SEALPOST_TRY(const int highest, database->read_now(keys::find_highest_version));
        return highest + 1;
    }
    if (!files::is_there(path)) return 1;
    SEALPOST_TRY(auto store, db::StoreFile::open(path));
    SEALPOST_TRY(const int highest, keys::find_highest_version(store.connection()));
    return highest + 1;
}

// Two that change the key file at once would each write over the other's version, and what was wrapped under it would be lost.
Result<files::DirectoryLock> hold_kek(const config::NodeConfig& config)
{
    SEALPOST_CHECK(files::make_directory(config.node.data_dir));
    auto held = files::DirectoryLock::take(config.node.data_dir, "kek.lock");
    if (held.has_error() && held.error().fault == Fault::retry_later)
        return held.error().in("the key-encryption key is being changed by another command");
    return held;
}

Result<> make_kek(Context& context)
{
    SEALPOST_TRY(const auto config, config::load_config(context.config_path));
    SEALPOST_TRY(const auto path, node::find_kek_file(config));
    SEALPOST_TRY(const auto held, hold_kek(config));
    SEALPOST_TRY(const int version, find_next_version(config));
    SEALPOST_CHECK(keys::KekFile::make(path, system_clock().now(), version));
    context.answer(json::object{{"file", path}}, path + " made; keep a copy of it apart from the data");
    return {};
}

Result<std::vector<queue::OtherOwner>> list_nodes(db::Database& database)
{
    return database.read_now([](db::Connection& connection) -> Result<std::vector<queue::OtherOwner>> {
        SEALPOST_TRY(const bool is_shared, connection.has_table("queue_owner"));
        if (!is_shared) return std::vector<queue::OtherOwner>();
        return queue::Store(connection).list_owners();
    });
}

// Of those that share the store, by what they say of themselves every five seconds.
Result<> refuse_beside_running_service(const ServiceStore& store)
{
    if (!store.config.store.file.empty()) return {};
    SEALPOST_TRY(const auto before, list_nodes(*store.database));
    std::this_thread::sleep_for(std::chrono::seconds(11));
    SEALPOST_TRY(const auto after, list_nodes(*store.database));
    for (const auto& node : after) {
        const auto known = std::ranges::find(before, node.name, &queue::OtherOwner::name);
        const bool has_spoken = known == before.end() || known->beats != node.beats;
        const bool is_service = std::ranges::find(node.lanes, queue::reply_lane) != node.lanes.end();
        if (has_spoken && is_service)
            return Error{Fault::retry_later, "the service " + node.name + " runs on the same store; stop it first"};
    }
    return {};
}

bool is_running(const config::NodeConfig& config)
{
    const auto held = hold_stopped_node(config);
    return held.has_error() && held.error().fault == Fault::retry_later;
}

// What wraps from now on: a further version of the file, or the key in a token that the configuration names.
Result<> begin_version(const node::Kek& kek, db::Database& database, const std::string& name)
{
    if (kek.file) {
        SEALPOST_TRY(const int highest, database.read_now(keys::find_highest_version));
        return kek.file->add_version(system_clock().now(), highest + 1);
    }
    if (kek.wrapper->newest() != 0) return {};
    return Error{Fault::denied, "the service that runs does not know " + name +
                                    " yet, and could not open what is wrapped under it: "
                                    "restart it with this configuration, then rotate"};
}

Result<> note_rotation(ServiceStore& store, int version, int count, bool has_retired)
{
    const json::object details{{"version", version}, {"rewrapped", count}, {"retired", has_retired}};
    return note_in_audit_trail(*store.people, "kek.rotated", "kek", details, "the keys are wrapped anew");
}

Result<> rotate(Context& context, ServiceStore& store, bool should_retire)
{
    SEALPOST_TRY(const auto only_one, hold_kek(store.config));
    // A service that runs wraps under the version that it knows, until it meets a newer one: what it stored meanwhile
    // could not be opened when that version is forgotten.
    std::optional<StoppedNode> held;
    if (should_retire) {
        SEALPOST_TRY(held, hold_stopped_node(store.config));
        SEALPOST_CHECK(refuse_beside_running_service(store));
    }
    SEALPOST_TRY(const auto kek, node::open_kek(store.config));
    keys::KeyStore::Parts parts{store.database, &system_clock(), kek.wrapper, log::Log::silent(), {}};
    parts.may_introduce = should_retire || !is_running(store.config);
    SEALPOST_TRY(const auto keys, keys::KeyStore::open(std::move(parts)));
    const auto names = node::list_keks(store.config);
    SEALPOST_CHECK(begin_version(kek, *store.database, names.front().name));
    SEALPOST_TRY(const int count, wait_for(keys->rewrap_all()));
    people::People::Options options;
    options.vault = std::make_shared<keys::KekVault>(kek.wrapper);
    SEALPOST_TRY(const auto people, people::People::open(store.database, system_clock(), std::move(options)));
    SEALPOST_CHECK(wait_for(people->factors().rewrap_all()));
    if (should_retire && kek.file) SEALPOST_CHECK(kek.file->retire_old_versions());
    const int version = kek.wrapper->newest();
    SEALPOST_CHECK(note_rotation(store, version, count, should_retire));
    std::string text = std::to_string(count) + " keys wrapped anew under version " + std::to_string(version);
    json::array unneeded;
    for (std::size_t i = 1; should_retire && i < names.size(); ++i) {
        unneeded.emplace_back(names[i].name);
        text += "\nNothing in the store needs " + names[i].name + " any more: take it out of service.former_keks, and destroy it";
    }
    json::object answer{{"version", version}, {"rewrapped", count}, {"retired", should_retire}, {"unneeded", unneeded}};
    if (kek.file) {
        SEALPOST_TRY(const auto path, node::find_kek_file(store.config));
        answer["keep_apart"] = path;
        text += "\nKeep a new copy of " + path + " apart from the data: a former one opens no backup that is made from now on";
    }
    context.answer(answer, text);
    return {};
}

}  // namespace

void add_kek_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("kek", "The key-encryption key of the service");
    group->require_subcommand(1);
    group->footer("Examples:\n  sealpost kek new\n  sealpost kek rotate");
    auto* make = group->add_subcommand("new", "Make the key file that service.kek names; never replaces one");
    make->footer("Example:\n  sealpost kek new");
    make->callback(answering(context, make_kek));
    auto should_retire = std::make_shared<bool>(false);
    auto* rotating = group->add_subcommand(
        "rotate", "Wrap every key anew, under a further version of the file or the key in a token; safe while the service runs");
    rotating->add_flag(
        "--retire", *should_retire,
        "Then forget the old versions: destroyed keys in old backups are gone for good, and those backups "
        "open no envelope any more. Of keys in tokens it says which ones nothing needs any more. Stop the service first");
    rotating->footer(
        "It changes the key file: keep a new copy of it apart from the data. A former one opens no backup that is made from "
        "then\n"
        "on.\n\nExample:\n  sealpost kek rotate");
    rotating->callback(
        with_store(context, [&context, should_retire](ServiceStore& store) { return rotate(context, store, *should_retire); }));
}

}  // namespace sealpost::cli
