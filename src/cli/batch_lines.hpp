#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sealpost::cli {

inline constexpr std::size_t max_batch_line_bytes = 64 * 1024;

// Octets of standard input, as they come; empty at the end. Blocks: not for a worker.
[[nodiscard]] std::string read_some_input();

// Cuts what comes into lines. Of one that is longer than max_batch_line_bytes only so much is kept as shows it.
class LineCutter {
public:
    void add(std::string_view piece);
    void end() { ended_ = true; }

    // The next whole line; absent until more comes, and at the end.
    std::optional<std::string> next();

private:
    void shorten();

    std::string buffer_;
    std::size_t at_ = 0;
    bool ended_ = false;
};

}  // namespace sealpost::cli
