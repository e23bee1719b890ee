#include "sys/files/descriptor.hpp"

#include "sys/files/owner.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace sealpost::files {

Descriptor::~Descriptor()
{
    if (number_ >= 0) ::close(number_);
}

int Descriptor::release() { return std::exchange(number_, -1); }

Error error_of(std::string_view what, const Path& path)
{
    const int code = errno;
    Fault fault = Fault::give_up;
    if (code == ENOSPC || code == EDQUOT || code == EMFILE || code == ENFILE) fault = Fault::retry_later;
    if (code == ENOENT || code == EACCES || code == EPERM || code == ENOTDIR || code == EISDIR || code == EROFS) {
        fault = Fault::config;
    }
    std::string text = "cannot " + std::string(what) + " " + path.string() + ": " + std::strerror(code);
    if (code == EACCES || code == EPERM) text += " (" + describe_owners(path) + ")";
    return {fault, std::move(text)};
}

Result<> write_all(int descriptor, std::string_view text, const Path& path)
{
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return error_of("write", path);
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

}  // namespace sealpost::files
