#include "cli/service_store.hpp"
#include "cli/stopped_node.hpp"
#include "core/keys/key_store.hpp"
#include "serve/node/kek.hpp"

#include <boost/json.hpp>

namespace sealpost::cli {
namespace {

namespace json = boost::json;

Result<> make_kek(Context& context)
{
    SEALPOST_TRY(const auto config, config::load_config(context.config_path));
    SEALPOST_TRY(const auto path, node::find_kek_file(config));
    SEALPOST_CHECK(keys::KekFile::make(path, system_clock().now()));
    context.answer(json::object{{"file", path}}, path + " made; keep a copy of it apart from the data");
    return {};
}

// A service that runs wraps under the version that it knows, until it meets a newer one: what it stored meanwhile could
// not be opened when that version is forgotten.
Result<std::optional<files::DirectoryLock>> hold_for_retiring(const config::NodeConfig& config, bool should_retire)
{
    std::optional<files::DirectoryLock> held;
    if (should_retire) {
        SEALPOST_TRY(held, hold_stopped_node(config));
    }
    return held;
}

Result<> rotate(Context& context, ServiceStore& store, bool should_retire)
{
    SEALPOST_TRY([[maybe_unused]] const auto held, hold_for_retiring(store.config, should_retire));
    SEALPOST_TRY(const auto path, node::find_kek_file(store.config));
    SEALPOST_TRY(const auto kek, keys::KekFile::open(path));
    SEALPOST_TRY(const auto keys, keys::KeyStore::open({store.database, &system_clock(), kek, log::Log::silent(), {}}));
    SEALPOST_CHECK(kek->add_version(system_clock().now()));
    SEALPOST_TRY(const int count, wait_for(keys->rewrap_all()));
    if (should_retire) SEALPOST_CHECK(kek->retire_old_versions());
    const int version = kek->current()->newest().number;
    context.answer(json::object{{"version", version}, {"rewrapped", count}, {"retired", should_retire}},
                   std::to_string(count) + " keys wrapped anew under version " + std::to_string(version));
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
    make->callback([&context] {
        auto made = make_kek(context);
        if (made.has_error()) context.fail(made.error());
    });
    auto should_retire = std::make_shared<bool>(false);
    auto* rotating = group->add_subcommand("rotate", "Add a version and wrap every key anew; safe while the service runs");
    rotating->add_flag("--retire", *should_retire,
                       "Then forget the old versions: destroyed keys in old backups are gone for good, and those backups "
                       "open no envelope any more. Stop the service first");
    rotating->footer("Example:\n  sealpost kek rotate");
    rotating->callback(
        with_store(context, [&context, should_retire](ServiceStore& store) { return rotate(context, store, *should_retire); }));
}

}  // namespace sealpost::cli
