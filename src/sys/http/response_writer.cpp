#include "sys/http/response_writer.hpp"

#include "sys/async/pace.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace sealpost::http {
namespace {

using Source = std::unique_ptr<async::ByteSource>;

std::optional<std::uint64_t> find_length(const Response& response)
{
    if (const auto* text = std::get_if<std::string>(&response.body)) return text->size();
    if (const auto* still = std::get_if<StaticText>(&response.body)) return still->text.size();
    return response.body_size;
}

// RFC 9110 §8.6: no Content-Length with 1xx and 204; a 304 has no content either.
bool has_content(int status) { return status >= 200 && status != 204 && status != 304; }

void add_field(std::string& head, std::string_view name, std::string_view value)
{
    head.append(name).append(": ");
    const auto start = head.size();
    head.append(value);
    std::replace_if(
        head.begin() + static_cast<std::ptrdiff_t>(start), head.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; },
        ' ');
    head.append("\r\n");
}

Task<Result<>> write_source(net::ByteStream& stream, async::ByteSource& source, std::optional<std::uint64_t> size,
                            WriteOptions options)
{
    std::uint64_t sent = 0;
    const async::Pace pace(options.each_write, options.least_rate);
    while (true) {
        SEALPOST_CO_TRY(std::string piece, co_await source.next());
        sent += piece.size();
        if (size && sent > *size) co_return Error{Fault::give_up, "a body is longer than was announced"};
        const bool ended = piece.empty();
        if (ended && size && sent < *size) co_return Error{Fault::give_up, "a body is shorter than was announced"};
        if (!size && options.may_chunk) piece = format_chunk(piece);
        const Deadline deadline = Deadline::after(options.each_write).or_sooner(pace.deadline(sent));
        if (!piece.empty()) SEALPOST_CO_CHECK(co_await stream.write(piece, deadline));
        if (ended) co_return Result<>();
    }
}

}  // namespace

std::string format_response_head(const Response& response, const WriteOptions& options)
{
    std::string head = "HTTP/1.1 " + std::to_string(response.status) + ' ' + std::string(format_reason(response.status)) + "\r\n";
    for (const auto& [name, value] : response.headers.all()) add_field(head, name, value);
    const auto length = find_length(response);
    if (has_content(response.status)) {
        if (length)
            add_field(head, "Content-Length", std::to_string(*length));
        else if (options.may_chunk)
            add_field(head, "Transfer-Encoding", "chunked");
    }
    if (!options.keep_alive) add_field(head, "Connection", "close");
    return head + "\r\n";
}

std::string format_chunk(std::string_view piece)
{
    std::array<char, 20> size{};
    const auto end = std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16).ptr;
    std::string chunk(size.data(), end);
    chunk += "\r\n";
    chunk += piece;
    chunk += "\r\n";
    return chunk;
}

Task<Result<>> write_response(net::ByteStream& stream, Response& response, WriteOptions options)
{
    std::string head = format_response_head(response, options);
    const bool with_body = has_content(response.status) && !options.head_only;
    if (const auto* text = std::get_if<std::string>(&response.body); text && with_body) head += *text;
    SEALPOST_CO_CHECK(co_await stream.write(head, Deadline::after(options.each_write)));
    if (!with_body) co_return Result<>();
    if (const auto* still = std::get_if<StaticText>(&response.body)) {
        auto written = co_await stream.write(still->text, Deadline::after(options.each_write));
        co_return written;
    }
    if (auto* source = std::get_if<Source>(&response.body); source && *source) {
        auto written = co_await write_source(stream, **source, response.body_size, options);
        co_return written;
    }
    co_return Result<>();
}

}  // namespace sealpost::http
