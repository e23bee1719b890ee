#include "wire/smtp/sasl.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace sealpost::smtp {
namespace {

SaslStep refuse(int code, std::string_view enhanced, std::string_view text) { return SaslRefusal{{code, enhanced, text}}; }

// RFC 4616 §2: [authzid] NUL authcid NUL passwd.
SaslStep parse_plain(const Secret& message)
{
    const std::string_view text = message.reveal_text();
    const std::size_t first = text.find('\0');
    const std::size_t second = first == std::string_view::npos ? first : text.find('\0', first + 1);
    const bool shaped = second != std::string_view::npos && text.find('\0', second + 1) == std::string_view::npos;
    if (!shaped || second == first + 1 || second + 1 == text.size())
        return refuse(501, "5.5.2", "The PLAIN response is malformed");
    return SaslCredentials{std::string(text.substr(first + 1, second - first - 1)), Secret::copy_of(text.substr(second + 1)),
                           std::string(text.substr(0, first))};
}

}  // namespace

SaslStep SaslServer::begin(std::string_view argument)
{
    const std::size_t end = std::min(argument.find(' '), argument.size());
    const std::string_view mechanism = argument.substr(0, end);
    const std::string_view initial = argument.substr(std::min(end + 1, argument.size()));
    user_.clear();
    if (iequals(mechanism, "PLAIN")) {
        wanted_ = Wanted::plain;
        if (initial.empty()) return SaslChallenge{{334, "", ""}};
    } else if (iequals(mechanism, "LOGIN")) {
        wanted_ = Wanted::login_user;
        if (initial.empty()) return SaslChallenge{{334, "", "VXNlcm5hbWU6"}};  // "Username:"
    } else {
        return refuse(504, "5.5.4", "Use AUTH PLAIN or AUTH LOGIN");
    }
    return take_response(initial == "=" ? std::string_view() : initial);  // RFC 4954 §4: "=" is an empty response
}

SaslStep SaslServer::take_line(std::string_view line)
{
    if (line == "*") return refuse(501, "5.7.0", "Authentication cancelled");  // RFC 4954 §4
    return take_response(line);
}

SaslStep SaslServer::take_response(std::string_view base64)
{
    auto decoded = parse_base64(base64);
    if (!decoded) return refuse(501, "5.5.2", "The response is not base64");
    Secret response(std::move(*decoded));
    if (wanted_ == Wanted::plain) return parse_plain(response);
    if (response.reveal_text().find('\0') != std::string_view::npos) return refuse(501, "5.5.2", "The response holds a NUL");
    if (wanted_ == Wanted::login_user) {
        if (response.empty()) return refuse(501, "5.5.2", "The user name is empty");
        user_ = response.reveal_text();
        wanted_ = Wanted::login_password;
        return SaslChallenge{{334, "", "UGFzc3dvcmQ6"}};  // "Password:"
    }
    return SaslCredentials{std::exchange(user_, {}), std::move(response), {}};
}

Secret format_plain(std::string_view user, const Secret& password)
{
    Bytes message;
    message.reserve(user.size() + password.size() + 2);
    message.push_back(0);
    const ByteView name = as_bytes(user);
    message.insert(message.end(), name.begin(), name.end());
    message.push_back(0);
    const ByteView octets = password.reveal();
    message.insert(message.end(), octets.begin(), octets.end());
    const Secret plain(std::move(message));
    std::string encoded = format_base64(plain.reveal());
    Secret response = Secret::copy_of(encoded);
    volatile char* trace = encoded.data();
    for (std::size_t i = 0; i < encoded.size(); ++i) trace[i] = 0;
    return response;
}

}  // namespace sealpost::smtp
