#include "cli/stopped_node.hpp"

namespace sealpost::cli {

Result<files::DirectoryLock> hold_stopped_node(const config::NodeConfig& config)
{
    SEALPOST_CHECK(files::make_directory(config.node.data_dir));
    auto lock = files::DirectoryLock::take(config.node.data_dir);
    if (lock.has_error() && lock.error().fault == Fault::retry_later)
        return Error{Fault::retry_later, lock.error().text + "; stop it first"};
    return lock;
}

}  // namespace sealpost::cli
