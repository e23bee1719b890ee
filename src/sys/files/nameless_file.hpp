#pragma once

#include "sys/files/files.hpp"

#include <cstdint>
#include <memory>

namespace sealpost::files {

// A file that no directory names (O_TMPFILE): it vanishes with this object, or with the process, however that ends.
class NamelessFile {
public:
    // On the file system of the directory, readable by nobody else.
    [[nodiscard]] static Result<std::unique_ptr<NamelessFile>> make(const Path& directory);
    ~NamelessFile();
    NamelessFile(const NamelessFile&) = delete;
    NamelessFile& operator=(const NamelessFile&) = delete;

    [[nodiscard]] Result<> write(std::string_view bytes);  // behind what is there
    // What stands from there on, at most so many octets; empty at the end.
    [[nodiscard]] Result<std::string> read_at(std::uint64_t at, std::size_t max_bytes) const;

private:
    NamelessFile(int descriptor, Path shown) : descriptor_(descriptor), shown_(std::move(shown)) {}
    int descriptor_;
    Path shown_;  // as errors tell of it
};

}  // namespace sealpost::files
