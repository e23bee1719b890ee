#include "sys/http/client.hpp"

#include "sys/async/pace.hpp"
#include "sys/dns/resolver.hpp"
#include "sys/http/decoder.hpp"
#include "sys/tls/stream.hpp"

#include <algorithm>
#include <list>
#include <mutex>

namespace sealpost::http {
namespace {

using Stream = std::unique_ptr<net::ByteStream>;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t max_response_header_bytes = 32 * 1024;
constexpr std::size_t read_bytes = 16 * 1024;
constexpr std::chrono::seconds most_for_address{10};  // while there are others

// A connection lives on the worker that made it, so idle ones are kept a worker.
struct Place {
    const void* worker = nullptr;
    std::string origin;
    auto operator<=>(const Place&) const = default;
};
struct Idle {
    Place place;
    Stream stream;
    SteadyClock::time_point since;
};

bool is_repeatable(const ClientRequest& request)
{
    // RFC 9110 §9.2.2: these may be sent again when a kept connection turns out to be dead.
    return !request.content && (request.method == Method::get || request.method == Method::head ||
                                request.method == Method::put || request.method == Method::remove);
}

std::string format_request_head(const ClientRequest& request, const Url& url)
{
    std::string head = std::string(format_method(request.method)) + ' ' + url.target + " HTTP/1.1\r\nHost: ";
    const std::string origin = format_origin(url);
    head += origin.substr(origin.find("//") + 2) + "\r\n";
    for (const auto& [name, value] : request.headers.all()) head += name + ": " + value + "\r\n";
    const std::uint64_t size = request.content ? request.content_size : request.body.size();
    const bool says_length = size > 0 || (request.method != Method::get && request.method != Method::head);
    if (says_length) head += "Content-Length: " + std::to_string(size) + "\r\n";
    return head + "\r\n";
}

// For connecting to the first of so many addresses: one that swallows every packet leaves time for those behind it.
Deadline find_share(Deadline deadline, std::size_t addresses_left)
{
    if (addresses_left <= 1) return deadline;
    const SteadyClock::duration even = (deadline.at() - SteadyClock::now()) / static_cast<SteadyClock::rep>(addresses_left);
    return Deadline::after(std::min<SteadyClock::duration>(even, most_for_address));
}

bool has_line_break(const Headers& headers)
{
    return std::any_of(headers.all().begin(), headers.all().end(), [](const auto& field) {
        return field.first.find_first_of("\r\n") != std::string::npos || field.second.find_first_of("\r\n") != std::string::npos;
    });
}

Task<Result<>> write_content(net::ByteStream& stream, ClientRequest& request, Deadline deadline)
{
    const ContentPace limits = request.content_pace.value_or(ContentPace());
    const async::Pace pace(limits.grace, limits.least_per_second);
    std::uint64_t sent = 0;
    while (true) {
        SEALPOST_CO_TRY(const std::string piece, co_await request.content->next());
        if (piece.empty()) break;
        if (piece.size() > request.content_size - sent)
            co_return Error{Fault::give_up, "the content is longer than was announced"};
        if (request.content_pace) deadline = Deadline::after(limits.grace).or_sooner(pace.deadline(sent));
        sent += piece.size();
        // What there is room for is written at once, whatever the time.
        if (deadline.has_passed()) co_return Error{Fault::retry_later, "the content took too long"};
        SEALPOST_CO_CHECK(co_await stream.write(piece, deadline));
    }
    if (sent != request.content_size) co_return Error{Fault::give_up, "the content is shorter than was announced"};
    co_return Result<>();
}

// What a server speaks that is no HTTP: its first words tell an administrator which port it is.
Error with_first_words(Error error, std::string_view answer)
{
    constexpr std::size_t enough = 40;
    std::string words(answer.substr(0, std::min(answer.find_first_of("\r\n"), enough)));
    std::replace_if(
        words.begin(), words.end(), [](char c) { return c < ' ' || c > '~' || c == '"'; }, '?');
    error.text += "; the answer begins with \"" + words + '"';
    return error;
}

// One answer from the stream.
class AnswerReader {
public:
    AnswerReader(net::ByteStream& stream, const ClientRequest& request, Deadline deadline)
        : stream_(stream), head_only_(request.method == Method::head), most_(request.max_response_bytes), deadline_(deadline)
    {
        begin();
    }

    Task<Result<ClientResponse>> read()
    {
        std::string buffer;
        while (true) {
            SEALPOST_CO_CHECK(take(buffer));
            if (decoder_->is_done() && decoder_->status() >= 200) break;
            if (decoder_->is_done()) {  // RFC 9110 §15.2: interim answers are passed over
                begin();
                continue;
            }
            std::string piece(read_bytes, '\0');
            SEALPOST_CO_TRY(const std::size_t count, co_await stream_.read_some(piece, deadline_));
            if (count == 0) {
                SEALPOST_CO_CHECK(decoder_->feed_end());
                has_closed_ = true;
                break;
            }
            has_begun_ = true;
            buffer.append(piece, 0, count);
            if (!decoder_->has_head() && buffer.size() > max_response_header_bytes)
                co_return Error{Fault::peer_broke_it, "the header of the answer is too long"};
        }
        SEALPOST_CO_CHECK(take(buffer));
        may_reuse_ = decoder_->keeps_alive() && !has_closed_ && buffer.empty();
        co_return ClientResponse{decoder_->status(), decoder_->take_headers(), std::move(body_)};
    }

    void wait_until(Deadline deadline) { deadline_ = deadline; }
    [[nodiscard]] bool has_begun() const { return has_begun_; }
    [[nodiscard]] bool may_reuse() const { return may_reuse_; }

private:
    void begin() { decoder_ = std::make_unique<ResponseDecoder>(max_response_header_bytes, head_only_); }

    Result<> take(std::string& buffer)
    {
        auto used = decoder_->feed(buffer);
        if (!used) return decoder_->has_head() ? used.error() : with_first_words(used.error(), buffer);
        buffer.erase(0, *used);
        body_ += decoder_->take_body();
        if (body_.size() > most_) return Error{Fault::peer_broke_it, "the answer is larger than we take"};
        return {};
    }

    net::ByteStream& stream_;
    bool head_only_;
    std::size_t most_;
    Deadline deadline_;
    std::unique_ptr<ResponseDecoder> decoder_;
    std::string body_;
    bool has_begun_ = false;
    bool has_closed_ = false;
    bool may_reuse_ = false;
};

}  // namespace

struct HttpClient::State {
    ClientOptions options;
    std::mutex lock;
    std::list<Idle> idle;  // under lock; the oldest first

    Stream take_idle(const Place& place)
    {
        close_old_of(place.worker);
        const std::lock_guard hold(lock);
        const auto newest = std::find_if(idle.rbegin(), idle.rend(), [&](const Idle& one) { return one.place == place; });
        if (newest == idle.rend()) return nullptr;
        Stream stream = std::move(newest->stream);
        idle.erase(std::next(newest).base());
        return stream;
    }

    void keep(const Place& place, Stream stream)
    {
        close_old_of(place.worker);
        std::list<Idle> gone;  // closed outside the lock
        const std::lock_guard hold(lock);
        const auto is_of = [&](const Idle& one) { return one.place == place; };
        if (std::cmp_greater_equal(std::count_if(idle.begin(), idle.end(), is_of), options.max_idle_per_origin)) return;
        idle.push_back({place, std::move(stream), SteadyClock::now()});
        const auto is_here = [&](const Idle& one) { return one.place.worker == place.worker; };
        if (std::cmp_greater(std::count_if(idle.begin(), idle.end(), is_here), options.max_idle))
            gone.splice(gone.end(), idle, std::find_if(idle.begin(), idle.end(), is_here));
    }

    // Of whatever origin: one that is never asked again would keep its connection, and a descriptor, for good.
    void close_old_of(const void* worker)
    {
        const auto oldest = SteadyClock::now() - options.max_idle_time;
        close_those([&](const Idle& one) { return one.place.worker == worker && one.since < oldest; });
    }

    template <class Chosen>
    void close_those(Chosen is_chosen)
    {
        std::list<Idle> gone;  // closed outside the lock
        const std::lock_guard hold(lock);
        for (auto at = idle.begin(); at != idle.end();) {
            const auto next = std::next(at);
            if (is_chosen(*at)) gone.splice(gone.end(), idle, at);
            at = next;
        }
    }

    Task<Result<std::vector<IpAddress>>> find_hosts(const Url& url, Deadline deadline)
    {
        if (const auto literal = parse_ip(url.host)) co_return std::vector<IpAddress>{*literal};
        if (!options.resolver) co_return Error{Fault::config, "no resolver to find " + url.host};
        auto found = co_await dns::find_addresses(*options.resolver, url.host, deadline);
        if (found.status == dns::Status::found) co_return std::move(found.addresses);
        const bool passes = found.status == dns::Status::temporary;
        co_return Error{passes ? Fault::retry_later : Fault::give_up, "no address found for " + url.host};
    }

    Task<Result<Stream>> secure(std::unique_ptr<net::TcpStream> plain, const Url& url, Deadline deadline)
    {
        SEALPOST_CO_TRY(auto stream, co_await tls::connect_tls(std::move(plain), options.trust, url.host, deadline));
        const auto& proof = stream->proof();
        if (!proof.verified())
            co_return Error{Fault::denied, "the server does not prove to be " + url.host + ": " + proof.problem};
        co_return Stream(std::move(stream));
    }

    Task<Result<Stream>> open(const Url& url, Deadline deadline)
    {
        if (url.tls && !options.trust) co_return Error{Fault::config, "no trusted authorities for " + format_origin(url)};
        if (!url.tls && !options.allow_plain_http)
            co_return Error{Fault::denied, "plain http is not allowed: " + format_origin(url)};
        SEALPOST_CO_TRY(const auto hosts, co_await find_hosts(url, deadline));
        Error problem{Fault::retry_later, "no address"};
        // Of a host that answers and does not prove its name it says more than of one that does not listen.
        const auto note = [&problem](Error error) {
            if (problem.fault != Fault::denied) problem = std::move(error);
        };
        for (std::size_t i = 0; i < hosts.size(); ++i) {
            const auto& host = hosts[i];
            const Deadline share = find_share(deadline, hosts.size() - i);
            if (options.may_connect && !options.may_connect(host)) {
                note({Fault::give_up, format_ip(host) + " is no address to connect to"});
                continue;
            }
            auto plain = co_await net::connect({host, url.port}, std::nullopt, share);
            if (plain.has_value() && !url.tls) co_return Stream(std::move(*plain));
            if (plain.has_value()) {
                auto stream = co_await secure(std::move(*plain), url, share);
                if (stream.has_value()) co_return std::move(*stream);
                note(stream.error());
            } else {
                note(plain.error());
            }
        }
        co_return problem.in(format_origin(url));
    }

    // `worn_out`: a kept connection was dead before it answered anything.
    Task<Result<ClientResponse>> talk(ClientRequest& request, const Url& url, Stream& stream, Deadline deadline, bool& worn_out)
    {
        worn_out = true;
        std::string head = format_request_head(request, url);
        if (!request.content) head += request.body;
        SEALPOST_CO_CHECK(co_await stream->write(head, deadline));
        AnswerReader reader(*stream, request, deadline);
        if (request.content) {
            auto written = co_await write_content(*stream, request, deadline);
            // A server that refuses the content says why and stops reading: then its answer counts.
            if (written.has_error() && written.error().fault != Fault::retry_later) co_return written.error();
            if (request.content_pace) reader.wait_until(Deadline::after(request.content_pace->grace));
        }
        auto answer = co_await reader.read();
        worn_out = answer.has_error() && !reader.has_begun();
        if (!reader.may_reuse()) stream->close(), stream.reset();
        co_return answer;
    }
};

HttpClient::HttpClient(ClientOptions options) : state_(std::make_shared<State>()) { state_->options = std::move(options); }
HttpClient::~HttpClient() = default;

std::size_t HttpClient::idle_connections() const
{
    const std::lock_guard hold(state_->lock);
    return state_->idle.size();
}

Task<void> HttpClient::close_idle()
{
    Executor executor = co_await async::this_executor();
    const void* worker = &executor.context();
    state_->close_those([worker](const Idle& one) { return one.place.worker == worker; });
}

Task<Result<ClientResponse>> HttpClient::send(ClientRequest request, Deadline deadline)
{
    const auto state = state_;
    if (has_line_break(request.headers)) co_return Error{Fault::give_up, "a header field holds a line break"};
    SEALPOST_CO_TRY(const Url url, parse_url(request.url));
    Executor executor = co_await async::this_executor();
    const Place place{&executor.context(), format_origin(url)};
    Stream stream = is_repeatable(request) ? state->take_idle(place) : nullptr;
    bool worn_out = false;
    if (stream) {
        auto answer = co_await state->talk(request, url, stream, deadline, worn_out);
        if (answer.has_value() && stream) state->keep(place, std::move(stream));
        if (answer.has_value() || !worn_out || deadline.has_passed()) co_return answer;
    }
    SEALPOST_CO_TRY(stream, co_await state->open(url, deadline));
    auto answer = co_await state->talk(request, url, stream, deadline, worn_out);
    if (answer.has_value() && stream) state->keep(place, std::move(stream));
    if (answer.has_error()) co_return answer.error().in(format_origin(url));
    co_return answer;
}

}  // namespace sealpost::http
