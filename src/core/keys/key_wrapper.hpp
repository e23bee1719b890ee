#pragma once

#include "core/keys/envelope.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::keys {

// What stands in the store of an identity (doc/spec/keys.md, "Wrapping").
struct Wrapped {
    int kek_version = 0;
    Bytes nonce;
    Bytes sealed;

    bool operator==(const Wrapped&) const = default;
};

struct Unwrapped {
    Secret identity;
    std::string subject;
};

// What a store remembers of a version of the key-encryption key, to know it again.
struct KnownVersion {
    int number = 0;
    Bytes check_value;
    std::string name;  // of a key in a token, for people; empty: in a key file
};

// What wraps the keys of envelopes: a key file, a key in a token, or one of them and what wrapped before it. After
// recognise() any thread may call. All may block: a token answers over a network, or not at all.
// Fault::retry_later: a token is away. Fault::config: a key is missing, or record and wrapped octets do not belong together.
class KeyWrapper {
public:
    KeyWrapper() = default;
    KeyWrapper(const KeyWrapper&) = delete;
    KeyWrapper& operator=(const KeyWrapper&) = delete;
    virtual ~KeyWrapper() = default;

    // Finds its versions among those that the store knows; answers those that the store has to remember from now on.
    // A key in a token that the store does not know gets a number only when it `may_introduce` itself.
    virtual Result<std::vector<KnownVersion>> recognise(const std::vector<KnownVersion>& known, bool may_introduce) = 0;
    // Fault::config: not at hand.
    virtual Result<> need(int version) = 0;
    // Of what wraps now; 0: a key that the store does not know yet.
    [[nodiscard]] virtual int newest() const = 0;
    [[nodiscard]] virtual int oldest() const = 0;
    // A key for another purpose ("people codes"), from the oldest version, so that it survives rotation.
    [[nodiscard]] virtual Secret derive(std::string_view purpose) const = 0;

    virtual Result<Wrapped> wrap(const Policy& policy, const Secret& identity, std::string_view subject) = 0;
    virtual Result<Unwrapped> unwrap(const Policy& policy, const Wrapped& wrapped) = 0;
    // Whether what it needs answers.
    virtual Result<> probe() = 0;
};

}  // namespace sealpost::keys
