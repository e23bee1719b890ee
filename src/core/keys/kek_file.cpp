#include "core/keys/kek.hpp"

#include "sys/files/files.hpp"

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

Result<> KekFile::make(const std::string& path, WallTime now)
{
    std::error_code unknown;
    if (std::filesystem::exists(path, unknown) || unknown)
        return Error{Fault::denied, path + " exists; a new one would make every stored key unreadable"};
    return files::write_secret(path, KekRing::make(now).format());
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

Result<> KekFile::add_version(WallTime now)
{
    SEALPOST_CHECK(reload());
    return replace(current()->with_new_version(now));
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
