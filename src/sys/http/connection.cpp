#include "sys/http/connection.hpp"

#include "sys/async/pace.hpp"
#include "sys/http/respond.hpp"
#include "sys/http/security_headers.hpp"

#include <algorithm>
#include <array>
#include <exception>

namespace sealpost::http {
namespace {

constexpr std::size_t read_bytes = 16 * 1024;
constexpr std::chrono::seconds come_back{30};
// After an answer to a request that we did not read to its end we listen longer: closing at once would let the kernel
// throw away the answer on its way (RFC 9112 §9.6), and a browser looks for it only when all was sent. So a body is taken
// to its end, if that is told and within reason.
constexpr std::uint64_t linger_bytes = 128 * 1024 * 1024;
constexpr std::uint64_t brief_linger_bytes = 8 * 1024 * 1024;

Response method_not_allowed(const std::vector<Method>& allowed)
{
    Response response = problem_response({405, "method-not-allowed", "This address does not take that method", "", {}});
    std::string names;
    for (const Method method : allowed) names.append(names.empty() ? "" : ", ").append(format_method(method));
    response.headers.set("Allow", names);
    return response;
}

}  // namespace

// The body of the request under way: octets of the inbox through the decoder, up to the route's limit.
class Connection::Body final : public async::ByteSource {
public:
    Body(Connection& connection, RequestDecoder& decoder)
        : connection_(connection),
          decoder_(decoder),
          pace_(connection.setting_.limits.request, connection.setting_.limits.least_body_rate)
    {
    }
    void limit_to(std::uint64_t bytes) { limit_ = bytes; }
    [[nodiscard]] std::uint64_t seen() const { return seen_; }  // taken, or refused for its size

    Task<Result<std::string>> next() override
    {
        if (failed_) co_return *failed_;
        auto piece = co_await read();
        if (piece.has_error()) failed_ = piece.error();
        co_return piece;
    }

    // Uses up what has already arrived; true when the body ends within it.
    bool finish_at_hand()
    {
        while (!failed_ && !decoder_.is_done() && !connection_.inbox_.empty()) {
            auto piece = decode();
            if (piece.has_error() || piece->empty()) break;
        }
        return !failed_ && decoder_.is_done();
    }

private:
    Task<Result<std::string>> read()
    {
        while (!decoder_.is_done()) {
            SEALPOST_CO_TRY(std::string piece, decode());
            if (!piece.empty()) co_return piece;
            if (decoder_.is_done()) break;
            SEALPOST_CO_CHECK(co_await say_continue());
            const Deadline soon = Deadline::after(connection_.setting_.limits.read);
            SEALPOST_CO_TRY(const bool more, co_await connection_.fill(soon.or_sooner(pace_.deadline(taken_))));
            if (!more) co_return Error{Fault::retry_later, "the client went away"};
        }
        co_return std::string();
    }

    Result<std::string> decode()
    {
        SEALPOST_TRY(const std::size_t used, decoder_.feed(connection_.inbox_));
        connection_.inbox_.erase(0, used);
        std::string piece = decoder_.take_body();
        seen_ += piece.size();
        if (piece.size() > limit_ - taken_) return Error{Fault::denied, "the body is larger than allowed"};
        taken_ += piece.size();
        pace_.forget_lead(taken_);
        return piece;
    }

    // RFC 9110 §10.1.1: the client waits for our word before it sends the body.
    Task<Result<>> say_continue()
    {
        if (said_continue_ || !decoder_.expects_continue()) co_return Result<>();
        said_continue_ = true;
        auto said = co_await connection_.stream_->write("HTTP/1.1 100 Continue\r\n\r\n",
                                                        Deadline::after(connection_.setting_.limits.write));
        co_return said;
    }

    Connection& connection_;
    RequestDecoder& decoder_;
    async::Pace pace_;
    std::uint64_t limit_ = 0;
    std::uint64_t taken_ = 0;
    std::uint64_t seen_ = 0;
    bool said_continue_ = false;
    std::optional<Error> failed_;
};

Connection::Connection(std::unique_ptr<net::ByteStream> stream, Setting setting)
    : stream_(std::move(stream)), setting_(std::move(setting))
{
}

Task<void> Connection::run()
{
    for (std::size_t served = 1; served <= setting_.limits.max_requests_per_connection && !is_draining_; ++served) {
        const bool another = co_await serve_one(served == setting_.limits.max_requests_per_connection);
        if (!another) break;
    }
    if (has_unread_body_) co_await linger();
    stream_->close();
}

Task<void> Connection::turn_away()
{
    RequestDecoder decoder(setting_.limits.max_header_bytes);
    setting_.limits.idle = setting_.limits.header = setting_.limits.write = setting_.limits.longest_linger =
        setting_.limits.turned_away;
    unread_bytes_ = brief_linger_bytes;
    auto arrived = co_await read_head(decoder);
    if (arrived.has_value()) {
        Problem busy(503, "busy", "Too many connections at the moment; try again later");
        busy.retry_after = come_back;
        Response response = problem_response(busy);
        add_security_headers(response, setting_.over_tls);
        WriteOptions options;
        options.keep_alive = false;
        options.each_write = setting_.limits.write;
        auto written = co_await write_response(*stream_, response, options);
        if (written.has_value()) co_await linger();
    }
    stream_->close();
}

void Connection::drain()
{
    is_draining_ = true;
    if (is_idle_) stream_->close();
}

Task<bool> Connection::serve_one(bool is_last)
{
    RequestDecoder decoder(setting_.limits.max_header_bytes);
    auto arrived = co_await read_head(decoder);
    if (arrived.has_error()) {
        const bool again = co_await refuse(arrived.error());
        co_return again;
    }
    const auto begun = std::chrono::steady_clock::now();
    auto head = decoder.take_head();
    if (head.has_error()) {
        const bool again = co_await refuse(head.error());
        co_return again;
    }
    Request request = std::move(*head);
    Body body(*this, decoder);
    request.body = &body;
    request.peer = stream_->peer();
    request.over_tls = setting_.over_tls;
    decoder.begin_body();
    Response response = co_await answer(request, body);
    add_security_headers(response, setting_.over_tls);
    has_unread_body_ = !body.finish_at_hand();
    unread_bytes_ = request.content_length ? *request.content_length - body.seen() : brief_linger_bytes;
    WriteOptions options;
    options.keep_alive = decoder.keeps_alive() && !has_unread_body_ && !is_draining_ && !is_last;
    options.head_only = request.method == Method::head;
    options.may_chunk = decoder.is_version_1_1();
    options.each_write = setting_.limits.write;
    options.least_rate = setting_.limits.least_rate;
    if (!options.may_chunk) options.keep_alive = false;
    auto written = co_await write_response(*stream_, response, options);
    note(request, response, begun);
    if (written.has_error()) has_unread_body_ = false;
    co_return written.has_value() && options.keep_alive;
}

Task<Result<>> Connection::read_head(RequestDecoder& decoder)
{
    Deadline deadline = Deadline::after(setting_.limits.idle);
    bool has_begun = !inbox_.empty();
    if (has_begun) deadline = Deadline::after(setting_.limits.header);
    while (true) {
        SEALPOST_CO_TRY(const std::size_t used, decoder.feed(inbox_));
        inbox_.erase(0, used);
        if (decoder.has_head()) co_return Result<>();
        if (inbox_.size() > setting_.limits.max_header_bytes) co_return Error{Fault::denied, "the header is too long"};
        is_idle_ = !has_begun;
        auto more = co_await fill(deadline);
        is_idle_ = false;
        if (more.has_error()) co_return more.error();
        if (!*more) co_return Error{Fault::cancelled, "the client is done"};
        if (!has_begun) deadline = Deadline::after(setting_.limits.header);
        has_begun = true;
    }
}

// Says why, when the client spoke and can listen; a connection that fell silent is just closed.
Task<bool> Connection::refuse(Error error)
{
    if (error.fault != Fault::denied && error.fault != Fault::peer_broke_it) co_return false;
    Response response = error.fault == Fault::denied
                            ? problem_response({431, "header-too-large", "The header is too long", "", {}})
                            : problem_response(bad_request("", error.text));
    add_security_headers(response, setting_.over_tls);
    WriteOptions options;
    options.keep_alive = false;
    options.each_write = setting_.limits.write;
    auto written = co_await write_response(*stream_, response, options);
    setting_.log.debug("http_refused", {{"peer", format_endpoint(stream_->peer())}, {"problem", error.text}});
    has_unread_body_ = written.has_value();
    unread_bytes_ = brief_linger_bytes;
    co_return false;
}

Task<Response> Connection::answer(Request& request, Body& body)
{
    auto match = setting_.router->find(request.method, request.path);
    if (!match.route) co_return match.allowed.empty() ? problem_response(not_found()) : method_not_allowed(match.allowed);
    request.route = match.route->pattern;
    request.parameters = std::move(match.parameters);
    for (const auto& guard : match.route->options.guards) {
        auto stopped = guard(request);
        if (stopped) co_return std::move(*stopped);
    }
    const auto limit = match.route->options.max_body_bytes;
    if (request.content_length && *request.content_length > limit) co_return problem_response(too_large());
    body.limit_to(limit);
    Response response = co_await call(*match.route, request);
    co_return response;
}

// The root of a request: a broken promise of ours ends here, with a trace in the log and nothing of
// it in the answer.
Task<Response> Connection::call(const Route& route, Request& request)
{
    std::string failure;
    try {
        Response response = co_await route.handler(request);
        co_return response;
    } catch (const std::exception& thrown) {
        failure = thrown.what();
    }
    setting_.log.error("http_handler_failed", {{"route", route.pattern}, {"problem", failure}});
    co_return problem_response({500, "our-fault", "Something went wrong on our side", "", {}});
}

void Connection::note(const Request& request, const Response& response, std::chrono::steady_clock::time_point begun) const
{
    const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
    // The pattern and not the path, which may hold a ticket.
    const log::Metrics& metrics = setting_.log.metrics();
    metrics.add(log::Metric::http_requests, {format_method(request.method), request.route, std::to_string(response.status)});
    metrics.observe(log::Metric::http_request_seconds, std::chrono::duration<double>(spent).count());
    setting_.log.info("http_request", {{"method", format_method(request.method)},
                                       {"route", request.route},
                                       {"status", response.status},
                                       {"note", response.note},
                                       {"peer", format_ip(request.peer.address)},
                                       {"milliseconds", spent.count()}});
}

Task<Result<bool>> Connection::fill(Deadline deadline)
{
    const auto before = inbox_.size();
    inbox_.resize(before + read_bytes);
    auto count = co_await stream_->read_some({inbox_.data() + before, read_bytes}, deadline);
    inbox_.resize(before + (count.has_value() ? *count : 0));
    if (count.has_error()) co_return count.error();
    co_return *count > 0;
}

Task<void> Connection::linger()
{
    const Deadline end = Deadline::after(setting_.limits.longest_linger);
    const auto most = std::min(unread_bytes_, linger_bytes);
    for (std::uint64_t seen = inbox_.size(); seen < most && !end.has_passed(); seen += inbox_.size()) {
        inbox_.clear();
        const Deadline soon = Deadline::after(setting_.limits.linger);
        auto more = co_await fill(soon.or_sooner(end));
        if (more.has_error() || !*more) co_return;
    }
}

}  // namespace sealpost::http
