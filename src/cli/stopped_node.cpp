#include "cli/stopped_node.hpp"

#include "sys/db/store_lock.hpp"

namespace sealpost::cli {

Result<StoppedNode> hold_stopped_node(const config::NodeConfig& config)
{
    SEALPOST_CHECK(files::make_directory(config.node.data_dir));
    auto lock = files::DirectoryLock::take(config.node.data_dir);
    if (lock.has_error() && lock.error().fault == Fault::retry_later)
        return Error{Fault::retry_later, lock.error().text + "; stop it first"};
    if (lock.has_error()) return lock.error();
    auto store = db::lock_store(config.store.file);
    if (store.has_error()) return store.error().fault == Fault::retry_later ? store.error().in("stop it first") : store.error();
    return StoppedNode{std::move(*lock), std::move(*store)};
}

}  // namespace sealpost::cli
