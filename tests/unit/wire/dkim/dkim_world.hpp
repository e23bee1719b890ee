// Messages, keys and a resolver for the tests of wire/dkim.
#pragma once

#include "base/text.hpp"
#include "sys/async/wait.hpp"
#include "sys/dns/canned_resolver.hpp"
#include "wire/dkim/signer.hpp"
#include "wire/dkim/verifier.hpp"
#include "wire/mail/header_block.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace sealpost::dkim {

inline const WallTime noon = parse_rfc3339("2026-11-01T12:00:00Z").value();

inline const crypto::PrivateKey& rsa_key()
{
    static const auto key = crypto::PrivateKey::make_rsa(least_key_bits).value();
    return key;
}

inline const crypto::PrivateKey& ed25519_key()
{
    static const auto key = crypto::PrivateKey::make_ed25519().value();
    return key;
}

inline SigningKey signing_key(const crypto::PrivateKey& key, const std::string& selector, const std::string& domain = "acme.test")
{
    return SigningKey::make(domain, selector, key.to_pem()).value();
}

// The zone in which s1 is the RSA key and e1 the Ed25519 key of acme.test; arc the RSA key of other domains.
inline std::string key_zone()
{
    return "s1._domainkey.acme.test TXT " + format_record(rsa_key()) + "\ne1._domainkey.acme.test TXT " +
           format_record(ed25519_key()) + "\narc._domainkey.list.test TXT " + format_record(rsa_key()) +
           "\narc._domainkey.forward.test TXT " + format_record(rsa_key()) + '\n';
}

// A message with CRLF as fields and body.
struct Message {
    std::vector<std::string> fields;
    std::string body;

    static Message parse(const std::string& text)
    {
        const std::size_t end = mail::find_end_of_head(text).value();
        Message message;
        const auto head = mail::HeaderBlock::parse(std::string_view(text).substr(0, end)).value();
        for (const auto& field : head.fields()) message.fields.push_back(field.raw);
        message.body = text.substr(end);
        return message;
    }

    [[nodiscard]] Message with(const std::string& fields_before) const { return parse(fields_before + text()); }

    [[nodiscard]] std::string text() const
    {
        std::string all;
        for (const auto& field : fields) all += field;
        return all + "\r\n" + body;
    }
};

// Gives a message to a Signer, Verifier or ChainSealer: the body in pieces of that size.
template <class Reader>
void feed(Reader& reader, const Message& message, std::size_t piece_bytes = 4096)
{
    for (const auto& field : message.fields) static_cast<void>(reader.append_field(field));
    static_cast<void>(reader.end_head());
    for (std::string_view rest = message.body; !rest.empty(); rest.remove_prefix(std::min(piece_bytes, rest.size())))
        reader.append_body(rest.substr(0, piece_bytes));
}

template <class T>
T wait_for(Task<T> task)
{
    return async::wait_here(std::move(task));
}

inline MessageReport verify(const Message& message, const std::string& zone, WallTime now = noon, std::size_t piece_bytes = 4096)
{
    dns::CannedResolver resolver(zone);
    auto verifier = Verifier::begin(now);
    feed(verifier, message, piece_bytes);
    return wait_for(verifier.finish(resolver, Deadline::never()));
}

// The verdict of the only signature.
inline Verdict verdict_of(const Message& message, const std::string& zone = key_zone())
{
    const auto report = verify(message, zone);
    return report.signatures.size() == 1 ? report.signatures[0].verdict : Verdict::none;
}

inline std::string sign(const Message& message, std::vector<SigningKey> keys, std::size_t piece_bytes = 4096)
{
    SigningOptions options;
    options.now = noon;
    auto signer = Signer::begin(std::move(keys), std::move(options));
    feed(signer, message, piece_bytes);
    return signer.finish().value();
}

inline std::string to_crlf(std::string_view text)
{
    std::string out;
    for (const char c : text) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
    return out;
}

inline std::string read_file(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

}  // namespace sealpost::dkim
