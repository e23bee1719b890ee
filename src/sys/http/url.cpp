#include "base/text.hpp"
#include "sys/http/client.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>

namespace sealpost::http {
namespace {

Result<std::uint16_t> choose_port(const boost::urls::url_view& url, bool tls)
{
    if (!url.has_port() || url.port().empty()) return static_cast<std::uint16_t>(tls ? 443 : 80);
    const auto port = parse_decimal(std::string_view(url.port().data(), url.port().size()));
    if (!port || *port == 0 || *port > 65535) return Error{Fault::give_up, "the port of the URL is out of range"};
    return static_cast<std::uint16_t>(*port);
}

// Names and addresses only. A percent-encoded host may decode to anything, a line break included.
bool is_host(std::string_view host)
{
    if (parse_ip(host)) return true;
    return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
        const char lower = ascii_lower(c);
        return (lower >= 'a' && lower <= 'z') || is_ascii_digit(c) || c == '.' || c == '-' || c == '_';
    });
}

}  // namespace

Result<Url> parse_url(std::string_view text)
{
    const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
    if (!parsed) return Error{Fault::give_up, "not a URL: " + parsed.error().message()};
    const auto& url = *parsed;
    const bool tls = url.scheme_id() == boost::urls::scheme::https;
    if (!tls && url.scheme_id() != boost::urls::scheme::http) return Error{Fault::give_up, "only http and https URLs are known"};
    if (url.has_userinfo() || url.has_fragment())
        return Error{Fault::give_up, "a URL with a user name or a fragment is not taken"};
    const auto host = url.host_address();
    if (!is_host({host.data(), host.size()})) return Error{Fault::give_up, "the URL names no host"};
    SEALPOST_TRY(const auto port, choose_port(url, tls));
    const auto target = url.encoded_target();
    std::string path(target.data(), target.size());
    if (path.empty() || path.front() != '/') path.insert(0, "/");
    return Url{tls, ascii_lower(std::string_view(host.data(), host.size())), port, std::move(path)};
}

std::string format_origin(const Url& url)
{
    const bool is_v6 = url.host.find(':') != std::string::npos;
    std::string origin = (url.tls ? "https://" : "http://") + (is_v6 ? "[" + url.host + "]" : url.host);
    if (url.port != (url.tls ? 443 : 80)) origin += ":" + std::to_string(url.port);
    return origin;
}

}  // namespace sealpost::http
