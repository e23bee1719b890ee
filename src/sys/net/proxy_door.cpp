#include "sys/net/proxy_door.hpp"

#include <algorithm>
#include <array>

namespace sealpost::net {
namespace {

Error closed_too_early() { return {Fault::cancelled, "the connection was closed before its PROXY header"}; }

Error describe(const Error& error, Deadline deadline)
{
    if (!deadline.has_passed()) return {Fault::cancelled, "before the PROXY header: " + error.text};
    return {Fault::retry_later, "the PROXY header did not come in time"};
}

Error describe(ProxyProblem problem)
{
    return {Fault::peer_broke_it, "the PROXY header " + std::string(format_proxy_problem(problem))};
}

// What a peek has shown, which is therefore here already.
Task<Result<>> take(TcpStream& stream, std::span<char> seen, Deadline deadline)
{
    while (!seen.empty()) {
        auto count = co_await stream.read_some(seen, deadline);
        if (!count) co_return count.error();
        if (*count == 0) co_return closed_too_early();
        seen = seen.subspan(*count);
    }
    co_return Result<>();
}

// Looks before it reads, so that what stands behind the header stays for the session. All of a part is taken: otherwise the
// next look would find the same octets at once, again and again.
Task<Result<ProxyHeader>> read_header(TcpStream& stream, Deadline deadline)
{
    std::array<char, max_proxy_header_bytes> octets;
    std::size_t held = 0;
    for (;;) {
        const auto room = std::span<char>(octets).subspan(held);
        auto seen = co_await stream.peek_some(room, deadline);
        if (!seen) co_return describe(seen.error(), deadline);
        if (*seen == 0) co_return closed_too_early();
        const auto parsed = parse_proxy_header({octets.data(), held + *seen});
        if (const auto* problem = std::get_if<ProxyProblem>(&parsed)) co_return describe(*problem);
        const auto* header = std::get_if<ProxyHeader>(&parsed);
        const auto ours = header != nullptr ? header->octets - held : *seen;
        auto taken = co_await take(stream, room.first(ours), deadline);
        if (!taken) co_return describe(taken.error(), deadline);
        if (header != nullptr) co_return *header;
        held += ours;
    }
}

class Waiting {
public:
    explicit Waiting(std::atomic<unsigned>& count) : count_(count), before_(count++) {}
    ~Waiting() { --count_; }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    [[nodiscard]] unsigned before() const { return before_; }

private:
    std::atomic<unsigned>& count_;
    const unsigned before_;
};

}  // namespace

bool ProxyDoor::is_for(const IpAddress& peer) const
{
    return std::any_of(from_.begin(), from_.end(), [&](const Network& network) { return contains(network, peer); });
}

Task<Result<ProxyHeader>> ProxyDoor::hear(TcpStream& stream, Deadline deadline)
{
    const Waiting waiting(waiting_);
    if (waiting.before() >= most_waiting_) co_return Error{Fault::denied, "too many connections wait for their PROXY header"};
    auto heard = co_await read_header(stream, deadline);
    if (heard && heard->client) stream.stand_for(*heard->client);
    co_return heard;
}

std::string_view format_hearing(const Result<ProxyHeader>& heard)
{
    if (heard) return heard->client ? "told" : "own";
    switch (heard.error().fault) {
        case Fault::retry_later: return "late";
        case Fault::cancelled: return "closed";
        case Fault::denied: return "crowded";
        default: break;
    }
    return "broken";
}

}  // namespace sealpost::net
