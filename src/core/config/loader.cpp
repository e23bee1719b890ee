#include "core/config/loader.hpp"

#include "sys/pkcs11/key_uri.hpp"

#include <algorithm>

namespace sealpost::config {

namespace fs = std::filesystem;

namespace {

constexpr const char* token_key_example =
    "\"pkcs11:token=keys;object=kek-1?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/etc/sealpost/kek.pin\"";

}  // namespace

void Loader::load()
{
    load_node();
    load_acme();
    load_certificates();
    load_listeners();
    load_gateway();
    load_service();
    load_admin();
    load_rest();
    check_roles();
    if (loaded_.problems.empty()) loaded_.config = std::move(config_);
}

void Loader::load_node()
{
    const auto& table = checked_.one("node");
    if (!checked_.is_written("node")) refuse(0, "node", "missing", "[node] with hostname and roles");
    config_.node.hostname = ascii_lower(table.text("hostname"));
    config_.node.authserv_id = table.has("authserv_id") ? ascii_lower(table.text("authserv_id")) : config_.node.hostname;
    config_.node.data_dir = resolve(table.text("data_dir"));
    for (const auto& role : table.texts("roles")) (role == "gateway" ? config_.node.is_gateway : config_.node.is_service) = true;
    config_.node.workers = static_cast<unsigned>(table.number("workers"));
    if (checked_.is_written("node") && table.is_set("roles") && table.texts("roles").empty())
        refuse(table.line_of("roles"), "node.roles", "names no role", "roles = [\"gateway\"]");
    load_store();
}

void Loader::load_store()
{
    const auto& table = checked_.one("store");
    const auto url = table.text("url");
    if (url.starts_with("sqlite:")) {
        const auto path = url.substr(7);
        config_.store.file = path.empty() ? config_.node.data_dir / "sealpost.db" : resolve(path);
        config_.store.url = "sqlite:" + config_.store.file.string();
    } else if (url.starts_with("postgresql://") || url.starts_with("postgres://")) {
        config_.store.url = url;
    } else if (!url.empty()) {
        refuse(table.line_of("url"), "store.url", "neither sqlite:, nor sqlite:FILE, nor postgresql://…", "url = \"sqlite:\"");
    }
}

void Loader::load_listeners()
{
    for (const auto& table : checked_.all("listener")) load_listener(table);
}

void Loader::load_listener(const CheckedTable& table)
{
    NodeConfig::Listener listener;
    listener.name = table.text("name");
    const auto kind = table.text("kind");
    listener.kind = kind == "private"      ? ListenerKind::private_mail
                    : kind == "submission" ? ListenerKind::submission
                                           : ListenerKind::public_mail;
    listener.addresses = take_addresses(table, "listener.address", "the listener " + quote_json(listener.name));
    listener.certificates = certificates_of(table, "listener");
    listener.implicit_tls = table.flag("implicit_tls");
    listener.users_file = resolve(table.text("users_file"));
    listener.max_connections = static_cast<unsigned>(table.number("max_connections"));
    listener.proxy_from = proxies_of(table, "listener");
    check_listener(table, listener);
    config_.listeners.push_back(std::move(listener));
}

void Loader::check_listener(const CheckedTable& table, const NodeConfig::Listener& listener)
{
    if (listener.name.empty()) refuse(table.line_of("name"), "listener.name", "empty", "name = \"public\"");
    if (config_.find_listener(listener.name) != nullptr)
        refuse(table.line_of("name"), "listener.name", "two listeners are called " + quote_json(listener.name),
               "give each its own name");
    if (listener.addresses.empty())
        refuse(table.line_of("address"), "listener.address", "names no address", "address = \"[::]:25\"");
    if (listener.implicit_tls && listener.certificates.empty())
        refuse(table.line_of("implicit_tls"), "listener.implicit_tls", "needs a certificate", "certificate = \"…\"");
    if (listener.kind == ListenerKind::submission && listener.users_file.empty())
        refuse(table.line(), "listener.users_file", "a submission listener needs to know who may sign in",
               "users_file = \"submission.users\"");
    if (!listener.users_file.empty() && listener.certificates.empty())
        refuse(table.line_of("users_file"), "listener.users_file", "AUTH is offered inside TLS only, and there is no certificate",
               "certificate = \"…\"");
}

std::vector<Endpoint> Loader::take_addresses(const CheckedTable& table, const std::string& key, const std::string& who,
                                             const std::string& shared)
{
    const std::string last = key.substr(key.rfind('.') + 1);
    auto addresses = endpoints_of(table, last);
    for (const auto& address : addresses) take_address(table.line_of(last), key, {address, who, shared});
    return addresses;
}

void Loader::take_address(int line, const std::string& key, Taken taken)
{
    if (taken.address.port == 0) return;
    const auto is_in_the_way = [&](const Taken& each) {
        return each.address == taken.address && (taken.shared.empty() || each.shared != taken.shared);
    };
    const auto other = std::find_if(taken_.begin(), taken_.end(), is_in_the_way);
    if (other != taken_.end())
        refuse(line, key, format_endpoint(taken.address) + " is taken by " + other->by,
               key == "admin.listen" && other->by == "the service"
                   ? "leave [admin] out: the service's portal has the mail policies, too"
                   : "give each an address or a port of its own");
    taken_.push_back(std::move(taken));
}

std::vector<Network> Loader::proxies_of(const CheckedTable& table, const std::string& section)
{
    std::vector<Network> networks;
    for (const auto& text : table.texts("proxy_from")) {
        networks.push_back(parse_network(text).value());  // the check has seen it
        if (networks.back().bits == 0)
            refuse(table.line_of("proxy_from"), section + ".proxy_from",
                   quote_json(text) + " is everybody: whoever connects could say which address they come from",
                   "name your balancers: proxy_from = [\"10.0.0.0/24\"]");
    }
    return networks;
}

void Loader::load_gateway()
{
    const auto& table = checked_.one("gateway");
    config_.gateway = {table.text("service_url"), resolve(table.text("token_file")), resolve_all(table.texts("trust"))};
    while (config_.gateway.service_url.ends_with('/')) config_.gateway.service_url.pop_back();
    // Every sealed message's key goes there, and the token: never in clear text.
    if (table.has("service_url") && !istarts_with(config_.gateway.service_url, "https://"))
        refuse(table.line_of("service_url"), "gateway.service_url", "the service speaks HTTPS only",
               "service_url = \"https://…\"");
    if (table.has("service_url") && !table.has("token_file"))
        refuse(table.line_of("service_url"), "gateway.token_file", "the service asks for an account token",
               "token_file = \"service.token\"");
    if (table.has("token_file") && !table.has("service_url"))
        refuse(table.line_of("token_file"), "gateway.service_url", "a token without a service", "service_url = \"https://…\"");
}

void Loader::load_service()
{
    const auto& table = checked_.one("service");
    if (!checked_.is_written("service") || !table.has("url")) return;
    auto& service = config_.service;
    service.url = table.text("url");
    while (service.url.ends_with('/')) service.url.pop_back();
    service.listen = take_addresses(table, "service.listen", "the service");
    service.certificates = certificates_of(table, "service");
    if (service.certificates.empty())
        refuse(table.line_of("certificate"), "service.certificate", "the service speaks HTTPS only", "certificate = \"keys\"");
    service.proxy_from = proxies_of(table, "service");
    service.mail_domain = ascii_lower(table.text("mail_domain"));
    service.sender = table.has("sender") ? table.text("sender") : "noreply@" + service.mail_domain;
    for (const auto& address : table.texts("send_addresses")) service.send_addresses.push_back(*parse_ip(address));
    if (!service.url.starts_with("https://"))
        refuse(table.line_of("url"), "service.url", "the service speaks HTTPS only", "url = \"https://…\"");
    if (!is_address(service.sender))
        refuse(table.line_of("sender"), "service.sender", "not a mail address", "sender = \"noreply@keys.example\"");
    load_keks(table);
}

void Loader::load_admin()
{
    const auto& table = checked_.one("admin");
    if (!checked_.is_written("admin") || !table.has("certificate")) return;
    auto& admin = config_.admin;
    admin.listen = take_addresses(table, "admin.listen", "[admin]");
    admin.certificates = certificates_of(table, "admin");
    admin.proxy_from = proxies_of(table, "admin");
    if (admin.listen.empty()) refuse(table.line_of("listen"), "admin.listen", "names no address", "listen = \"127.0.0.1:8443\"");
    if (admin.certificates.empty())
        refuse(table.line_of("certificate"), "admin.certificate", "administrators sign in inside TLS only",
               "certificate = \"…\"");
    if (!admin.listen.empty()) load_admin_url(table);
}

void Loader::load_admin_url(const CheckedTable& table)
{
    auto& url = config_.admin.url;
    url = ascii_lower(table.text("url"));
    while (url.ends_with('/')) url.pop_back();
    const auto port = config_.admin.listen.front().port;
    if (table.has("url")) {
        if (!url.starts_with("https://") || url.find_first_of("/?#@ ", 8) != std::string::npos || url.size() == 8)
            refuse(table.line_of("url"), "admin.url", "not https, a host and a port", "url = \"https://mx1.acme.example:8443\"");
        if (url.ends_with(":443")) url.resize(url.size() - 4);
    } else if (port == 0) {
        refuse(table.line_of("listen"), "admin.url", "needed when the kernel chooses the port", "url = \"https://…\"");
    } else {
        url = "https://" + config_.node.hostname + (port == 443 ? "" : ":" + std::to_string(port));
    }
}

void Loader::load_keks(const CheckedTable& table)
{
    auto& service = config_.service;
    service.kek_line = table.line_of("kek");
    service.kek = take_kek(table.text("kek"), "service.kek", service.kek_line);
    service.former_keks_line = table.line_of("former_keks");
    std::vector<std::string> all{service.kek};
    for (const auto& text : table.texts("former_keks")) {
        service.former_keks.push_back(take_kek(text, "service.former_keks", service.former_keks_line));
        all.push_back(service.former_keks.back());
    }
    const auto refuse_former = [&](const std::string& what) {
        refuse(service.former_keks_line, "service.former_keks", what, "former_keks = [\"file:kek.key\"]");
    };
    if (std::count_if(all.begin(), all.end(), [](const auto& kek) { return kek.starts_with("file:"); }) > 1)
        return refuse_former("only one of them, or service.kek, may be a file: it holds all its versions");
    std::sort(all.begin(), all.end());
    if (std::adjacent_find(all.begin(), all.end()) != all.end()) refuse_former("names a key twice, or service.kek itself");
}

std::string Loader::take_kek(const std::string& text, const std::string& key, int line)
{
    if (text.starts_with("pkcs11:")) {
        const auto uri = pkcs11::KeyUri::parse(text);
        if (uri.has_error()) refuse(line, key, uri.error().text, token_key_example);
        return text;
    }
    if (text == "file:" || !text.starts_with("file:"))
        refuse(line, key, "neither file:FILE nor pkcs11:…", "kek = \"file:kek.key\"");
    return text.starts_with("file:") ? "file:" + resolve(text.substr(5)).string() : text;
}

void Loader::load_rest()
{
    const auto& dns = checked_.one("dns");
    const auto anchor = dns.text("trust_anchor");
    const bool no_validation = anchor == "no_validation";
    config_.dns = {endpoint_of(dns, "resolver"), seconds_of(dns, "timeout"), seconds_of(dns, "list_timeout"),
                   no_validation ? std::filesystem::path() : resolve(anchor), no_validation};
    load_tls();
    load_delivery();
    load_smtp_logins();
    config_.bounce_verification = {resolve_all(checked_.one("bounce_verification").texts("key_files"))};
    load_dkim();
    load_arc();
    load_dmarc();
    load_alerts();
    load_tls_reports();
    load_source("country", config_.country);
    load_source("reputation", config_.reputation);
    const auto& limits = checked_.one("limits");
    const auto size_of = [&limits](const char* key) { return static_cast<std::uint64_t>(limits.number(key)); };
    config_.limits = {static_cast<unsigned>(limits.number("max_connections")),
                      static_cast<unsigned>(limits.number("max_tls_connections")),
                      static_cast<std::uint64_t>(limits.number("max_message_size")),
                      seconds_of(limits, "command_timeout"),
                      seconds_of(limits, "session_timeout"),
                      seconds_of(limits, "drain_timeout"),
                      seconds_of(limits, "authentication_timeout"),
                      seconds_of(limits, "content_timeout"),
                      size_of("min_content_rate"),
                      size_of("max_memory"),
                      size_of("max_queue_messages"),
                      size_of("max_queue_size"),
                      size_of("min_free_disk")};
    config_.administrators.must_have_second_factor = checked_.one("administrators").text("second_factor") == "required";
    config_.traffic.keep = static_cast<std::size_t>(checked_.one("traffic").number("keep"));
    load_retention();
    const auto& log = checked_.one("log");
    config_.log = {log.text("format"), log.text("level"), resolve(log.text("file"))};
    const auto& metrics = checked_.one("metrics");
    config_.metrics.listen = endpoint_of(metrics, "listen");
    if (config_.metrics.listen)
        take_address(metrics.line_of("listen"), "metrics.listen", {*config_.metrics.listen, "[metrics]", ""});
}

void Loader::load_retention()
{
    const auto& table = checked_.one("retention");
    const auto find = [&table](const char* key) -> std::optional<std::chrono::seconds> {
        const auto* value = table.find(key);
        if (value == nullptr || value->kind != Value::Kind::number) return std::nullopt;  // "forever"
        return std::chrono::seconds(value->number);
    };
    config_.retention = {find("envelopes"), find("audit")};
}

void Loader::check_roles()
{
    if (!loaded_.problems.empty()) return;
    const int line = checked_.one("node").line_of("roles");
    if (!config_.node.is_service && config_.retention.envelopes)
        refuse(checked_.one("retention").line_of("envelopes"), "retention.envelopes", "this node does not have the service role",
               "roles = [\"gateway\", \"service\"]");
    if (config_.node.is_gateway && config_.listeners.empty())
        refuse(line, "node.roles", "a gateway needs a listener", "add a [[listener]]");
    if (config_.node.is_service && !checked_.is_written("service"))
        refuse(line, "node.roles", "the service role needs its table", "add [service]");
    if (!config_.node.is_service && checked_.is_written("service"))
        refuse(checked_.one("service").line(), "service", "this node does not have the service role",
               "roles = [\"gateway\", \"service\"]");
    if (config_.node.is_gateway) return;
    const auto needs_gateway = [&](int at, const char* key, const char* more = "") {
        refuse(at, key, std::string("this node does not have the gateway role") + more, "roles = [\"gateway\", \"service\"]");
    };
    if (checked_.is_written("admin")) needs_gateway(checked_.one("admin").line(), "admin", ", and so no mail policies");
    for (const char* section : {"dmarc", "country", "reputation"})
        if (checked_.is_written(section)) needs_gateway(checked_.one(section).line(), section);
    if (!config_.tls_reports.inbox.empty()) needs_gateway(checked_.one("tls_reports").line_of("inbox"), "tls_reports.inbox");
    if (!config_.listeners.empty()) needs_gateway(checked_.all("listener").front().line(), "listener");
}

}  // namespace sealpost::config
