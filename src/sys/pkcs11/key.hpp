// pkcs11: a secret key that lives in a hardware security module and never leaves it, reached through the module that
// the maker gives (PKCS#11 2.40). It seals and opens a few octets by AES-256-GCM.
// Everything blocks, over a network for 10 to 50 ms and, when the device is away, for as long as its module likes: call
// from threads that may wait. Any thread may call; there are as many sessions as calls at once.
// Fault::retry_later: the token is away or busy; it is looked for again, at most every few seconds. Fault::config: the
// operator has to do something (module, key, PIN). A PIN that was refused is not tried again by this process.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "sys/pkcs11/key_uri.hpp"

#include <memory>

namespace sealpost::pkcs11 {

class Module;

// The modules of a process: keys behind the same one share it.
class Modules {
public:
    Modules();
    ~Modules();
    Modules(const Modules&) = delete;
    Modules& operator=(const Modules&) = delete;
    Result<std::shared_ptr<Module>> load(const std::filesystem::path& path);

private:
    struct Loaded;
    std::unique_ptr<Loaded> loaded_;
};

class Key {
public:
    static constexpr std::size_t nonce_bytes = 12;
    static constexpr std::size_t tag_bytes = 16;

    // Signs in and finds the key: AES of 256 bits, for encryption and decryption, sensitive, and not extractable.
    static Result<std::shared_ptr<Key>> open(Modules& modules, KeyUri uri);
    ~Key();
    Key(const Key&) = delete;
    Key& operator=(const Key&) = delete;

    // The ciphertext with its tag. A nonce is never used twice with a key.
    Result<Bytes> seal(ByteView nonce, ByteView bound, ByteView text);
    // Fault::denied: these octets were not sealed by this key with that nonce and `bound`.
    Result<Secret> open_sealed(ByteView nonce, ByteView bound, ByteView sealed);

    [[nodiscard]] const std::string& name() const;

private:
    struct State;
    explicit Key(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace sealpost::pkcs11
