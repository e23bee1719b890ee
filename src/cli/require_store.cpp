#include "cli/require_store.hpp"

#include "sys/files/look_for.hpp"

namespace sealpost::cli {

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

}  // namespace sealpost::cli
