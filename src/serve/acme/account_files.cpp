#include "serve/acme/account_files.hpp"

#include "sys/jsonread/jsonread.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace sealpost::acme {
namespace json = boost::json;
namespace {

constexpr std::size_t max_key_bytes = 16 * 1024;
constexpr std::size_t max_account_bytes = 16 * 1024;

Result<AccountKey> load_or_make_key(const files::Path& path)
{
    if (files::is_there(path)) {
        SEALPOST_TRY(const Secret pem, files::read_secret(path, max_key_bytes));
        auto key = AccountKey::parse_pem(pem.reveal_text());
        if (key.has_error()) return key.error().in(path.string());
        return key;
    }
    SEALPOST_TRY(auto key, AccountKey::make());
    SEALPOST_CHECK(files::write_secret(path, key.to_pem()));
    return key;
}

// Empty for a file that is missing, damaged or about another directory: then the key asks for its account.
std::string load_account_url(const files::Path& path, const std::string& directory_url)
{
    const auto text = files::read_file(path, max_account_bytes);
    if (text.has_error()) return {};
    const auto object = jsonread::parse_object(*text);
    if (!object || jsonread::find_text(*object, "directory") != directory_url) return {};
    std::string url(jsonread::find_text(*object, "account"));
    return is_document_url(url) ? url : std::string();
}

}  // namespace

files::Path authority_folder(const files::Path& data_dir, const std::string& authority) { return data_dir / "acme" / authority; }

Result<Conversation::Account> open_account(const files::Path& folder, const std::string& directory_url)
{
    SEALPOST_CHECK(files::make_directory(folder));
    SEALPOST_TRY(auto key, load_or_make_key(folder / "account.key"));
    return Conversation::Account{std::make_shared<const AccountKey>(std::move(key)),
                                 load_account_url(folder / "account.json", directory_url)};
}

Result<> save_account_url(const files::Path& folder, const std::string& directory_url, const std::string& account_url)
{
    const json::object account{{"directory", directory_url}, {"account", account_url}};
    return files::write_file(folder / "account.json", json::serialize(account) + "\n", files::Access::owner_only);
}

}  // namespace sealpost::acme
