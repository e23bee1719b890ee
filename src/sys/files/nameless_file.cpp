#include "sys/files/nameless_file.hpp"

#include "sys/files/descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace sealpost::files {

Result<std::unique_ptr<NamelessFile>> NamelessFile::make(const Path& directory)
{
    const int descriptor = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor < 0) return error_of("make a file in", directory);
    return std::unique_ptr<NamelessFile>(new NamelessFile(descriptor, directory / "(nameless)"));
}

NamelessFile::~NamelessFile() { ::close(descriptor_); }

Result<> NamelessFile::write(std::string_view bytes) { return write_all(descriptor_, bytes, shown_); }

Result<std::string> NamelessFile::read_at(std::uint64_t at, std::size_t max_bytes) const
{
    std::string piece(max_bytes, '\0');
    ssize_t count = 0;
    do count = ::pread(descriptor_, piece.data(), piece.size(), static_cast<off_t>(at));
    while (count < 0 && errno == EINTR);
    if (count < 0) return error_of("read", shown_);
    piece.resize(static_cast<std::size_t>(count));
    return piece;
}

}  // namespace sealpost::files
