#include "wire/webauthn/webauthn.hpp"

#include "base/encoding.hpp"
#include "sys/crypto/digest.hpp"
#include "wire/webauthn/bounded_cbor.hpp"

#include <boost/json/parse.hpp>

#include <cbor.h>
#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>
#include <algorithm>
#include <memory>

namespace sealpost::webauthn {
namespace {

namespace json = boost::json;

// §6.1: 32 octets of rpIdHash, one of flags, four of signCount.
constexpr std::size_t flags_at = 32;
constexpr std::size_t least_authenticator_data_bytes = 37;
constexpr std::uint8_t flag_user_present = 0x01;
constexpr std::uint8_t flag_attested_credential = 0x40;
constexpr std::uint8_t flag_user_verified = 0x04;

Error bad(std::string_view what) { return {Fault::peer_broke_it, "client data: " + std::string(what)}; }

template <class T, void (*release)(T**)>
struct Releaser {
    void operator()(T* held) const { release(&held); }
};
template <class T, void (*release)(T**)>
using Holder = std::unique_ptr<T, Releaser<T, release>>;

struct ItemReleaser {
    void operator()(cbor_item_t* item) const { cbor_decref(&item); }
};

const std::string* find_text(const json::object& object, std::string_view name, std::string& place)
{
    const auto* value = object.if_contains(name);
    if (!value || !value->is_string()) return nullptr;
    place = value->get_string();
    return &place;
}

std::optional<Refusal> check_client_data(const RelyingParty& party, ByteView challenge, Ceremony ceremony, std::string_view text)
{
    const auto data = parse_client_data(text);
    if (!data) return Refusal::malformed;
    if (data->ceremony != ceremony) return Refusal::wrong_ceremony;
    if (!crypto::equal_in_constant_time(data->challenge, challenge)) return Refusal::wrong_challenge;
    if (data->origin != party.origin || data->is_cross_origin) return Refusal::wrong_origin;
    return std::nullopt;
}

std::optional<Refusal> check_authenticator_data(const RelyingParty& party, ByteView data)
{
    if (data.size() < least_authenticator_data_bytes || data.size() > max_authenticator_data_bytes) return Refusal::malformed;
    if (!std::ranges::equal(data.first(flags_at), crypto::sha256(party.id))) return Refusal::wrong_relying_party;
    if ((data[flags_at] & flag_user_present) == 0) return Refusal::user_not_present;
    if ((data[flags_at] & flag_user_verified) == 0) return Refusal::user_not_verified;
    return std::nullopt;
}

bool is_named(const cbor_item_t* key, std::string_view name)
{
    if (!cbor_isa_string(key) || !cbor_string_is_definite(key)) return false;
    return std::string_view(reinterpret_cast<const char*>(cbor_string_handle(key)), cbor_string_length(key)) == name;
}

// §6.5.4: a map; of its members only authData matters here.
std::optional<Bytes> find_authenticator_data(ByteView attestation)
{
    if (attestation.empty() || attestation.size() > max_attestation_bytes || !is_bounded_cbor(attestation)) return std::nullopt;
    cbor_load_result loaded{};
    const std::unique_ptr<cbor_item_t, ItemReleaser> item(cbor_load(attestation.data(), attestation.size(), &loaded));
    if (!item || loaded.read != attestation.size() || !cbor_isa_map(item.get())) return std::nullopt;
    const auto* pairs = cbor_map_handle(item.get());
    for (std::size_t i = 0; i < cbor_map_size(item.get()); ++i) {
        if (!is_named(pairs[i].key, "authData")) continue;
        const auto* value = pairs[i].value;
        if (!cbor_isa_bytestring(value) || !cbor_bytestring_is_definite(value)) return std::nullopt;
        const auto* octets = cbor_bytestring_handle(value);
        return Bytes(octets, octets + cbor_bytestring_length(value));
    }
    return std::nullopt;
}

// §6.1: behind the fixed part a credential's id, if it tells of one, and then CBOR: its key, extensions.
bool has_bounded_tail(ByteView data)
{
    auto tail = data.subspan(least_authenticator_data_bytes);
    if ((data[flags_at] & flag_attested_credential) == 0) return is_bounded_cbor(tail);
    constexpr std::size_t aaguid_bytes = 16;
    if (tail.size() < aaguid_bytes + 2) return false;
    const std::size_t id_bytes = static_cast<std::size_t>(tail[aaguid_bytes]) << 8U | tail[aaguid_bytes + 1];
    tail = tail.subspan(aaguid_bytes + 2);
    return id_bytes <= tail.size() && is_bounded_cbor(tail.subspan(id_bytes));
}

// libfido2 wants to know the kind of the key before it reads it.
std::optional<Registration> read_credential(const RelyingParty& party, ByteView data, Algorithm algorithm)
{
    const Holder<fido_cred_t, fido_cred_free> credential(fido_cred_new());
    if (!credential) throw std::bad_alloc();
    if (fido_cred_set_type(credential.get(), static_cast<int>(algorithm)) != FIDO_OK) return std::nullopt;
    if (fido_cred_set_rp(credential.get(), party.id.c_str(), nullptr) != FIDO_OK) return std::nullopt;
    if (fido_cred_set_authdata_raw(credential.get(), data.data(), data.size()) != FIDO_OK) return std::nullopt;
    const auto* id = fido_cred_id_ptr(credential.get());
    const auto* key = fido_cred_pubkey_ptr(credential.get());
    const auto id_size = fido_cred_id_len(credential.get());
    if (!id || !key || id_size == 0 || id_size > max_credential_id_bytes) return std::nullopt;
    return Registration{Bytes(id, id + id_size),
                        {algorithm, Bytes(key, key + fido_cred_pubkey_len(credential.get()))},
                        fido_cred_sigcount(credential.get())};
}

// FIDO_OK, or why not.
int verify_with(const fido_assert_t* assertion, const PublicKey& key)
{
    const auto& octets = key.octets;
    switch (key.algorithm) {
        case Algorithm::es256: {
            const Holder<es256_pk_t, es256_pk_free> own(es256_pk_new());
            const int read = own ? es256_pk_from_ptr(own.get(), octets.data(), octets.size()) : FIDO_ERR_INTERNAL;
            return read == FIDO_OK ? fido_assert_verify(assertion, 0, COSE_ES256, own.get()) : read;
        }
        case Algorithm::eddsa: {
            const Holder<eddsa_pk_t, eddsa_pk_free> own(eddsa_pk_new());
            const int read = own ? eddsa_pk_from_ptr(own.get(), octets.data(), octets.size()) : FIDO_ERR_INTERNAL;
            return read == FIDO_OK ? fido_assert_verify(assertion, 0, COSE_EDDSA, own.get()) : read;
        }
        case Algorithm::rs256: {
            const Holder<rs256_pk_t, rs256_pk_free> own(rs256_pk_new());
            const int read = own ? rs256_pk_from_ptr(own.get(), octets.data(), octets.size()) : FIDO_ERR_INTERNAL;
            return read == FIDO_OK ? fido_assert_verify(assertion, 0, COSE_RS256, own.get()) : read;
        }
    }
    return FIDO_ERR_INVALID_ARGUMENT;
}

}  // namespace

Result<ClientData> parse_client_data(std::string_view text)
{
    if (text.size() > max_client_data_bytes) return bad("too large");
    boost::system::error_code failure;
    const auto value = json::parse(text, failure);
    if (failure || !value.is_object()) return bad("no JSON object");
    const auto& object = value.get_object();
    std::string type;
    std::string challenge;
    ClientData data;
    if (!find_text(object, "type", type) || !find_text(object, "challenge", challenge) ||
        !find_text(object, "origin", data.origin))
        return bad("type, challenge or origin is missing");
    if (type != "webauthn.create" && type != "webauthn.get") return bad("unknown type");
    data.ceremony = type == "webauthn.create" ? Ceremony::create : Ceremony::get;
    auto octets = parse_base64url(challenge);
    if (!octets || octets->size() != challenge_bytes) return bad("no challenge of ours");
    data.challenge = std::move(*octets);
    const auto* cross = object.if_contains("crossOrigin");
    data.is_cross_origin = cross && !(cross->is_bool() && !cross->get_bool());
    return data;
}

std::variant<Registration, Refusal> check_registration(const RelyingParty& party, ByteView challenge,
                                                       const RegistrationAnswer& answer)
{
    if (const auto refusal = check_client_data(party, challenge, Ceremony::create, answer.client_data)) return *refusal;
    const auto data = find_authenticator_data(answer.attestation);
    if (!data) return Refusal::malformed;
    if (const auto refusal = check_authenticator_data(party, *data)) return *refusal;
    if (!has_bounded_tail(*data)) return Refusal::malformed;
    for (const auto algorithm : {Algorithm::es256, Algorithm::eddsa, Algorithm::rs256})
        if (auto read = read_credential(party, *data, algorithm)) return std::move(*read);
    return Refusal::unknown_key;
}

std::variant<Assertion, Refusal> check_assertion(const RelyingParty& party, ByteView challenge, const PublicKey& key,
                                                 const AssertionAnswer& answer)
{
    if (const auto refusal = check_client_data(party, challenge, Ceremony::get, answer.client_data)) return *refusal;
    if (const auto refusal = check_authenticator_data(party, answer.authenticator_data)) return *refusal;
    if (!is_bounded_cbor(ByteView(answer.authenticator_data).subspan(least_authenticator_data_bytes))) return Refusal::malformed;
    if (answer.signature.empty() || answer.signature.size() > max_signature_bytes) return Refusal::malformed;
    const Holder<fido_assert_t, fido_assert_free> assertion(fido_assert_new());
    if (!assertion) throw std::bad_alloc();
    auto* held = assertion.get();
    const auto hash = crypto::sha256(answer.client_data);
    const bool is_read =
        fido_assert_set_clientdata_hash(held, hash.data(), hash.size()) == FIDO_OK &&
        fido_assert_set_rp(held, party.id.c_str()) == FIDO_OK && fido_assert_set_up(held, FIDO_OPT_TRUE) == FIDO_OK &&
        fido_assert_set_uv(held, FIDO_OPT_TRUE) == FIDO_OK && fido_assert_set_count(held, 1) == FIDO_OK &&
        fido_assert_set_authdata_raw(held, 0, answer.authenticator_data.data(), answer.authenticator_data.size()) == FIDO_OK &&
        fido_assert_set_sig(held, 0, answer.signature.data(), answer.signature.size()) == FIDO_OK;
    if (!is_read) return Refusal::malformed;
    if (verify_with(held, key) != FIDO_OK) return Refusal::wrong_signature;
    return Assertion{fido_assert_sigcount(held, 0)};
}

}  // namespace sealpost::webauthn
