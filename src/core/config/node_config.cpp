#include "core/config/node_config.hpp"

#include "core/config/loader.hpp"

#include <algorithm>
#include <set>

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

namespace {

using Values = decltype(NodeConfig::values);

Values list_values(const CheckedFile& checked)
{
    Values values;
    for (const auto& [name, tables] : checked.tables())
        for (const auto& table : tables) {
            auto& keys = values[name].emplace_back();
            for (const auto& [key, value] : table.values()) keys[key] = format_json(value);
        }
    return values;
}

const Values::mapped_type& tables_of(const NodeConfig& config, const std::string& name)
{
    static const Values::mapped_type none;
    const auto at = config.values.find(name);
    return at == config.values.end() ? none : at->second;
}

// The keys whose values differ between two tables; one that is missing has none.
void find_changed(const std::map<std::string, std::string>& one, const std::map<std::string, std::string>& other,
                  std::set<std::string>& changed)
{
    for (const auto& [key, value] : one)
        if (const auto at = other.find(key); at == other.end() || at->second != value) changed.insert(key);
    for (const auto& [key, value] : other)
        if (!one.contains(key)) changed.insert(key);
}

}  // namespace

std::vector<std::string> find_changed_keys(const NodeConfig& running, const NodeConfig& written)
{
    std::vector<std::string> all;
    for (const auto& section : node_sections()) {
        const std::string name(section.name);
        const auto& before = tables_of(running, name);
        const auto& now = tables_of(written, name);
        if (before.size() != now.size()) {
            all.push_back(name);
            continue;
        }
        std::set<std::string> changed;
        for (std::size_t i = 0; i < before.size(); ++i) find_changed(before[i], now[i], changed);
        for (const auto& key : changed) all.push_back(name + '.' + key);
    }
    return all;
}

Loaded read_config(std::string_view text, const std::filesystem::path& file)
{
    Loaded loaded;
    const auto tree = read_tree(text, file.string(), loaded.problems);
    if (!tree) return loaded;
    const auto checked = check_tree(*tree, node_sections(), file.string(), loaded.problems);
    Loader(checked, file, loaded).load();
    if (loaded.config) loaded.config->values = list_values(checked);
    std::stable_sort(loaded.problems.begin(), loaded.problems.end(),
                     [](const auto& a, const auto& b) { return a.line < b.line; });
    return loaded;
}

}  // namespace sealpost::config
