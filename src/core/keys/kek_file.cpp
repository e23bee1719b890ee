#include "core/keys/kek.hpp"

#include "core/keys/wrap.hpp"
#include "sys/crypto/digest.hpp"
#include "sys/files/files.hpp"

#include <algorithm>
#include <filesystem>

namespace sealpost::keys {
namespace {

constexpr std::size_t max_file_bytes = 256 * 1024;

}  // namespace

Result<std::shared_ptr<KekFile>> KekFile::open(std::string path)
{
    std::shared_ptr<KekFile> file(new KekFile(std::move(path)));
    SEALPOST_CHECK(file->reload());
    return file;
}

Result<> KekFile::make(const std::string& path, WallTime now, int number)
{
    std::error_code unknown;
    if (std::filesystem::exists(path, unknown) || unknown)
        return Error{Fault::denied, path + " exists; a new one would make every stored key unreadable"};
    return files::write_secret(path, KekRing::make(now, number).format());
}

std::shared_ptr<const KekRing> KekFile::current() const
{
    const std::lock_guard lock(guard_);
    return ring_;
}

Result<std::shared_ptr<const KekRing>> KekFile::with_version(int number)
{
    auto ring = current();
    if (ring->find(number)) return ring;
    SEALPOST_CHECK(reload());
    ring = current();
    if (ring->find(number)) return ring;
    return Error{Fault::config, "version " + std::to_string(number) + " of the key-encryption key is not in " + path_ +
                                    "; restore that file from its backup"};
}

// Versions are many, processes too: what the store does not know yet was just added.
Result<std::vector<KnownVersion>> KekFile::recognise(const std::vector<KnownVersion>& known, bool)
{
    std::vector<KnownVersion> fresh;
    const auto ring = current();
    for (const auto& version : ring->versions()) {
        const auto value = check_value_of(version);
        const auto is_same = [&](const KnownVersion& each) { return each.number == version.number; };
        const auto found = std::find_if(known.begin(), known.end(), is_same);
        if (found == known.end())
            fresh.push_back({version.number, Bytes(value.begin(), value.end()), ""});
        else if (!crypto::equal_in_constant_time(found->check_value, value))
            return Error{Fault::config, "version " + std::to_string(version.number) +
                                            " of the key-encryption key is not the one that this store was written with; "
                                            "give the service the key file that belongs to this data"};
    }
    return fresh;
}

Result<> KekFile::need(int version)
{
    SEALPOST_CHECK(with_version(version));
    return {};
}

Result<Wrapped> KekFile::wrap(const Policy& policy, const Secret& identity, std::string_view subject)
{
    return keys::wrap(*current(), policy, identity, subject);
}

Result<Unwrapped> KekFile::unwrap(const Policy& policy, const Wrapped& wrapped)
{
    SEALPOST_TRY(const auto ring, with_version(wrapped.kek_version));
    return keys::unwrap(*ring, policy, wrapped);
}

Result<> KekFile::add_version(WallTime now, int at_least)
{
    SEALPOST_CHECK(reload());
    return replace(current()->with_new_version(now, at_least));
}

Result<> KekFile::retire_old_versions()
{
    SEALPOST_CHECK(reload());
    return replace(current()->with_newest_only());
}

Result<> KekFile::reload()
{
    auto text = files::read_secret(path_, max_file_bytes);
    if (!text) return Error{Fault::config, text.error().text}.in("key-encryption key");
    auto ring = KekRing::parse(text->reveal_text());
    if (!ring) return ring.error().in(path_);
    const std::lock_guard lock(guard_);
    ring_ = std::make_shared<const KekRing>(std::move(*ring));
    return {};
}

Result<> KekFile::replace(KekRing ring)
{
    SEALPOST_CHECK(files::write_secret(path_, ring.format()));
    const std::lock_guard lock(guard_);
    ring_ = std::make_shared<const KekRing>(std::move(ring));
    return {};
}

}  // namespace sealpost::keys
