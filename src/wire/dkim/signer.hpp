// dkim: signs messages (RFC 6376): relaxed/relaxed, rsa-sha256, From signed once more than it stands
// there, so that nobody can add a second one. Sans I/O: fields and body come in pieces of any size, the
// signature field comes out; nothing of the body is kept. libopendkim does the work. Ed25519 (RFC 8463)
// waits for a library that has it: Debian's is built without. A SigningKey may be shared by threads, a
// Signer belongs to one. A failure says what was wrong with the message or the key, never the key.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "sys/crypto/x509.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace sealpost::dkim {

// RFC 8301 §3.2: "Signers MUST use RSA keys of at least 1024 bits for all keys. Signers SHOULD use RSA
// keys of at least 2048 bits."
inline constexpr int made_key_bits = 2048;
inline constexpr int least_key_bits = 1024;
inline constexpr int most_key_bits = 4096;  // the most that RFC 8301 asks verifiers to take

class SigningKey {
public:
    // An RSA key in PEM without a passphrase. Fault::config says what is wrong with it.
    [[nodiscard]] static Result<SigningKey> make(std::string domain, std::string selector, const Secret& pem);

    [[nodiscard]] const std::string& domain() const { return domain_; }  // lower case
    [[nodiscard]] const std::string& selector() const { return selector_; }

private:
    friend class Signer;
    struct State;
    SigningKey(std::string domain, std::string selector, std::shared_ptr<const State> state)
        : domain_(std::move(domain)), selector_(std::move(selector)), state_(std::move(state))
    {
    }

    std::string domain_;
    std::string selector_;
    std::shared_ptr<const State> state_;
};

// One message: every field, end_head(), the body, finish().
class Signer {
public:
    [[nodiscard]] static Result<Signer> begin(const SigningKey& key);

    [[nodiscard]] Result<> append_field(std::string_view raw);  // a whole field with its folds
    [[nodiscard]] Result<> end_head();                          // Fault::peer_broke_it without a From
    [[nodiscard]] Result<> append_body(std::string_view piece);
    [[nodiscard]] Result<std::string> finish();  // "DKIM-Signature: …\r\n", to stand before all other fields

private:
    struct State;
    explicit Signer(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
};

// What the domain publishes: the name s1._domainkey.acme.test and the TXT record there.
[[nodiscard]] std::string record_name(std::string_view domain, std::string_view selector);
[[nodiscard]] std::string format_record(const crypto::PrivateKey& key);
// The same as a line for a zone file, in strings of at most 255 octets.
[[nodiscard]] std::string format_zone_line(std::string_view name, std::string_view record);

}  // namespace sealpost::dkim
