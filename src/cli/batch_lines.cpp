#include "cli/batch_lines.hpp"

#include "sys/async/blocking_pool.hpp"
#include "sys/async/task_group.hpp"

#include <boost/json/serialize.hpp>

#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <iostream>

namespace sealpost::cli {
namespace {

Task<void> answer_one(Task<void> answer, std::size_t& under_way, async::Signal& one_is_done)
{
    co_await std::move(answer);
    --under_way;
    one_is_done.notify();
}

}  // namespace

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

Task<void> answer_lines(std::size_t at_a_time, BeginAnswer begin)
{
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    async::Signal one_is_done(executor);
    async::BlockingPool pool(1);
    LineCutter lines;
    std::uint64_t number = 0;
    std::size_t under_way = 0;
    for (bool more = true; more && std::cout;) {
        std::string piece = co_await pool.run(read_some_input);
        more = !piece.empty();
        lines.add(piece);
        if (!more) lines.end();
        while (auto line = lines.next()) {
            auto answer = begin(*line, ++number);
            if (!answer) continue;
            while (under_way >= at_a_time) co_await one_is_done.wait(Deadline::never());
            ++under_way;
            group.spawn(answer_one(std::move(*answer), under_way, one_is_done));
        }
    }
    co_await group.join();
}

void print_line(const boost::json::object& object) { std::cout << boost::json::serialize(object) << '\n' << std::flush; }

}  // namespace sealpost::cli
