#include "cli/batch_lines.hpp"

#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>

namespace sealpost::cli {

std::string read_some_input()
{
    std::array<char, 64 * 1024> buffer{};
    for (;;) {
        const ssize_t count = read(STDIN_FILENO, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
    }
}

void LineCutter::add(std::string_view piece)
{
    buffer_.erase(0, at_);
    at_ = 0;
    buffer_ += piece;
}

std::optional<std::string> LineCutter::next()
{
    const std::size_t end = buffer_.find('\n', at_);
    if (end == std::string::npos) {
        shorten();
        if (!ended_ || at_ == buffer_.size()) return std::nullopt;
    }
    const std::size_t stop = std::min(end, buffer_.size());
    std::string line = buffer_.substr(at_, std::min(stop - at_, max_batch_line_bytes + 1));
    at_ = std::min(stop + 1, buffer_.size());
    return line;
}

void LineCutter::shorten()
{
    if (buffer_.size() - at_ > max_batch_line_bytes + 1) buffer_.erase(at_ + max_batch_line_bytes + 1);
}

}  // namespace sealpost::cli
