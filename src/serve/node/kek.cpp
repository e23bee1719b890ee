#include "serve/node/kek.hpp"

namespace sealpost::node {

Result<std::shared_ptr<keys::KekFile>> open_kek(const config::NodeConfig& config)
{
    constexpr std::string_view scheme = "file:";
    const std::string& kek = config.service.kek;
    if (!kek.starts_with(scheme)) return Error{Fault::config, "service.kek: only file: is understood by this version"};
    auto file = keys::KekFile::open(kek.substr(scheme.size()));
    if (file.has_error()) return file.error().in("service.kek");
    return file;
}

}  // namespace sealpost::node
