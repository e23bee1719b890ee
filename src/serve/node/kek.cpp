#include "serve/node/kek.hpp"

namespace sealpost::node {

Result<std::string> find_kek_file(const config::NodeConfig& config)
{
    if (!config.node.is_service) return Error{Fault::config, "service.kek: this node has no service role"};
    return config.service.kek.substr(std::string_view("file:").size());
}

Result<std::shared_ptr<keys::KekFile>> open_kek(const config::NodeConfig& config)
{
    SEALPOST_TRY(const auto path, find_kek_file(config));
    auto file = keys::KekFile::open(path);
    if (file.has_error()) return file.error().in("service.kek");
    return file;
}

}  // namespace sealpost::node
