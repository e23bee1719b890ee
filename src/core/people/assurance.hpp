#pragma once

#include <optional>
#include <string_view>

namespace sealpost::people {

// How sure we are who is there, weakest first; an envelope names the least it needs.
enum class Assurance {
    low,      // holds the link, nothing more
    mailbox,  // gave back a code that was mailed to the address
    account,  // gave the password as well
    strong,   // gave a passkey, or the password and a one-time code
};

[[nodiscard]] std::string_view format_assurance(Assurance assurance);  // "low" … "strong"
[[nodiscard]] std::optional<Assurance> parse_assurance(std::string_view text);

}  // namespace sealpost::people
