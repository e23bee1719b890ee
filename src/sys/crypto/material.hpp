// material: certificates and keys as people have them in files, and the order that a server sends them in.
//
//   auto read = read_material(bytes, password);       PEM, DER, PKCS#7 or PKCS#12: what is it, what is in it?
//   auto chain = arrange(read->certificates, &*read->key);  leaf first, then its issuers, without the root
//
// Nothing is verified here against trust or a date (x509_check.hpp does), except that each certificate of a
// chain is signed by the next. Both answer a MaterialError when they refuse: an Error, always Fault::config,
// with the problem as a value, for words in the reader's language and for tests. SEALPOST_TRY takes it as any
// other. Key derivation is bounded, but may take a second: call from the blocking pool.
#pragma once

#include "sys/crypto/x509.hpp"

namespace sealpost::crypto {

inline constexpr std::size_t max_material_bytes = 256 * 1024;
inline constexpr std::size_t max_password_bytes = 1024;

enum class MaterialProblem {
    too_large,        // more than max_material_bytes, or than max_chain_certificates certificates
    not_understood,   // neither certificates nor keys in a form that is known
    damaged,          // a part says what it is, and is not; `text` says which
    password_needed,  // the key, or all of a PKCS#12 file, is encrypted, and no password was given
    wrong_password,
    unsupported_cipher,  // encrypted with something that this machine's OpenSSL has not, or too many rounds
    two_keys,            // more than one private key
    no_certificate,
    two_leaves,      // more than one certificate could be the server's; `text` names them
    key_of_another,  // the key belongs to none of the certificates; `text` names them
};

struct MaterialError : Error {
    MaterialProblem problem = MaterialProblem::not_understood;
};
template <class T>
using MaterialResult = boost::system::result<T, MaterialError>;

// In the order of the file, each certificate once. There is a certificate or a key, perhaps both.
struct Material {
    std::vector<Certificate> certificates;
    std::optional<PrivateKey> key;
};

// PEM: certificates, PKCS#7 and at most one private key in any order, with any text between; other parts, such
// as requests and parameters, are passed over. DER: a certificate, a private key, PKCS#7 (certificates only), or
// PKCS#12. `password` (null: none) opens an encrypted key or PKCS#12; it is not looked at where nothing is encrypted.
[[nodiscard]] MaterialResult<Material> read_material(ByteView bytes, const Secret* password = nullptr);

// How often a password may still be hashed to make keys of it: chosen by who made the file, so bounded, for all parts of
// a file together, and for all files that are given together. One of scrypt counts N·r·p.
struct DerivationBudget {
    std::uint64_t rounds = 5'000'000;
};
[[nodiscard]] MaterialResult<Material> read_material(ByteView bytes, const Secret* password, DerivationBudget& budget);

struct Arranged {
    std::vector<Certificate> chain;      // as a server sends it: leaf, its issuer, … without a root
    std::vector<Certificate> roots;      // left out: clients have them or do not trust them
    std::vector<Certificate> unrelated;  // left out: they issued nothing in the chain
};

// The leaf is the certificate that `key` belongs to (among several, such as a self-signed one and its successor,
// the one that an authority signed); without a key (null) the only one that is no authority, or issued no other.
[[nodiscard]] MaterialResult<Arranged> arrange(std::vector<Certificate> certificates, const PrivateKey* key);

}  // namespace sealpost::crypto
