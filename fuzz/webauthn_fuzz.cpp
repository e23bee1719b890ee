// room: wire/webauthn
// What a browser answers for a passkey: client data is read within its limits; an attestation gives a credential within its
// limits, which the flags say was verified; no authenticator data makes a signature right that its key did not make.
#include "wire/webauthn/webauthn.hpp"

#include "base/encoding.hpp"

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
    const auto used = check_assertion(party, challenge, made->key, {make_client_data("get"), Bytes(37, 0), Bytes(64, 1)});
    if (std::holds_alternative<Assertion>(used)) std::abort();
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
