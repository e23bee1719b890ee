// webauthn: what a browser answers for a passkey (W3C Web Authentication Level 2), taken apart and checked, by libfido2 and
// libcbor. No I/O, no state, no memory of challenges: the caller keeps those and says which one it expects. Attestation is not
// looked at. A refusal is a verdict, not a fault. Any thread may call.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sealpost::webauthn {

inline constexpr std::size_t max_client_data_bytes = 4096;
inline constexpr std::size_t max_attestation_bytes = 16384;
inline constexpr std::size_t max_authenticator_data_bytes = 4096;
inline constexpr std::size_t max_signature_bytes = 1024;
inline constexpr std::size_t max_credential_id_bytes = 1023;  // §6.5.1
inline constexpr std::size_t challenge_bytes = 32;

// COSE algorithm identifiers (RFC 9053, RFC 8812).
enum class Algorithm { es256 = -7, eddsa = -8, rs256 = -257 };

// As libfido2 holds them: x and y of P-256; Ed25519; modulus of 2048 bits and exponent.
struct PublicKey {
    Algorithm algorithm = Algorithm::es256;
    Bytes octets;
};

// Who we are.
struct RelyingParty {
    std::string id;      // "keys.test"
    std::string origin;  // "https://keys.test"
};

enum class Ceremony { create, get };  // as they are kept in stores: 0, 1

// §5.8.1: what the browser says about the ceremony.
struct ClientData {
    Ceremony ceremony = Ceremony::create;
    Bytes challenge;
    std::string origin;
    bool is_cross_origin = false;
};
[[nodiscard]] Result<ClientData> parse_client_data(std::string_view json);

enum class Refusal {
    malformed,
    wrong_ceremony,
    wrong_challenge,
    wrong_origin,
    wrong_relying_party,
    user_not_present,
    user_not_verified,
    unknown_key,
    wrong_signature,
};

struct Registration {
    Bytes credential_id;
    PublicKey key;
    std::uint32_t counter = 0;
};
struct RegistrationAnswer {
    std::string client_data;  // JSON
    Bytes attestation;        // CBOR
};
// §7.1, the steps that need no store.
[[nodiscard]] std::variant<Registration, Refusal> check_registration(const RelyingParty& party, ByteView challenge,
                                                                     const RegistrationAnswer& answer);

struct Assertion {
    std::uint32_t counter = 0;
};
struct AssertionAnswer {
    std::string client_data;
    Bytes authenticator_data;
    Bytes signature;
};
// §7.2, the steps that need no store.
[[nodiscard]] std::variant<Assertion, Refusal> check_assertion(const RelyingParty& party, ByteView challenge,
                                                               const PublicKey& key, const AssertionAnswer& answer);

}  // namespace sealpost::webauthn
