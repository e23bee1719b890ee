#include "serve/node/kek.hpp"

namespace sealpost::node {

Result<std::string> find_kek_file(const config::NodeConfig& config)
{
    constexpr std::string_view scheme = "file:";
    const std::string& kek = config.service.kek;
    if (kek.starts_with(scheme)) return kek.substr(scheme.size());
    return Error{Fault::config, "service.kek: only \"file:PATH\" is understood by this version"};
}

Result<std::shared_ptr<keys::KekFile>> open_kek(const config::NodeConfig& config)
{
    SEALPOST_TRY(const auto path, find_kek_file(config));
    auto file = keys::KekFile::open(path);
    if (file.has_error()) return file.error().in("service.kek");
    return file;
}

}  // namespace sealpost::node
