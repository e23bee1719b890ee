// dkim: signs and verifies messages (RFC 6376, with RFC 8301 and Ed25519 of RFC 8463) and their chains of
// custody (ARC, RFC 8617). Sans I/O: fields and body come in pieces of any size; nothing of the body is kept, only
// its hashes. A verifier asks for keys in its last step, all of them at once. Keys may be shared by threads; a
// Signer, Verifier or ChainSealer belongs to one. A verdict is a value; a Fault says what was wrong with a
// message or key of ours, never the key. doc/spec/dkim.md says what is signed and what the verdicts mean.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "sys/crypto/signature.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::dkim {

// RFC 8301 §3.2: "Signers MUST use RSA keys of at least 1024 bits for all keys. Signers SHOULD use RSA
// keys of at least 2048 bits."
inline constexpr int made_key_bits = 2048;
inline constexpr int least_key_bits = 1024;
inline constexpr int most_key_bits = 4096;  // the most that RFC 8301 asks verifiers to take

class SigningKey {
public:
    // An RSA or Ed25519 key in PEM without a passphrase. Fault::config says what is wrong with it.
    [[nodiscard]] static Result<SigningKey> make(std::string domain, std::string selector, const Secret& pem);

    [[nodiscard]] const std::string& domain() const { return domain_; }  // lower case
    [[nodiscard]] const std::string& selector() const { return selector_; }
    [[nodiscard]] crypto::SignatureKind kind() const { return kind_; }
    [[nodiscard]] const crypto::PrivateKey& key() const { return key_; }

private:
    SigningKey(std::string domain, std::string selector, crypto::SignatureKind kind, crypto::PrivateKey key)
        : domain_(std::move(domain)), selector_(std::move(selector)), kind_(kind), key_(std::move(key))
    {
    }

    std::string domain_;
    std::string selector_;
    crypto::SignatureKind kind_;
    crypto::PrivateKey key_;
};

struct SigningOptions {
    WallTime now{};                                // t=
    std::optional<std::chrono::seconds> lifetime;  // x=; absent: it does not expire
    std::string identity;                          // i=, within the domain of every key; empty: left away
};

// One message: every field, end_head(), the body, finish(). Each key makes a signature of its own.
class Signer {
public:
    [[nodiscard]] static Signer begin(std::vector<SigningKey> keys, SigningOptions options);

    [[nodiscard]] Result<> append_field(std::string_view raw);  // a whole field with its folds
    [[nodiscard]] Result<> end_head();                          // Fault::peer_broke_it without a From
    void append_body(std::string_view piece);
    // "DKIM-Signature: …\r\n" for each key, to stand before all other fields.
    [[nodiscard]] Result<std::string> finish();

private:
    struct State;
    explicit Signer(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
};

// What the domain publishes: the name s1._domainkey.acme.test and the TXT record there.
[[nodiscard]] std::string record_name(std::string_view domain, std::string_view selector);
[[nodiscard]] std::string format_record(const crypto::PrivateKey& key);

}  // namespace sealpost::dkim
