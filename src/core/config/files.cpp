#include "base/text.hpp"
#include "core/config/certificate_files.hpp"
#include "core/config/config_file.hpp"
#include "core/config/log_file.hpp"
#include "sys/pkcs11/key_uri.hpp"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <map>
#include <system_error>

namespace sealpost::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_config_bytes = 1024 * 1024;
constexpr std::size_t max_secret_bytes = 64 * 1024;

// Why a file could not be opened just now, in the system's words.
std::string reason(int number) { return number == 0 ? "" : ": " + std::generic_category().message(number); }

// What helps when `file` is one that somebody named or meant to have; empty when the reason says enough.
std::string find_hint(int number, const std::string& when_missing)
{
    if (number == ENOENT) return " (" + when_missing + ')';
    if (number == EACCES) return " (run it as a user who may read it, such as the service's, or as root)";
    return {};
}

Result<std::string> read_file(const fs::path& file, std::size_t max_bytes, const std::string& when_missing = "create it")
{
    std::error_code error;
    if (fs::is_directory(file, error)) return Error{Fault::config, file.string() + ": is a folder"};
    errno = 0;
    std::ifstream in(file, std::ios::binary);
    const int number = errno;
    if (!in) return Error{Fault::config, file.string() + ": cannot be read" + reason(number) + find_hint(number, when_missing)};
    std::string text(max_bytes + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > max_bytes)
        return Error{Fault::config, file.string() + ": larger than " + std::to_string(max_bytes) + " octets"};
    return text;
}

void check_file(const fs::path& file, const std::string& key, bool is_secret, const fs::path& config,
                std::vector<Problem>& problems, const std::string& when_missing = "create it")
{
    if (file.empty()) return;
    errno = 0;
    const std::ifstream in(file, std::ios::binary);
    const int number = errno;
    if (!in) {
        problems.push_back({config.string(), 0, key, file.string() + " cannot be read" + reason(number),
                            when_missing + ", or check its owner and mode"});
        return;
    }
    std::error_code error;
    const auto mode = fs::status(file, error).permissions();
    if (is_secret && (mode & fs::perms::others_read) != fs::perms::none)
        problems.push_back({config.string(), 0, key, file.string() + " is a secret that every user of this machine can read",
                            "chmod o-r " + file.string()});
}

// Its lines, too, since with one that is wrong the node does not start.
void check_users(const fs::path& file, const fs::path& config_file, std::vector<Problem>& problems)
{
    const auto known = problems.size();
    check_file(file, "listener.users_file", true, config_file, problems);
    if (file.empty() || problems.size() > known) return;
    if (const auto users = load_users(file); users.has_error())
        problems.push_back({config_file.string(), 0, "listener.users_file", users.error().text, ""});
}

// The files that a key-encryption key is reached by.
void check_kek_files(const NodeConfig& config, std::vector<Problem>& problems)
{
    const auto& service = config.service;
    const auto check = [&](const std::string& kek, const std::string& key, int line, const std::string& hint) {
        const auto known = problems.size();
        if (kek.starts_with("file:")) check_file(kek.substr(5), key, true, config.file, problems, hint);
        if (const auto uri = pkcs11::KeyUri::parse(kek)) {
            check_file(uri->module_path(), key, false, config.file, problems, "install what comes with the token");
            check_file(uri->pin_file(), key, true, config.file, problems, "write the PIN of the token into it, mode 0600");
        }
        for (auto i = known; i < problems.size(); ++i) problems[i].line = line;
    };
    check(service.kek, "service.kek", service.kek_line, "make it with `sealpost kek new`");
    for (const auto& kek : service.former_keks)
        check(kek, "service.former_keks", service.former_keks_line, "restore it from its backup");
}

}  // namespace

Result<Loaded> read_config_file(const fs::path& file)
{
    auto text =
        read_file(file, max_config_bytes, "name the configuration with --config FILE; `sealpost config example` prints one");
    if (text.has_error()) return text.error().in("configuration");
    return read_config(*text, file);
}

Result<NodeConfig> load_config(const fs::path& file)
{
    SEALPOST_TRY(auto loaded, read_config_file(file));
    if (!loaded.config) return to_error(loaded.problems);
    return std::move(*loaded.config);
}

std::vector<Problem> check_files_of(const NodeConfig& config, const NodeConfig::Certificate& certificate)
{
    std::vector<Problem> problems;
    check_file(certificate.chain, "certificate.chain", false, config.file, problems);
    check_file(certificate.key, "certificate.key", true, config.file, problems);
    return problems;
}

std::vector<Problem> check_files(const NodeConfig& config)
{
    std::vector<Problem> problems;
    const auto check = [&](const fs::path& file, const std::string& key, bool is_secret) {
        check_file(file, key, is_secret, config.file, problems);
    };
    check(config.dns.trust_anchor, "dns.trust_anchor", false);
    for (const auto& file : config.tls.trust_files) check(file, "tls.trust", false);
    for (const auto& certificate : config.certificates)
        for (auto& problem : check_files_of(config, certificate)) problems.push_back(std::move(problem));
    for (const auto& acme : config.acme)
        for (const auto& file : acme.trust) check(file, "acme.trust", false);
    for (const auto& listener : config.listeners) check_users(listener.users_file, config.file, problems);
    for (const auto& login : config.smtp_logins) check(login.password_file, "smtp_login.password_file", true);
    for (const auto& file : config.bounce_verification.key_files) check(file, "bounce_verification.key_files", true);
    for (const auto& dkim : config.dkim) check(dkim.key, "dkim.key", true);
    if (config.arc) check(config.arc->key, "arc.key", true);
    check(config.gateway.token_file, "gateway.token_file", true);
    for (const auto& file : config.gateway.trust) check(file, "gateway.trust", false);
    if (config.node.is_service) check_kek_files(config, problems);
    if (config.country) check(config.country->file, "country.source", false);
    if (config.reputation) check(config.reputation->file, "reputation.source", false);
    if (auto problem = check_log_file(config)) problems.push_back(std::move(*problem));
    return problems;
}

Result<Secret> load_secret(const fs::path& file)
{
    auto text = read_file(file, max_secret_bytes);
    if (text.has_error()) return text.error();
    Secret secret = Secret::copy_of(trim(*text));
    // The copy that reading made is ours to wipe.
    volatile char* at = text->data();
    for (std::size_t i = 0; i < text->size(); ++i) at[i] = 0;
    if (secret.empty()) return Error{Fault::config, file.string() + ": is empty"};
    return secret;
}

Result<std::vector<SubmissionUser>> load_users(const fs::path& file)
{
    auto text = read_file(file, max_config_bytes);
    if (text.has_error()) return text.error();
    return parse_users(*text, file);
}

Result<std::vector<SubmissionUser>> parse_users(std::string_view text, const fs::path& file)
{
    std::vector<SubmissionUser> users;
    std::map<std::string, int> lines;
    std::vector<Problem> problems;
    int number = 0;
    for (const auto raw : split(text, '\n')) {
        ++number;
        const auto line = trim(raw);
        if (line.empty() || line.front() == '#') continue;
        const auto colon = line.find(':');
        const bool good = colon != std::string_view::npos && colon > 0 && line.substr(colon + 1).starts_with("$argon2id$");
        if (!good) {
            problems.push_back(
                {file.string(), number, "", "not name:$argon2id$…", "sealpost config hash-password makes the hash"});
            continue;
        }
        SubmissionUser user{std::string(line.substr(0, colon)), std::string(line.substr(colon + 1))};
        const auto [first, is_new] = lines.emplace(user.name, number);
        if (!is_new) {
            problems.push_back({file.string(), number, "", "the same name as in line " + std::to_string(first->second),
                                "take out the line whose password is no longer right"});
        }
        users.push_back(std::move(user));
    }
    if (!problems.empty()) return to_error(problems);
    return users;
}

}  // namespace sealpost::config
