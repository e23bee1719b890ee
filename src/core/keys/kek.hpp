#pragma once

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "core/keys/key_wrapper.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace sealpost::keys {

// The key-encryption keys, several versions of 256 bits. New wraps use the newest.
class KekRing {
public:
    static constexpr std::size_t key_bytes = 32;

    struct Version {
        int number = 0;  // from 1
        WallTime made_at;
        Secret key;
    };

    // The file of doc/spec/keys.md. Fault::config names the line.
    static Result<KekRing> parse(std::string_view text);
    [[nodiscard]] Secret format() const;
    static KekRing make(WallTime now, int number = 1);  // a fresh ring with one version

    [[nodiscard]] KekRing with_new_version(WallTime now, int at_least = 1) const;  // its number
    [[nodiscard]] KekRing with_newest_only() const;
    [[nodiscard]] const std::vector<Version>& versions() const { return versions_; }
    [[nodiscard]] const Version& newest() const { return versions_.back(); }
    [[nodiscard]] const Version* find(int number) const;          // null: not in this ring
    [[nodiscard]] Secret derive(std::string_view purpose) const;  // from the oldest version

private:
    std::vector<Version> versions_;  // ascending, never empty
};

// The file that holds the ring, mode 0600. It reads the file anew when it meets a version that it does not know, since
// another process may have added it.
class KekFile final : public KeyWrapper {
public:
    // Fault::config with a hint when the file is absent, broken, or readable by others.
    static Result<std::shared_ptr<KekFile>> open(std::string path);
    // Makes the file with a fresh ring; Fault::denied when it exists already.
    static Result<> make(const std::string& path, WallTime now, int number = 1);

    [[nodiscard]] std::shared_ptr<const KekRing> current() const;
    Result<std::vector<KnownVersion>> recognise(const std::vector<KnownVersion>& known, bool may_introduce) override;
    Result<> need(int version) override;
    [[nodiscard]] int newest() const override { return current()->newest().number; }
    [[nodiscard]] int oldest() const override { return current()->versions().front().number; }
    [[nodiscard]] Secret derive(std::string_view purpose) const override { return current()->derive(purpose); }
    Result<Wrapped> wrap(const Policy& policy, const Secret& identity, std::string_view subject) override;
    Result<Unwrapped> unwrap(const Policy& policy, const Wrapped& wrapped) override;
    Result<> probe() override { return {}; }

    Result<> add_version(WallTime now, int at_least = 1);  // on stable storage before it is used
    // Forgets all versions but the newest: what they wrapped is lost for ever, in backups too.
    // Only after KeyStore::rewrap_all.
    Result<> retire_old_versions();

private:
    explicit KekFile(std::string path) : path_(std::move(path)) {}
    Result<std::shared_ptr<const KekRing>> with_version(int number);
    Result<> reload();
    Result<> replace(KekRing ring);

    std::string path_;
    mutable std::mutex guard_;
    std::shared_ptr<const KekRing> ring_;
};

}  // namespace sealpost::keys
