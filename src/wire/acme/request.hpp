#pragma once

#include "wire/acme/account_key.hpp"

#include <vector>

namespace sealpost::acme {

inline constexpr std::string_view jose_content_type = "application/jose+json";  // RFC 8555 §6.2

struct Signing {
    std::string url;          // that the request goes to
    std::string nonce;        // of the last answer
    std::string account_url;  // empty: the key itself identifies it (newAccount)
};

// A flattened JWS (RFC 7515 §7.2.2) over the payload; an empty payload is POST-as-GET (RFC 8555 §6.3).
[[nodiscard]] Result<std::string> sign_request(const AccountKey& key, const Signing& signing, std::string_view payload);

[[nodiscard]] std::string format_new_account(const std::string& contact);  // a mail address, or empty; agrees to the terms
[[nodiscard]] std::string format_new_order(const std::vector<std::string>& names);
inline constexpr std::string_view challenge_payload = "{}";  // §7.5.1: respond
// The certificate request for the names, signed with its key.
[[nodiscard]] Result<std::string> format_finalize(const std::vector<std::string>& names, const crypto::PrivateKey& key);

}  // namespace sealpost::acme
