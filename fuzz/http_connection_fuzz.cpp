// room: sys/http
//
// A connection on which a client says one request after the other. However its octets are cut, the same requests are
// heard and the same end is met; and each request begins where a plain reader of RFC 9112 finds the end of the one before,
// so that nothing is smuggled in a body. The first octet chooses the cuts.
#include "base/text.hpp"
#include "sys/http/connection.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <cstdlib>

using namespace sealpost;

namespace {

constexpr std::size_t max_header_bytes = 512;

void require(bool promise)
{
    if (!promise) std::abort();
}

struct Heard {
    http::Method method;
    std::string target;
    std::string body;
    bool is_whole = false;
    friend bool operator==(const Heard&, const Heard&) = default;
};

struct Outcome {
    std::vector<Heard> requests;
    std::string said;

    [[nodiscard]] std::size_t count(std::string_view word) const
    {
        std::size_t found = 0;
        for (auto at = said.find(word); at != std::string::npos; at = said.find(word, at + word.size())) ++found;
        return found;
    }
    [[nodiscard]] bool is_refused() const { return count("HTTP/1.1 4") > 0; }
    [[nodiscard]] bool was_told_to_close() const { return count("Connection: close\r\n") > 0; }
    // A body that is not awaited ends the connection, unless it has arrived already.
    [[nodiscard]] bool has_early_answer() const
    {
        return std::ranges::any_of(requests, [](const Heard& heard) { return heard.target.starts_with("/early"); });
    }
};

// The octets of a client in pieces: `first` of them, then `step` at a time; then it has closed its side.
class Script final : public net::ByteStream {
public:
    Script(std::string_view text, std::size_t first, std::size_t step, std::string& said)
        : text_(text), next_(first), step_(step), said_(said)
    {
    }
    Task<Result<std::size_t>> read_some(std::span<char> into, Deadline /*deadline*/) override
    {
        const std::string_view piece = text_.substr(0, std::min(next_, into.size()));
        std::ranges::copy(piece, into.begin());
        text_.remove_prefix(piece.size());
        next_ = step_;
        co_return piece.size();
    }
    Task<Result<>> write(std::string_view bytes, Deadline /*deadline*/) override
    {
        said_ += bytes;
        co_return Result<>();
    }
    void end_writing() override {}
    void close() override { text_ = {}; }
    [[nodiscard]] Endpoint peer() const override { return {IpAddress::loopback_v4(), 1}; }
    [[nodiscard]] Endpoint local() const override { return {IpAddress::loopback_v4(), 2}; }

private:
    std::string_view text_;
    std::size_t next_;
    std::size_t step_;
    std::string& said_;
};

Outcome* current = nullptr;

Task<http::Response> take(http::Request& request)
{
    require(request.path.starts_with('/') && request.headers.all().size() < max_header_bytes);
    Heard heard{request.method, request.path + (request.query.empty() ? "" : "?" + request.query), "", false};
    while (!heard.is_whole && !request.path.starts_with("/early")) {
        auto piece = co_await request.body->next();
        if (piece.has_error()) break;
        heard.is_whole = piece->empty();
        heard.body += *piece;
    }
    if (!heard.is_whole) heard.body.clear();  // how far it came depends on the cuts
    current->requests.push_back(heard);
    co_return http::Response();
}

Outcome converse(std::string_view text, std::size_t first, std::size_t step)
{
    static const auto router = [] {
        auto made = std::make_shared<http::Router>();
        made->add_unknown(take);
        return std::shared_ptr<const http::Router>(made);
    }();
    static const log::Log log = log::Log::silent();
    Outcome outcome;
    current = &outcome;
    http::ServerLimits limits;
    limits.max_header_bytes = max_header_bytes;
    boost::asio::io_context context(1);
    http::Connection connection(std::make_unique<Script>(text, first, step, outcome.said), {limits, router, log, false});
    bool has_ended = false;
    boost::asio::co_spawn(context, connection.run(), [&](const std::exception_ptr& thrown) { has_ended = !thrown; });
    context.run();
    require(has_ended);
    return outcome;
}

// A request as RFC 9112 has it, read slowly from a text that holds all of it.
struct Plain {
    std::string_view method;
    std::string_view target;
    std::string body;
    std::size_t bytes = 0;  // from the first octet to the last of the body
};

std::optional<std::size_t> parse_number(std::string_view text, std::string_view digits)
{
    if (text.empty() || text.size() > 6) return std::nullopt;
    std::size_t number = 0;
    for (const char c : text) {
        const auto digit = digits.find(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
        if (digit == std::string_view::npos) return std::nullopt;
        number = number * digits.size() + digit;
    }
    return number;
}

// RFC 9112 §7.1; the octets used, or none for what is no whole chunked body.
std::optional<std::size_t> read_chunks(std::string_view text, std::string& body)
{
    std::size_t at = 0;
    while (true) {
        const auto end = text.find("\r\n", at);
        if (end == std::string_view::npos) return std::nullopt;
        const std::string_view line = text.substr(at, end - at);
        const auto size = parse_number(trim(line.substr(0, line.find(';'))), "0123456789abcdef");
        at = end + 2;
        if (!size) return std::nullopt;
        if (*size == 0) break;
        if (text.substr(at).size() < *size + 2 || text.substr(at + *size, 2) != "\r\n") return std::nullopt;
        body += text.substr(at, *size);
        at += *size + 2;
    }
    while (true) {  // the trailer
        const auto end = text.find("\r\n", at);
        if (end == std::string_view::npos) return std::nullopt;
        const bool is_last = end == at;
        at = end + 2;
        if (is_last) return at;
    }
}

// The fields that say how long the body is, one behind the other; a folded line belongs to the one before (§5.2).
struct Framing {
    std::vector<std::string> lengths;
    std::vector<std::string> codings;
};

Framing find_framing(std::string_view fields)
{
    Framing framing;
    std::vector<std::string> lines;
    for (const std::string_view line : split(fields, '\n')) {
        const bool is_folded = !lines.empty() && !line.empty() && (line.front() == ' ' || line.front() == '\t');
        if (is_folded) lines.back().append(" ").append(trim(line));
        if (!is_folded) lines.emplace_back(trim(line));
    }
    for (const std::string& line : lines) {
        const std::string_view name = trim(std::string_view(line).substr(0, line.find(':')));
        const std::string_view value = trim(std::string_view(line).substr(std::min(line.find(':') + 1, line.size())));
        if (iequals(name, "Content-Length")) framing.lengths.emplace_back(value);
        if (iequals(name, "Transfer-Encoding")) framing.codings.emplace_back(value);
    }
    return framing;
}

std::optional<Plain> read_plainly(std::string_view text)
{
    const auto head_end = text.find("\r\n\r\n");
    if (head_end == std::string_view::npos) return std::nullopt;
    const std::string_view head = text.substr(0, head_end);
    const std::string_view first_line = head.substr(0, head.find("\r\n"));
    const auto words = split(first_line, ' ');
    if (words.size() != 3) return std::nullopt;
    Plain plain{words[0], words[1], "", head_end + 4};
    const Framing framing = find_framing(head.substr(std::min(first_line.size() + 2, head.size())));
    if (framing.lengths.size() + framing.codings.size() > 1) return std::nullopt;
    const std::string_view rest = text.substr(plain.bytes);
    if (!framing.codings.empty()) {
        const auto used = read_chunks(rest, plain.body);
        if (!used || !iequals(framing.codings.front(), "chunked") || words[2] != "HTTP/1.1") return std::nullopt;
        plain.bytes += *used;
    }
    if (!framing.lengths.empty()) {
        const auto length = parse_number(framing.lengths.front(), "0123456789");
        if (!length || *length > rest.size()) return std::nullopt;
        plain.body = rest.substr(0, *length);
        plain.bytes += *length;
    }
    return plain;
}

// Half a head, or a request line without a version, may be refused or awaited until the client has closed.
bool ends_something(std::string_view text)
{
    return text.find("\r\n\r\n") != std::string_view::npos &&
           istarts_with(text.substr(std::min(text.find(" HTTP/"), text.find("\r\n"))), " HTTP/1.");
}

// Every request that was heard whole is the next one in the text; what is left over, and returned, is none, unless the
// client was told that nobody listens any longer.
std::string_view check_against_plain_reader(std::string_view text, const Outcome& outcome)
{
    for (const Heard& heard : outcome.requests) {
        if (!heard.is_whole) {
            require(&heard == &outcome.requests.back() || heard.target.starts_with("/early"));
            if (&heard == &outcome.requests.back()) return text;
        }
        const auto plain = read_plainly(text);
        require(plain.has_value() && heard.method == http::parse_method(plain->method));
        require(plain->target.ends_with(std::string_view(heard.target).substr(1)));
        require(!heard.is_whole || heard.body == plain->body);
        text.remove_prefix(plain->bytes);
    }
    require(outcome.was_told_to_close() || !ends_something(text));
    return text;
}

void check_answers(const Outcome& outcome)
{
    const std::size_t refusals = outcome.count("HTTP/1.1 4");
    require(refusals <= 1 && (refusals == 0 || outcome.was_told_to_close()));
    require(outcome.count("HTTP/1.1 200 ") >= outcome.requests.size() && outcome.count("Connection: close\r\n") <= 1);
    require(outcome.count("HTTP/1.1 200 ") + refusals + outcome.count("HTTP/1.1 100 ") == outcome.count("HTTP/1.1 "));
    require(outcome.count("HTTP/1.1 100 ") <= outcome.requests.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t count)
{
    if (count == 0 || count > 4096) return 0;
    const std::string_view text(reinterpret_cast<const char*>(octets) + 1, count - 1);
    const std::size_t cut = std::size_t{1} + octets[0];
    const Outcome whole = converse(text, text.size() + 1, 1);
    const bool is_end_certain = ends_something(check_against_plain_reader(text, whole));
    check_answers(whole);
    const std::size_t least = 1 + text.size() / 256;  // each read makes room for 16 KiB
    for (const auto& [first, step] :
         {std::pair{least, least}, std::pair{cut, std::max(cut, least)}, std::pair{cut, text.size() + 1}}) {
        const Outcome cut_up = converse(text, first, step);
        check_answers(cut_up);
        if (whole.has_early_answer() || cut_up.has_early_answer()) {
            check_against_plain_reader(text, cut_up);
            continue;
        }
        require(cut_up.requests == whole.requests);
        if (is_end_certain)
            require(cut_up.is_refused() == whole.is_refused() && cut_up.was_told_to_close() == whole.was_told_to_close());
    }
    return 0;
}
