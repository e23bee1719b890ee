#include "wire/mail/trace.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "sys/crypto/random.hpp"
#include "wire/mail/utf8.hpp"

#include <algorithm>

namespace sealpost::mail {
namespace {

// RFC 3848, RFC 6531 §4.3: the words for "with".
std::string protocol_word(const ReceivedFacts& facts)
{
    if (!facts.extended) return "SMTP";
    std::string word = facts.smtputf8 ? "UTF8SMTP" : "ESMTP";
    if (!facts.tls_protocol.empty()) word += 'S';
    if (facts.authenticated) word += 'A';
    return word;
}

// What the other side says goes into a structured field: only what a host name or address can hold.
std::string safe_word(std::string_view text)
{
    std::string out;
    for (const char c : text.substr(0, 255)) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet >= 0x80 || (octet > 32 && octet != 127 && std::string_view("()<>@,;\\\"").find(c) == std::string_view::npos))
            out += c;
    }
    out = clean_utf8(out, Controls::none);
    return out.empty() ? "unknown" : out;
}

std::string literal(std::string_view address)
{
    return address.find(':') == std::string_view::npos ? "[" + safe_word(address) + "]" : "[IPv6:" + safe_word(address) + "]";
}

}  // namespace

std::string make_message_id(std::string_view domain)
{
    return "<" + format_hex(crypto::random_bytes(16)) + "@" + safe_word(domain) + ">";
}

std::string format_received(const ReceivedFacts& facts)
{
    std::string out = "Received: from " + safe_word(facts.helo) + " (";
    if (!facts.host.empty()) out += safe_word(facts.host) + " ";
    out += literal(facts.address) + ")\r\n";
    if (!facts.tls_protocol.empty())
        out += "\t(using " + safe_word(facts.tls_protocol) + " with cipher " + safe_word(facts.tls_cipher) + ")\r\n";
    out += "\tby " + safe_word(facts.by) + " with " + protocol_word(facts) + " id " + safe_word(facts.id);
    // RFC 5321 §7.6: naming one recipient of several would tell the others.
    if (!facts.recipient.empty() && is_ascii(facts.recipient) && facts.recipient.find_first_of("\r\n<>") == std::string::npos)
        out += "\r\n\tfor <" + facts.recipient + ">";
    return out + ";\r\n\t" + format_rfc5322_date(facts.at) + "\r\n";
}

}  // namespace sealpost::mail
