#include "core/certificates/pair_files.hpp"

#include <chrono>

namespace sealpost::certificates {
namespace {

namespace fs = std::filesystem;

constexpr const char* chain_file = "chain.pem";
constexpr const char* key_file = "key.pem";
constexpr int most_tries = 3;  // a reader that meets an install meets no second one

Error failed(std::string_view what, const fs::path& path, const std::error_code& code)
{
    const bool is_full = code == std::errc::no_space_on_device;
    return {is_full ? Fault::retry_later : Fault::config,
            "cannot " + std::string(what) + " " + path.string() + ": " + code.message()};
}

Result<> move_over(const fs::path& from, const fs::path& to)
{
    std::error_code code;
    fs::rename(from, to, code);
    if (code) return failed("rename", from, code);
    return {};
}

Result<> remove_folder(const fs::path& path)
{
    std::error_code code;
    fs::remove_all(path, code);
    if (code) return failed("remove", path, code);
    return {};
}

}  // namespace

std::optional<WallTime> find_file_time(const files::Path& path)
{
    std::error_code code;
    const auto time = fs::last_write_time(path, code);
    if (code) return std::nullopt;
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::file_clock::to_sys(time));
}

files::Path PairFiles::locate(const char* file) const
{
    const auto decided = folder_ / "next" / file;
    return files::is_there(decided) ? decided : folder_ / file;
}

Result<Pair> PairFiles::load_once() const
{
    SEALPOST_TRY(const auto chain_text, files::read_file(locate(chain_file), crypto::max_chain_pem_bytes));
    SEALPOST_TRY(const auto key_text, files::read_secret(locate(key_file), crypto::max_chain_pem_bytes));
    auto pair = crypto::parse_key_pair(chain_text, key_text.reveal_text());
    if (pair.has_error()) return pair.error().in((folder_ / chain_file).string() + ", " + key_file);
    return pair;
}

Result<std::optional<Pair>> PairFiles::load() const
{
    for (int tries = 1;; ++tries) {
        // What moves out of next/ meanwhile is not there either; it is at the next look.
        if (!files::is_there(locate(chain_file))) {
            if (tries < most_tries) continue;
            return std::optional<Pair>();
        }
        auto pair = load_once();
        if (pair.has_value()) return std::optional(std::move(*pair));
        if (tries == most_tries) return pair.error();
    }
}

std::optional<WallTime> PairFiles::installed_at() const { return find_file_time(locate(chain_file)); }

Result<> PairFiles::install(const Pair& pair) const
{
    SEALPOST_CHECK(recover());
    const auto begun = folder_ / "next.tmp";
    SEALPOST_CHECK(files::make_directory(begun));
    // Both are synced, and the folder with them.
    SEALPOST_CHECK(files::write_file(begun / chain_file, crypto::format_chain_pem(pair.chain), files::Access::owner_only));
    SEALPOST_CHECK(files::write_secret(begun / key_file, pair.key.to_pem()));
    SEALPOST_CHECK(move_over(begun, folder_ / "next"));
    SEALPOST_CHECK(files::sync_directory(folder_));
    return finish();
}

Result<> PairFiles::recover() const
{
    if (files::is_there(folder_ / "next.tmp")) SEALPOST_CHECK(remove_folder(folder_ / "next.tmp"));
    return files::is_there(folder_ / "next") ? finish() : Result<>();
}

// May be begun again at any step: what has moved is no longer in next/.
Result<> PairFiles::finish() const
{
    for (const char* file : {chain_file, key_file}) {
        if (!files::is_there(folder_ / "next" / file)) continue;
        if (files::is_there(folder_ / file))
            SEALPOST_CHECK(move_over(folder_ / file, folder_ / (std::string(file) + ".previous")));
        SEALPOST_CHECK(move_over(folder_ / "next" / file, folder_ / file));
    }
    SEALPOST_CHECK(files::sync_directory(folder_));
    SEALPOST_CHECK(remove_folder(folder_ / "next"));
    return files::sync_directory(folder_);
}

}  // namespace sealpost::certificates
