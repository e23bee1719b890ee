#pragma once

#include "sys/async/task.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <functional>
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

// A line's task; absent: nothing to do, and if the line makes no sense, that has been said. `number` counts from 1.
using BeginAnswer = std::function<std::optional<Task<void>>(std::string_view line, std::uint64_t number)>;
// For each line of standard input its task, at most so many at a time; ends sooner when nobody reads what we write.
Task<void> answer_lines(std::size_t at_a_time, BeginAnswer begin);

// Each line at once: whoever asks may wait for it before asking more.
void print_line(const boost::json::object& object);

}  // namespace sealpost::cli
