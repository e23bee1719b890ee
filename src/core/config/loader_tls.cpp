// The third part of Loader: certificates, the authorities that issue them, and who hears about TLS.
#include "core/config/loader.hpp"

#include <algorithm>

namespace sealpost::config {

void Loader::load_tls()
{
    const auto& table = checked_.one("tls");
    auto& tls = config_.tls;
    tls.inbound = table.text("inbound");
    tls.outbound = table.text("outbound");
    tls.pages = table.text("pages");
    tls.trust_system = false;
    for (const auto& trust : table.texts("trust")) {
        if (trust == "system")
            tls.trust_system = true;
        else
            tls.trust_files.push_back(resolve(trust));
    }
}

void Loader::load_acme()
{
    for (const auto& table : checked_.all("acme")) {
        NodeConfig::Acme acme{table.text("name"),
                              table.text("directory"),
                              table.text("contact"),
                              table.text("challenge"),
                              {},
                              resolve_all(table.texts("trust"))};
        // What answers one challenge answers it for every authority; the other challenge is another protocol.
        acme.listen = take_addresses(table, "acme.listen", "[[acme]] " + quote_json(acme.name), acme.challenge);
        if (config_.find_acme(acme.name) != nullptr)
            refuse(table.line_of("name"), "acme.name", "two authorities are called " + quote_json(acme.name),
                   "give each its own name");
        // The node keeps its account under this name.
        if (!is_domain(acme.name))
            refuse(table.line_of("name"), "acme.name", "not a name of letters, digits, hyphens and dots",
                   "name = \"letsencrypt\"");
        if (!acme.directory.starts_with("https://"))
            refuse(table.line_of("directory"), "acme.directory", "an authority speaks HTTPS only", "directory = \"https://…\"");
        if (!table.flag("agree_to_terms"))
            refuse(table.line_of("agree_to_terms"), "acme.agree_to_terms", "the authority's terms are not agreed to",
                   "read them, then agree_to_terms = true");
        if (acme.challenge == "http-01" && acme.listen.empty())
            refuse(table.line_of("listen"), "acme.listen", "http-01 is answered at port 80, and nothing listens there",
                   "listen = \"[::]:80\"");
        check_addresses(table, "acme", {"contact"});
        config_.acme.push_back(std::move(acme));
    }
}

void Loader::load_certificates()
{
    for (const auto& table : checked_.all("certificate")) {
        NodeConfig::Certificate certificate{
            table.text("name"),    resolve(table.text("chain")), resolve(table.text("key")), table.text("acme"), {},
            table.text("key_type")};
        for (const auto& name : table.texts("names")) certificate.names.push_back(ascii_lower(name));
        if (certificate.names.empty()) certificate.names.push_back(config_.node.hostname);
        check_certificate_table(table, certificate);
        config_.certificates.push_back(std::move(certificate));
    }
}

void Loader::check_certificate_table(const CheckedTable& table, const NodeConfig::Certificate& certificate)
{
    if (config_.find_certificate(certificate.name) != nullptr)
        refuse(table.line_of("name"), "certificate.name", "two certificates are called " + quote_json(certificate.name),
               "give each its own name");
    // The node keeps its files under this name.
    if (!is_domain(certificate.name))
        refuse(table.line_of("name"), "certificate.name", "not a name of letters, digits, hyphens and dots", "name = \"mx1\"");
    if (table.has("chain") != table.has("key"))
        refuse(table.line_of(table.has("chain") ? "chain" : "key"), table.has("chain") ? "certificate.key" : "certificate.chain",
               "chain and key go together", "name both, or none: then the node keeps them itself");
    if (table.has("chain") && table.has("acme"))
        refuse(table.line_of("acme"), "certificate.acme", "the authority's certificate is kept by the node, not in your files",
               "leave out chain and key");
    if (table.has("acme") && config_.find_acme(certificate.acme) == nullptr && loaded_.problems.empty())
        refuse(table.line_of("acme"), "certificate.acme", "there is no [[acme]] " + quote_json(certificate.acme),
               "add an [[acme]] with this name");
    for (const auto& name : certificate.names)
        if (table.has("acme") && name.starts_with("*."))
            refuse(table.line_of("names"), "certificate.names", quote_json(name) + " cannot be shown to be ours without DNS",
                   "name each host, or install a certificate with sealpost cert import");
    for (const auto& name : certificate.names)
        if (!is_domain(name.starts_with("*.") ? name.substr(2) : name) && !name.empty())
            refuse(table.line_of("names"), "certificate.names", quote_json(name) + " is not a host name",
                   "names = [\"mx1.acme.example\"]");
}

std::vector<std::string> Loader::certificates_of(const CheckedTable& table, const std::string& section)
{
    const std::string key = section + ".certificate";
    std::vector<std::string> names;
    for (const auto& name : table.texts("certificate")) {
        const int line = table.line_of("certificate");
        if (name.empty() && table.texts("certificate").size() == 1) break;  // as if it were not written
        if (name.empty()) refuse(line, key, "an empty name", "certificate = [\"mx1\"]");
        if (std::find(names.begin(), names.end(), name) != names.end())
            refuse(line, key, quote_json(name) + " stands there twice", "name each certificate once");
        check_certificate(key, name, line);
        names.push_back(name);
    }
    return names;
}

void Loader::check_certificate(const std::string& key, const std::string& name, int line)
{
    if (name.empty() || config_.find_certificate(name) != nullptr || !loaded_.problems.empty()) return;
    std::vector<std::string> known;
    for (const auto& certificate : config_.certificates) known.push_back(certificate.name);
    const auto similar = find_similar(name, known);
    refuse(line, key, "there is no certificate " + quote_json(name),
           similar.empty() ? "add a [[certificate]] with this name" : "did you mean " + quote_json(similar) + '?');
}

void Loader::check_addresses(const CheckedTable& table, const std::string& section, std::initializer_list<const char*> keys)
{
    for (const char* key : keys)
        if (table.has(key) && !is_address(table.text(key)))
            refuse(table.line_of(key), section + '.' + key, "not a mail address",
                   std::string(key) + " = \"postmaster@acme.example\"");
}

void Loader::require_to_send(const CheckedTable& table, const std::string& section, const char* flag,
                             std::initializer_list<const char*> keys)
{
    if (!table.flag(flag)) return;
    for (const char* key : keys)
        if (table.text(key).empty())
            refuse(table.line_of(flag), section + '.' + key, "reports cannot be sent without it",
                   std::string(key) + " = \"…\", or " + flag + " = false");
}

void Loader::load_alerts()
{
    const auto& table = checked_.one("alerts");
    auto& alerts = config_.alerts;
    alerts.to = table.texts("to");
    alerts.from = table.has("from") ? table.text("from") : "sealpost@" + config_.node.hostname;
    alerts.language = table.text("language");
    for (const auto& address : alerts.to)
        if (!is_address(address))
            refuse(table.line_of("to"), "alerts.to", quote_json(address) + " is not a mail address",
                   "to = [\"postmaster@acme.example\"]");
    check_addresses(table, "alerts", {"from"});
}

void Loader::load_tls_reports()
{
    const auto& table = checked_.one("tls_reports");
    config_.tls_reports = {table.flag("send"), table.text("organisation"), table.text("contact"), table.text("from"),
                           table.text("inbox")};
    check_addresses(table, "tls_reports", {"contact", "from", "inbox"});
    require_to_send(table, "tls_reports", "send", {"organisation", "contact", "from"});
}

}  // namespace sealpost::config
