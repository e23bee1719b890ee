#include "serve/node/kek.hpp"

#include "base/encoding.hpp"
#include "core/keys/kek_chain.hpp"
#include "core/keys/kek_check.hpp"
#include "core/keys/kek_token.hpp"
#include "core/keys/kek_vault.hpp"
#include "sys/files/files.hpp"

namespace sealpost::node {
namespace {

constexpr std::string_view file_scheme = "file:";

bool is_file(const std::string& kek) { return kek.starts_with(file_scheme); }

// service.kek is the first.
std::vector<std::string> list_texts(const config::NodeConfig& config)
{
    auto all = config.service.former_keks;
    all.insert(all.begin(), config.service.kek);
    return all;
}

struct Opened {
    std::shared_ptr<keys::KeyWrapper> wrapper;
    std::shared_ptr<keys::KekFile> file;
};

Result<Opened> open_one(pkcs11::Modules& modules, const std::string& kek)
{
    if (is_file(kek)) {
        SEALPOST_TRY(auto file, keys::KekFile::open(kek.substr(file_scheme.size())));
        return Opened{file, file};
    }
    SEALPOST_TRY(auto uri, pkcs11::KeyUri::parse(kek));
    SEALPOST_TRY(auto key, pkcs11::Key::open(modules, std::move(uri)));
    return Opened{std::make_shared<keys::KekToken>(std::move(key)), nullptr};
}

std::string key_of(std::size_t place) { return place == 0 ? "service.kek" : "service.former_keks"; }

std::filesystem::path administrators_key(const config::NodeConfig& config) { return config.node.data_dir / "administrators.key"; }

class ClosedVault final : public people::Vault {
public:
    explicit ClosedVault(std::string why) : why_(std::move(why)) {}

    [[nodiscard]] int newest_version() const override { return 0; }
    [[nodiscard]] std::string ring() const override { return {}; }
    Task<Result<people::WrappedSecret>> wrap(std::string, Secret) override { co_return error(); }
    Task<Result<Secret>> unwrap(std::string, people::WrappedSecret) override { co_return error(); }

private:
    [[nodiscard]] Error error() const { return {Fault::retry_later, why_}; }
    const std::string why_;
};

// What each of them alone does not show; nothing is kept of it.
Result<> check_together(const config::NodeConfig& config)
{
    SEALPOST_TRY(const auto kek, open_kek(config));
    SEALPOST_CHECK(kek.wrapper->recognise({}, true));
    return {};
}

}  // namespace

std::vector<KekName> list_keks(const config::NodeConfig& config)
{
    std::vector<KekName> names;
    if (!config.node.is_service) return names;
    for (const auto& kek : list_texts(config))
        names.push_back({is_file(kek), is_file(kek) ? kek.substr(file_scheme.size()) : kek.substr(0, kek.find('?'))});
    return names;
}

Result<std::string> find_kek_file(const config::NodeConfig& config)
{
    if (!config.node.is_service) return Error{Fault::config, "service.kek: this node has no service role"};
    if (is_file(config.service.kek)) return config.service.kek.substr(file_scheme.size());
    return Error{Fault::config, "service.kek is a key in a token, and made there: doc/ops/hsm.md"};
}

Result<Kek> open_kek(const config::NodeConfig& config)
{
    if (!config.node.is_service) return Error{Fault::config, "service.kek: this node has no service role"};
    pkcs11::Modules modules;
    Kek kek;
    std::vector<std::shared_ptr<keys::KeyWrapper>> former;
    const auto texts = list_texts(config);
    for (std::size_t place = 0; place < texts.size(); ++place) {
        auto opened = open_one(modules, texts[place]);
        if (opened.has_error()) return opened.error().in(key_of(place));
        if (place > 0) {
            former.push_back(opened->wrapper);
            continue;
        }
        kek.wrapper = opened->wrapper;
        kek.file = opened->file;
    }
    if (!former.empty()) kek.wrapper = std::make_shared<keys::KekChain>(kek.wrapper, std::move(former));
    return kek;
}

std::vector<config::Problem> check_keks(const config::NodeConfig& config)
{
    std::vector<config::Problem> problems;
    if (!config.node.is_service) return problems;
    pkcs11::Modules modules;
    const auto texts = list_texts(config);
    for (std::size_t place = 0; place < texts.size(); ++place) {
        const auto opened = open_one(modules, texts[place]);
        if (opened.has_value()) continue;
        const int line = place == 0 ? config.service.kek_line : config.service.former_keks_line;
        problems.push_back({config.file.string(), line, key_of(place), opened.error().text,
                            is_file(texts[place]) ? "restore it from its backup" : "doc/ops/hsm.md"});
    }
    if (!problems.empty()) return problems;
    if (const auto all = check_together(config); all.has_error())
        problems.push_back({config.file.string(), config.service.former_keks_line, "service.former_keks", all.error().text, ""});
    return problems;
}

Result<> check_keks_of_store(const config::NodeConfig& config, db::Database& database)
{
    SEALPOST_TRY(const auto kek, open_kek(config));
    return keys::check_kek(database, *kek.wrapper);
}

Result<std::shared_ptr<people::Vault>> open_administrators_vault(const config::NodeConfig& config, WallTime now)
{
    SEALPOST_CHECK(files::make_directory(config.node.data_dir));  // the store may be elsewhere
    const auto path = administrators_key(config);
    if (!files::is_there(path)) SEALPOST_CHECK(keys::KekFile::make(path.string(), now));
    SEALPOST_TRY(auto file, keys::KekFile::open(path.string()));
    // Tells the keys of two nodes apart, and nothing about them.
    const auto fingerprint = format_hex(file->derive("administrators ring").reveal()).substr(0, 16);
    return std::make_shared<keys::KekVault>(std::move(file), keys::KekThreads::longest_call, "node-" + fingerprint);
}

std::shared_ptr<people::Vault> make_closed_vault(std::string why) { return std::make_shared<ClosedVault>(std::move(why)); }

std::vector<config::Problem> check_administrators_key(const config::NodeConfig& config)
{
    std::vector<config::Problem> problems;
    if (config.node.is_service || config.admin.listen.empty()) return problems;
    const auto path = administrators_key(config);
    if (!files::is_there(path)) return problems;
    const auto opened = keys::KekFile::open(path.string());
    if (opened.has_error())
        problems.push_back({config.file.string(), 0, "node.data_dir",
                            opened.error().text + "; the codes of administrators' apps cannot be checked",
                            std::string(administrators_key_hint)});
    return problems;
}

}  // namespace sealpost::node
