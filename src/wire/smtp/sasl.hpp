#pragma once

#include "base/secret.hpp"
#include "wire/smtp/reply.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sealpost::smtp {

struct SaslCredentials {
    std::string user;
    Secret password;
    std::string acting_for;  // the authorization identity of PLAIN; mostly empty
};
struct SaslChallenge {
    Reply reply;
};  // 334
struct SaslRefusal {
    Reply reply;
};  // 501, 504
using SaslStep = std::variant<SaslCredentials, SaslChallenge, SaslRefusal>;

// AUTH PLAIN (RFC 4616) and AUTH LOGIN, as RFC 4954 carries them.
class SaslServer {
public:
    [[nodiscard]] SaslStep begin(std::string_view argument);  // "PLAIN", "PLAIN AGFs…", "LOGIN"
    [[nodiscard]] SaslStep take_line(std::string_view line);  // the client's answer to a challenge

private:
    enum class Wanted { plain, login_user, login_password };
    SaslStep take_response(std::string_view base64);
    Wanted wanted_ = Wanted::plain;
    std::string user_;
};

// The initial response of AUTH PLAIN, base64. The caller wipes what it writes.
[[nodiscard]] Secret format_plain(std::string_view user, const Secret& password);

}  // namespace sealpost::smtp
