// room: wire/webauthn
// What a browser answers for a passkey: client data is read within its limits; an attestation gives a credential within its
// limits, which the flags say was verified; no authenticator data makes a signature right that its key did not make.
#include "wire/webauthn/webauthn.hpp"

#include "base/encoding.hpp"
#include "sys/crypto/digest.hpp"

#include <cstdlib>

using namespace sealpost;
using namespace sealpost::webauthn;

namespace {

const RelyingParty party{"keys.test", "https://keys.test"};
const Bytes challenge(challenge_bytes, 7);

std::string make_client_data(std::string_view type)
{
    return R"({"type":"webauthn.)" + std::string(type) + R"(","challenge":")" + format_base64url(challenge) +
           R"(","origin":"https://keys.test"})";
}

// Verified, without extensions, counter 0: right but for its signature.
Bytes make_authenticator_data()
{
    const auto party_hash = crypto::sha256(party.id);
    Bytes octets(party_hash.begin(), party_hash.end());
    octets.push_back(0x05);
    octets.resize(octets.size() + 4, 0);
    return octets;
}

void read_client_data(std::string_view text)
{
    const auto data = parse_client_data(text);
    if (data && (data->challenge.size() != challenge_bytes || text.size() > max_client_data_bytes)) std::abort();
}

void read_attestation(ByteView octets)
{
    const auto checked = check_registration(party, challenge, {make_client_data("create"), Bytes(octets.begin(), octets.end())});
    const auto* made = std::get_if<Registration>(&checked);
    if (!made) return;
    if (made->credential_id.empty() || made->credential_id.size() > max_credential_id_bytes || made->key.octets.empty())
        std::abort();
    if (octets.size() > max_attestation_bytes) std::abort();
    // The key serves to refuse what it did not sign.
    const AssertionAnswer forged{make_client_data("get"), make_authenticator_data(), Bytes(64, 1)};
    const auto used = check_assertion(party, challenge, made->key, forged);
    const auto* refusal = std::get_if<Refusal>(&used);
    if (!refusal || *refusal != Refusal::wrong_signature) std::abort();
}

void read_authenticator_data(ByteView octets)
{
    for (const auto& [algorithm, size] : {std::pair(Algorithm::es256, 64), {Algorithm::eddsa, 32}, {Algorithm::rs256, 259}}) {
        const PublicKey key{algorithm, Bytes(static_cast<std::size_t>(size), 3)};
        const auto used =
            check_assertion(party, challenge, key, {make_client_data("get"), Bytes(octets.begin(), octets.end()), Bytes(70, 1)});
        if (std::holds_alternative<Assertion>(used)) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) return 0;
    const ByteView rest(data + 1, size - 1);
    switch (data[0]) {
        case 'c': read_client_data(as_text(rest)); break;
        case 'a': read_attestation(rest); break;
        case 'd': read_authenticator_data(rest); break;
        default: break;
    }
    return 0;
}
