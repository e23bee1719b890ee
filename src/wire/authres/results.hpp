// authres: what was found out about a message, written into its head: Authentication-Results
// (RFC 8601) and Received-SPF (RFC 7208 §9.1), and forged ones of our name taken out. Text in, text
// out; everything that came from outside is quoted or left away, so nothing can be injected.
#pragma once

#include "base/result.hpp"
#include "wire/mail/header_block.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sealpost::authres {

inline constexpr std::size_t max_parsed_bytes = 64 * 1024;  // of a field's value; longer ones are refused
inline constexpr std::size_t max_methods = 100;             // the same
inline constexpr std::size_t max_value_bytes = 255;         // longer values of ours are cut

struct Property {
    std::string type;  // smtp | header | body | policy
    std::string name;  // mailfrom, helo, d, s, from …
    std::string value;
    friend bool operator==(const Property&, const Property&) = default;
};

// One "method=result" with its reason and properties.
struct MethodResult {
    std::string method;  // spf | dkim | dmarc | arc | iprev | auth
    std::string result;  // the method's word
    std::string reason;  // reason="…"; may be empty
    std::vector<Property> properties;

    [[nodiscard]] const std::string* find(std::string_view type, std::string_view name) const;  // null: it has none
    friend bool operator==(const MethodResult&, const MethodResult&) = default;
};

struct Results {
    std::string authserv_id;
    std::vector<MethodResult> methods;  // empty: "none"
    friend bool operator==(const Results&, const Results&) = default;
};

// The whole field, folded, ending in CRLF.
[[nodiscard]] std::string format_field(const Results& results);
// The value without the field name, one line: what ARC-Authentication-Results carries behind "i=N; ".
[[nodiscard]] std::string format_value(const Results& results);
// Fault::peer_broke_it with the position. Comments are skipped, and so are "action=none" and the like,
// which some receivers write between properties. Methods, results, types and names come in lower case.
[[nodiscard]] Result<Results> parse_value(std::string_view value);

// RFC 8601 §5: takes out every Authentication-Results field that claims one of our names, and those
// whose authserv-id cannot be read. Answers how many went.
std::size_t remove_forged(mail::HeaderBlock& head, const std::vector<std::string>& our_ids);

}  // namespace sealpost::authres
