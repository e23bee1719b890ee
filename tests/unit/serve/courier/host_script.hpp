#pragma once

#include "sys/net/stream.hpp"

#include <array>
#include <string>
#include <string_view>

namespace sealpost::courier {

inline Deadline soon() { return Deadline::after(std::chrono::seconds(20)); }

// What a scripted host does until its client has said so much, or has gone.
inline Task<void> hear_until(net::TcpStream& stream, std::string_view end)
{
    std::string heard;
    std::array<char, 4096> buffer{};
    while (!heard.ends_with(end)) {
        auto count = co_await stream.read_some(buffer, soon());
        if (!count || *count == 0) co_return;
        heard.append(buffer.data(), *count);
    }
}

}  // namespace sealpost::courier
