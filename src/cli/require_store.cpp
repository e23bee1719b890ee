#include "cli/require_store.hpp"

#include "sys/files/look_for.hpp"

namespace sealpost::cli {

Result<bool> has_store(const config::NodeConfig& config)
{
    return files::look_for(config.store.url.substr(std::string_view("sqlite:").size()));
}

Result<> require_store(const config::NodeConfig& config)
{
    SEALPOST_TRY(const bool is_there, has_store(config));
    if (!is_there) return Error{Fault::config, "there is no store yet at " + config.store.url + "; `sealpost serve` makes it"};
    return {};
}

}  // namespace sealpost::cli
