#include "sys/http/decoder.hpp"

#include "base/text.hpp"

#include <boost/beast/http/parser.hpp>

#include <algorithm>

namespace sealpost::http {
namespace beast = boost::beast;

namespace {

// A body that only collects what arrives; its limit is the reader's business.
struct PieceBody {
    using value_type = std::string;
    class reader {
    public:
        template <bool is_request, class Fields>
        reader(beast::http::header<is_request, Fields>& /*head*/, value_type& body) : body_(body)
        {
        }
        void init(const boost::optional<std::uint64_t>& /*length*/, beast::error_code& error) { error = {}; }
        template <class Buffers>
        std::size_t put(const Buffers& buffers, beast::error_code& error)
        {
            error = {};
            std::size_t taken = 0;
            for (auto at = boost::asio::buffer_sequence_begin(buffers); at != boost::asio::buffer_sequence_end(buffers); ++at) {
                const boost::asio::const_buffer piece = *at;
                body_.append(static_cast<const char*>(piece.data()), piece.size());
                taken += piece.size();
            }
            return taken;
        }
        void finish(beast::error_code& error) { error = {}; }

    private:
        value_type& body_;
    };
};

template <bool is_request>
Result<std::size_t> feed_parser(beast::http::parser<is_request, PieceBody>& parser, std::string_view bytes,
                                std::size_t max_header_bytes)
{
    if (bytes.empty() || parser.is_done()) return std::size_t{0};
    // Beast 1.81 asserts five octets when it looks again at a last chunk ("0" CRLF CRLF). At least as
    // many are always still to come while a chunked body is not complete, so waiting for them is safe.
    if (parser.is_header_done() && parser.chunked() && bytes.size() < 5) return std::size_t{0};
    beast::error_code error;
    const std::size_t used = parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
    // Beast's own limit holds for heads only; the line before a chunk and the trailer would be waited for without end.
    if (used == 0 && parser.is_header_done() && error == beast::http::error::need_more && bytes.size() > max_header_bytes)
        return Error{Fault::denied, "the line before a chunk, or the trailer, is too long"};
    if (!error || error == beast::http::error::need_more) return used;
    if (error == beast::http::error::header_limit) return Error{Fault::denied, "the header is too long"};
    return Error{Fault::peer_broke_it, "not HTTP/1.1: " + error.message()};
}

Headers copy_headers(const beast::http::fields& fields)
{
    Headers headers;
    for (const auto& field : fields) headers.add(std::string(field.name_string()), std::string(field.value()));
    return headers;
}

// RFC 9112 §6.1, §6.3: one plain way to say how long the body is. Two ways are how requests are
// smuggled past a proxy.
Result<> check_framing(const beast::http::fields& fields, unsigned version)
{
    const auto lengths = fields.count(beast::http::field::content_length);
    const auto codings = fields.count(beast::http::field::transfer_encoding);
    if (lengths + codings > 1) return Error{Fault::peer_broke_it, "the length of the body is stated twice"};
    if (codings == 1 && (version < 11 || !iequals(fields[beast::http::field::transfer_encoding], "chunked")))
        return Error{Fault::peer_broke_it, "a transfer coding that we do not take"};
    // Beast takes a list of equal lengths ("5, 5") for one.
    if (lengths == 1 && !std::ranges::all_of(fields[beast::http::field::content_length], is_ascii_digit))
        return Error{Fault::peer_broke_it, "the length of the body is not a plain number"};
    return {};
}

std::string take_string(std::string& from)
{
    std::string taken;
    taken.swap(from);
    return taken;
}

// RFC 9112 §3.2: origin-form, and absolute-form, whose authority we do not need.
Result<std::string> parse_target(std::string_view target)
{
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!istarts_with(target, scheme)) continue;
        target.remove_prefix(scheme.size());
        target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
        if (target.empty() || target.front() != '/') return "/" + std::string(target);
    }
    if (target.empty() || target.front() != '/') return Error{Fault::peer_broke_it, "the target is no path"};
    return std::string(target);
}

}  // namespace

struct RequestDecoder::State {
    explicit State(std::size_t most) : max_header_bytes(most) {}
    std::size_t max_header_bytes;
    beast::http::request_parser<PieceBody> parser;
};

RequestDecoder::RequestDecoder(std::size_t max_header_bytes) : state_(std::make_unique<State>(max_header_bytes))
{
    state_->parser.header_limit(static_cast<std::uint32_t>(max_header_bytes));
    state_->parser.body_limit(boost::none);
    state_->parser.eager(false);
}

RequestDecoder::~RequestDecoder() = default;

Result<std::size_t> RequestDecoder::feed(std::string_view bytes)
{
    return feed_parser(state_->parser, bytes, state_->max_header_bytes);
}

bool RequestDecoder::has_head() const { return state_->parser.is_header_done(); }
bool RequestDecoder::is_done() const { return state_->parser.is_done(); }
bool RequestDecoder::keeps_alive() const { return state_->parser.keep_alive(); }
bool RequestDecoder::is_version_1_1() const { return state_->parser.get().version() >= 11; }
void RequestDecoder::begin_body() { state_->parser.eager(true); }
std::string RequestDecoder::take_body() { return take_string(state_->parser.get().body()); }

bool RequestDecoder::expects_continue() const
{
    const auto& head = state_->parser.get();
    return head.version() >= 11 && iequals(head[beast::http::field::expect], "100-continue");
}

Result<Request> RequestDecoder::take_head()
{
    const auto& head = state_->parser.get();
    SEALPOST_CHECK(check_framing(head, head.version()));
    // RFC 9112 §3.2: "A server MUST respond with a 400 ... to any HTTP/1.1 request message that lacks
    // a Host header field and to any request message that contains more than one"
    const auto hosts = head.count(beast::http::field::host);
    if (hosts > 1 || (hosts == 0 && head.version() >= 11)) return Error{Fault::peer_broke_it, "one Host field is needed"};
    SEALPOST_TRY(const std::string target, parse_target(head.target()));
    Request request;
    request.method = parse_method(head.method_string());
    const auto query = std::min(target.find('?'), target.size());
    request.path = target.substr(0, query);
    request.query = target.substr(std::min(query + 1, target.size()));
    request.headers = copy_headers(head);
    if (const auto length = state_->parser.content_length()) request.content_length = *length;
    return request;
}

struct ResponseDecoder::State {
    explicit State(std::size_t most) : max_header_bytes(most) {}
    std::size_t max_header_bytes;
    beast::http::response_parser<PieceBody> parser;
};

ResponseDecoder::ResponseDecoder(std::size_t max_header_bytes, bool head_only) : state_(std::make_unique<State>(max_header_bytes))
{
    state_->parser.header_limit(static_cast<std::uint32_t>(max_header_bytes));
    state_->parser.body_limit(boost::none);
    state_->parser.skip(head_only);
    state_->parser.eager(true);
}

ResponseDecoder::~ResponseDecoder() = default;

Result<std::size_t> ResponseDecoder::feed(std::string_view bytes)
{
    return feed_parser(state_->parser, bytes, state_->max_header_bytes);
}

Result<> ResponseDecoder::feed_end()
{
    if (state_->parser.is_done()) return {};
    beast::error_code error;
    if (state_->parser.got_some()) state_->parser.put_eof(error);
    if (error || !state_->parser.is_done()) return Error{Fault::retry_later, "the server closed before its answer was complete"};
    return {};
}

bool ResponseDecoder::has_head() const { return state_->parser.is_header_done(); }
bool ResponseDecoder::is_done() const { return state_->parser.is_done(); }
bool ResponseDecoder::keeps_alive() const { return state_->parser.keep_alive(); }
int ResponseDecoder::status() const { return static_cast<int>(state_->parser.get().result_int()); }
Headers ResponseDecoder::take_headers() { return copy_headers(state_->parser.get()); }
std::string ResponseDecoder::take_body() { return take_string(state_->parser.get().body()); }

}  // namespace sealpost::http
