// mail: addresses, header blocks, MIME, delivery status notifications and trace lines. What is on
// the wire and nothing else: no I/O, no clock (times come in), no policy. GMime and libidn2 are used
// inside and do not show. Everything from outside has a limit; bad bytes are Fault::peer_broke_it.
#pragma once

#include "base/result.hpp"

#include <compare>
#include <string>
#include <string_view>

namespace sealpost::mail {

// RFC 5321 §4.5.3.1.1 and §4.5.3.1.2, in octets.
inline constexpr std::size_t max_local_bytes = 64;
inline constexpr std::size_t max_domain_bytes = 255;

// RFC 5321 §2.3.11: the local part is kept unquoted, its case untouched; the domain is a lower-case
// A-label name, or an address literal in its shortest form ("[192.0.2.1]", "[IPv6:2001:db8::1]"). Both empty is
// the null reverse-path "<>".
struct Mailbox {
    std::string local;
    std::string domain;

    [[nodiscard]] bool empty() const { return local.empty() && domain.empty(); }
    [[nodiscard]] bool is_literal() const { return !domain.empty() && domain.front() == '['; }
    friend bool operator==(const Mailbox&, const Mailbox&) = default;
    friend auto operator<=>(const Mailbox&, const Mailbox&) = default;
};

enum class Smtputf8 { refused, allowed };

// "a@b", "\"a b\"@b", "a@[192.0.2.1]". A local part with C1 controls, line ends of Unicode, marks of a direction or characters
// without a width is refused. U-label domains are turned into A-labels (when UTF-8 is allowed).
[[nodiscard]] Result<Mailbox> parse_mailbox(std::string_view text, Smtputf8 utf8 = Smtputf8::allowed);

// RFC 5321 §4.1.2 Path: "<a@b>", "<@relay,@relay2:a@b>" (source route dropped), "<>" (empty), and
// "<Postmaster>" (local only, empty domain). Where the domain may lack, "<anna>" gives the local part only, too: some
// programs leave it to their server to complete their addresses.
enum class Domain { needed, may_lack };
[[nodiscard]] Result<Mailbox> parse_path(std::string_view text, Smtputf8 utf8 = Smtputf8::allowed,
                                         Domain domain = Domain::needed);

[[nodiscard]] std::string format_mailbox(const Mailbox& mailbox);  // quotes the local part where it must
[[nodiscard]] std::string format_path(const Mailbox& mailbox);     // "<a@b>", "<>"

// Of an address that was taken as one before, as text.
[[nodiscard]] std::string domain_of(std::string_view address);  // lower case; empty without one
[[nodiscard]] bool is_postmaster(std::string_view address);     // of whatever domain, or of none

// A host name to lower-case A-labels (IDNA 2008), checked for letters, digits, hyphens and lengths.
// A final dot is refused.
[[nodiscard]] Result<std::string> parse_domain(std::string_view text, Smtputf8 utf8 = Smtputf8::allowed);
[[nodiscard]] std::string format_domain_for_people(std::string_view a_labels);  // U-labels, or as it came

}  // namespace sealpost::mail
