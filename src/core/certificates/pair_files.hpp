#pragma once

#include "sys/crypto/x509.hpp"
#include "sys/files/files.hpp"

#include <optional>
#include <vector>

namespace sealpost::certificates {

using Pair = crypto::KeyPair;

// The folder of one certificate: chain.pem and key.pem, which change together or not at all, through a crash at
// any step (doc/spec/certificates.md, "Both files or none"). Everything blocks.
class PairFiles {
public:
    explicit PairFiles(files::Path folder) : folder_(std::move(folder)) {}

    [[nodiscard]] const files::Path& folder() const { return folder_; }
    // Absent when none was installed.
    [[nodiscard]] Result<std::optional<Pair>> load() const;
    [[nodiscard]] std::optional<WallTime> installed_at() const;

    // The caller holds the folder's lock.
    [[nodiscard]] Result<> install(const Pair& pair) const;
    // Finishes an install that was decided before a crash, and removes one that was not.
    [[nodiscard]] Result<> recover() const;

private:
    [[nodiscard]] files::Path locate(const char* file) const;
    [[nodiscard]] Result<Pair> load_once() const;
    [[nodiscard]] Result<> finish() const;
    files::Path folder_;
};

// The modification time; absent when there is no such file.
[[nodiscard]] std::optional<WallTime> find_file_time(const files::Path& path);

}  // namespace sealpost::certificates
