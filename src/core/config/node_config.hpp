// config: what belongs to this machine (sealpost.toml). One key table (key_table.hpp) names every
// key with its type, default, range and one line of explanation; the loader, `config explain`,
// `config example` and every check are generated from it. A file is taken whole or refused whole,
// with every problem at once. Relative paths are relative to the file's folder. Secrets stand in
// files of their own and are named here, never held. Called by cli, serve and tests; not thread-bound.
#pragma once

#include "base/clock.hpp"
#include "base/network.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "core/config/problem.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::config {

enum class ListenerKind { public_mail, private_mail, submission };
[[nodiscard]] std::string_view format_listener_kind(ListenerKind kind);  // public | private | submission

// Where something about addresses is looked up: one of both is empty.
struct FactSource {
    std::filesystem::path file;
    std::string zone;  // lower case
};

struct NodeConfig {
    struct Node {
        std::string hostname;
        std::string authserv_id;  // in Authentication-Results; default: hostname
        std::filesystem::path data_dir;
        bool is_gateway = false;
        bool is_service = false;
        unsigned workers = 0;  // 0: one per core
    };
    struct Store {
        std::string url;             // "sqlite:/path/file.db" (made absolute), or "postgresql://…"; may hold a password
        std::filesystem::path file;  // of SQLite; empty: nodes may share the store
    };
    struct Dns {
        std::optional<Endpoint> resolver;  // absent: the system's
        std::chrono::seconds timeout{};
        std::chrono::seconds list_timeout{};  // for the DNS lists and sources of one connection together
        std::filesystem::path trust_anchor;   // empty: the root's, where the resolver passes signatures on
        bool no_validation = false;
    };
    struct Tls {
        bool trust_system = true;
        std::vector<std::filesystem::path> trust_files;  // PEM
        std::string inbound;                             // modern | intermediate | legacy, for SMTP listeners
        std::string outbound;                            // the same, for deliveries
        std::string pages;                               // the same, for HTTPS
    };
    struct Certificate {
        std::string name;
        std::filesystem::path chain;  // leaf first, then intermediates; empty: the node keeps chain and key itself
        std::filesystem::path key;
        std::string acme;                // name of an authority; empty: an administrator installs it
        std::vector<std::string> names;  // host names, lower case; for what the node asks for or makes
        std::string key_type;            // ecdsa | rsa

        [[nodiscard]] bool is_kept_by_node() const { return chain.empty(); }
    };
    struct Acme {
        std::string name;
        std::string directory;  // URL
        std::string contact;    // a mail address, or empty
        std::string challenge;  // http-01 | tls-alpn-01
        std::vector<Endpoint> listen;
        std::vector<std::filesystem::path> trust;  // PEM, besides [tls] trust
    };
    struct Alerts {
        std::vector<std::string> to;  // mail addresses; empty: the log tells it
        std::string from;             // a mail address
        std::string language;         // en | fr
    };
    struct TlsReports {
        bool send = false;
        std::string organisation;
        std::string contact;  // a mail address
        std::string from;     // the same
        std::string inbox;    // the same; empty: no mail is read as reports
    };
    struct Listener {
        std::string name;
        ListenerKind kind = ListenerKind::public_mail;
        std::vector<Endpoint> addresses;
        std::vector<std::string> certificates;  // names, the first for clients that name no host; empty: no TLS offered
        bool implicit_tls = false;
        std::filesystem::path users_file;  // SMTP AUTH: name:argon2id-hash lines; empty: no AUTH
        unsigned max_connections = 0;
        std::vector<Network> proxy_from;  // from there each connection begins with a PROXY header
    };
    struct Gateway {
        std::string service_url;  // empty: this gateway seals nothing
        std::filesystem::path token_file;
        std::vector<std::filesystem::path> trust;  // PEM, besides [tls] trust, for the service's certificate
    };
    struct Admin {
        std::vector<Endpoint> listen;           // empty: not served
        std::vector<std::string> certificates;  // names
        std::string url;                        // an origin: "https://mx1.acme.example:8443", lower case
        std::vector<Network> proxy_from;        // as of a listener
    };
    struct Administrators {
        bool must_have_second_factor = false;
    };
    struct Service {
        std::string url;
        std::vector<Endpoint> listen;
        std::vector<std::string> certificates;  // names
        std::string kek;                        // "file:/absolute/path", or "pkcs11:…" (pkcs11::KeyUri takes it)
        std::vector<std::string> former_keks;   // the same; what still opens envelopes; at most one file with `kek`
        int kek_line = 0;                       // where they stand, for who tries them
        int former_keks_line = 0;
        std::string mail_domain;
        std::string sender;  // envelope sender of the service's own mail; default noreply@mail_domain
        std::vector<IpAddress> send_addresses;
        std::vector<Network> proxy_from;  // as of a listener
    };
    // What a route of the policy signs in with, by name.
    struct SmtpLogin {
        std::string name;
        std::string user;
        std::filesystem::path password_file;
    };
    struct BounceVerification {
        std::vector<std::filesystem::path> key_files;  // the first signs, all verify; empty: nothing is tagged
    };
    struct Dkim {
        std::string domain;    // lower case
        std::string selector;  // the public key stands at selector._domainkey.domain
        std::filesystem::path key;
        WallTime active_from = WallTime::min();
        WallTime active_until = WallTime::max();
    };
    struct Arc {
        std::string domain;  // lower case
        std::string selector;
        std::filesystem::path key;
    };
    struct Dmarc {
        bool send_reports = false;
        std::string organisation;
        std::string contact;       // a mail address
        std::string report_from;   // the same
        std::string report_inbox;  // the same; empty: no mail is read as reports
    };
    struct Delivery {
        std::uint16_t mx_port = 25;
        std::uint16_t mta_sts_port = 443;
        bool reach_private_addresses_for_strangers = false;  // for MTA-STS policies and TLS reports
        std::optional<IpAddress> source_address;
        std::string helo;  // default: node.hostname
        std::chrono::seconds first_retry{};
        std::chrono::seconds longest_retry{};
        std::chrono::seconds expire_after{};
        unsigned max_connections = 0;
    };
    struct Limits {
        unsigned max_connections = 0;  // incoming SMTP, all listeners
        unsigned max_tls_connections = 0;
        std::uint64_t max_message_bytes = 0;  // no policy may allow more
        std::chrono::seconds command_timeout{};
        std::chrono::seconds session_timeout{};
        std::chrono::seconds drain_timeout{};
        std::chrono::seconds authentication_timeout{};  // for SPF, for keys of DKIM and ARC, and for DMARC, each
        std::chrono::seconds content_timeout{};
        std::uint64_t min_content_rate = 0;  // octets a second; 0: any
        // What a node bears before it takes less in; 0: no limit.
        std::uint64_t max_memory_bytes = 0;  // of messages on their way in
        std::uint64_t max_queue_messages = 0;
        std::uint64_t max_queue_bytes = 0;
        std::uint64_t min_free_bytes = 0;  // on the disks of data_dir and the store
    };
    struct Traffic {
        std::size_t keep = 0;  // facts of so many connections and messages; 0: none
    };
    // Absent: for ever.
    struct Retention {
        std::optional<std::chrono::seconds> envelopes;  // their facts, since they ended
        std::optional<std::chrono::seconds> audit;
    };
    struct LogSink {
        std::string format;          // json | text
        std::string level;           // debug | info | warning | error
        std::filesystem::path file;  // empty: standard error
    };
    struct Metrics {
        std::optional<Endpoint> listen;  // absent: not served
    };

    std::filesystem::path file;
    // The tables of each name, and the value of each of their keys, written or by default: for find_changed_keys().
    std::map<std::string, std::vector<std::map<std::string, std::string>>> values;
    Node node;
    Store store;
    Dns dns;
    Tls tls;
    std::vector<Certificate> certificates;
    std::vector<Listener> listeners;
    Gateway gateway;
    Admin admin;
    Administrators administrators;
    Service service;
    Delivery delivery;
    std::vector<SmtpLogin> smtp_logins;
    BounceVerification bounce_verification;
    std::vector<Dkim> dkim;
    std::optional<Arc> arc;  // absent: nothing is sealed
    Dmarc dmarc;
    std::vector<Acme> acme;
    Alerts alerts;
    TlsReports tls_reports;
    std::optional<FactSource> country;     // absent: no country is known
    std::optional<FactSource> reputation;  // absent: every score is none
    Limits limits;
    Traffic traffic;
    Retention retention;
    LogSink log;
    Metrics metrics;

    [[nodiscard]] const Certificate* find_certificate(std::string_view name) const;
    [[nodiscard]] const Acme* find_acme(std::string_view name) const;
    [[nodiscard]] const Listener* find_listener(std::string_view name) const;
};

struct Loaded {
    std::optional<NodeConfig> config;  // absent when there are problems
    std::vector<Problem> problems;
};

// `text` as the content of `file`, which need not exist; paths are made absolute from its folder.
[[nodiscard]] Loaded read_config(std::string_view text, const std::filesystem::path& file);

// Reads the file (1 MiB at most); every problem in one Fault::config.
[[nodiscard]] Result<NodeConfig> load_config(const std::filesystem::path& file);

// What differs: "limits.max_memory", or "listener" where there are more or fewer of these tables. Everything is read at start
// only, so each needs a restart. Both as read_config() made them.
[[nodiscard]] std::vector<std::string> find_changed_keys(const NodeConfig& running, const NodeConfig& written);

// Files that the configuration names and that cannot be read, and secrets that anybody can read.
[[nodiscard]] std::vector<Problem> check_files(const NodeConfig& config);

// What works and yet is better mended: the service's mail that nothing vouches for.
[[nodiscard]] std::vector<Problem> find_weaknesses(const NodeConfig& config);

// The content of a secret file (64 KiB at most) without its last line end.
[[nodiscard]] Result<Secret> load_secret(const std::filesystem::path& file);

struct SubmissionUser {
    std::string name;
    std::string password_hash;  // libsodium's argon2id string
};
// One "name:hash" a line; empty lines and lines that start with # are skipped.
[[nodiscard]] Result<std::vector<SubmissionUser>> load_users(const std::filesystem::path& file);
// The same from a text; `file` is for the problems only.
[[nodiscard]] Result<std::vector<SubmissionUser>> parse_users(std::string_view text, const std::filesystem::path& file);

// What `config explain [KEY]` prints: one section, one key, or everything. Absent for unknown keys.
[[nodiscard]] std::optional<std::string> explain_key(std::string_view key);
[[nodiscard]] std::vector<std::string> find_similar_keys(std::string_view key);
// A complete file with every key, its default and its explanation; it loads.
[[nodiscard]] std::string make_example();

}  // namespace sealpost::config
