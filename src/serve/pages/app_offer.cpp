#include "serve/pages/app_offer.hpp"

#include "base/base32.hpp"
#include "base/text.hpp"
#include "sys/http/client.hpp"
#include "sys/http/message.hpp"

namespace sealpost::pages {

boost::json::object format_app_offer(std::string_view origin, std::string_view owner, ByteView secret)
{
    const auto url = http::parse_url(origin);
    const std::string service = http::encode_percent(url ? url->host : std::string());
    const std::string text = ascii_upper(format_base32(secret));  // as apps and RFC 4648 write it
    std::string label = service;
    if (!owner.empty()) label += ':' + http::encode_percent(owner);
    boost::json::object offer;
    offer["secret"] = text;
    offer["uri"] = "otpauth://totp/" + label + "?secret=" + text + "&issuer=" + service + "&algorithm=SHA1&digits=6&period=30";
    return offer;
}

}  // namespace sealpost::pages
