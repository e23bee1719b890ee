#include "core/config/node_config.hpp"

#include "core/config/loader.hpp"

#include <algorithm>

namespace sealpost::config {

std::string_view format_listener_kind(ListenerKind kind)
{
    switch (kind) {
        case ListenerKind::public_mail: return "public";
        case ListenerKind::private_mail: return "private";
        case ListenerKind::submission: break;
    }
    return "submission";
}

const NodeConfig::Certificate* NodeConfig::find_certificate(std::string_view name) const
{
    const auto at = std::find_if(certificates.begin(), certificates.end(), [&](const auto& each) { return each.name == name; });
    return at == certificates.end() ? nullptr : &*at;
}

const NodeConfig::Acme* NodeConfig::find_acme(std::string_view name) const
{
    const auto at = std::find_if(acme.begin(), acme.end(), [&](const auto& each) { return each.name == name; });
    return at == acme.end() ? nullptr : &*at;
}

const NodeConfig::Listener* NodeConfig::find_listener(std::string_view name) const
{
    const auto at = std::find_if(listeners.begin(), listeners.end(), [&](const auto& each) { return each.name == name; });
    return at == listeners.end() ? nullptr : &*at;
}

Loaded read_config(std::string_view text, const std::filesystem::path& file)
{
    Loaded loaded;
    const auto tree = read_tree(text, file.string(), loaded.problems);
    if (!tree) return loaded;
    const auto checked = check_tree(*tree, node_sections(), file.string(), loaded.problems);
    Loader(checked, file, loaded).load();
    std::stable_sort(loaded.problems.begin(), loaded.problems.end(),
                     [](const auto& a, const auto& b) { return a.line < b.line; });
    return loaded;
}

}  // namespace sealpost::config
