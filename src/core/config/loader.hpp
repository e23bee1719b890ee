#pragma once

#include "base/text.hpp"
#include "core/config/key_table.hpp"
#include "core/config/node_config.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sealpost::config {

// Takes a checked file over into a NodeConfig, and finds the contradictions between its parts.
class Loader {
public:
    Loader(const CheckedFile& checked, std::filesystem::path file, Loaded& loaded) : checked_(checked), loaded_(loaded)
    {
        config_.file = std::move(file);
        folder_ = std::filesystem::absolute(config_.file).parent_path();
    }

    void load();

private:
    void refuse(int line, std::string key, std::string what, std::string hint)
    {
        loaded_.problems.push_back({config_.file.string(), line, std::move(key), std::move(what), std::move(hint)});
    }

    [[nodiscard]] std::filesystem::path resolve(const std::string& path) const
    {
        if (path.empty()) return {};
        return (folder_ / path).lexically_normal();
    }

    [[nodiscard]] std::vector<std::filesystem::path> resolve_all(const std::vector<std::string>& paths) const
    {
        std::vector<std::filesystem::path> out;
        for (const auto& path : paths) out.push_back(resolve(path));
        return out;
    }

    // Something, "@" and a domain.
    static bool is_address(const std::string& text)
    {
        const auto at = text.rfind('@');
        return at != std::string::npos && at != 0 && is_domain(text.substr(at + 1));
    }

    static std::optional<Endpoint> endpoint_of(const CheckedTable& table, std::string_view key)
    {
        if (!table.has(key)) return std::nullopt;
        return parse_endpoint(table.text(key)).value();  // the check has seen it
    }

    static std::vector<Endpoint> endpoints_of(const CheckedTable& table, std::string_view key)
    {
        std::vector<Endpoint> out;
        for (const auto& text : table.texts(key)) out.push_back(parse_endpoint(text).value());
        return out;
    }

    struct Taken {
        Endpoint address;
        std::string by;
        std::string shared;
    };
    // The addresses under `key`, for `who`. Nothing else may listen there, but for what says the same as `shared`.
    std::vector<Endpoint> take_addresses(const CheckedTable& table, const std::string& key, const std::string& who,
                                         const std::string& shared = "");
    void take_address(int line, const std::string& key, Taken taken);

    // The networks under `proxy_from`.
    std::vector<Network> proxies_of(const CheckedTable& table, const std::string& section);

    static std::chrono::seconds seconds_of(const CheckedTable& table, std::string_view key)
    {
        return std::chrono::seconds(table.number(key));
    }

    void load_node();
    void load_store();
    void load_tls();
    void load_acme();
    void load_certificates();
    void check_certificate_table(const CheckedTable& table, const NodeConfig::Certificate& certificate);
    // A name that does not exist is one problem; one that was refused for another reason is not a second.
    void check_certificate(const std::string& key, const std::string& name, int line);
    // The names under `certificate`: each exists, none stands twice.
    std::vector<std::string> certificates_of(const CheckedTable& table, const std::string& section);
    void load_listeners();
    void load_listener(const CheckedTable& table);
    void check_listener(const CheckedTable& table, const NodeConfig::Listener& listener);
    void load_gateway();
    void load_service();
    void load_admin();
    // What browsers send as Origin (RFC 6454 §6.2): no path, no default port.
    void load_admin_url(const CheckedTable& table);
    void load_keks(const CheckedTable& table);
    // As NodeConfig keeps it; refuses what is neither a file nor a key in a token.
    std::string take_kek(const std::string& text, const std::string& key, int line);
    void load_rest();
    void load_delivery();
    void load_smtp_logins();
    // A moment that is not written is the one that stands there already.
    void load_moment(const CheckedTable& table, const std::string& key, WallTime& into);
    void load_dkim();
    void load_arc();
    void load_dmarc();
    void load_alerts();
    void load_tls_reports();
    void load_retention();
    // A mail address under each of these keys, where there is one.
    void check_addresses(const CheckedTable& table, const std::string& section, std::initializer_list<const char*> keys);
    // Once reports are switched on under `flag`, each of these keys is needed.
    void require_to_send(const CheckedTable& table, const std::string& section, const char* flag,
                         std::initializer_list<const char*> keys);
    void load_source(const std::string& section, std::optional<FactSource>& into);
    void check_roles();

    const CheckedFile& checked_;
    Loaded& loaded_;
    NodeConfig config_;
    std::filesystem::path folder_;
    std::vector<Taken> taken_;
};

}  // namespace sealpost::config
