#include "cli/require_store.hpp"

#include "sys/files/look_for.hpp"

namespace sealpost::cli {

Result<> require_store(const config::NodeConfig& config)
{
    const std::string prefix = "sqlite:";
    if (!config.store.url.starts_with(prefix)) return {};
    SEALPOST_TRY(const bool is_there, files::look_for(config.store.url.substr(prefix.size())));
    if (!is_there) return Error{Fault::config, "there is no store yet at " + config.store.url + "; `sealpost serve` makes it"};
    return {};
}

}  // namespace sealpost::cli
