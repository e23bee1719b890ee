// Passkeys: the options of both ceremonies, signing in, and those of the person who is signed in.
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "serve/reader/session_answer.hpp"
#include "wire/mail/utf8.hpp"

#include <boost/json/array.hpp>

namespace sealpost::reader {
namespace {

namespace json = boost::json;
using http::Checked;
using http::Request;
using http::Response;
using people::FactorVerdict;
using people::GuardKey;
using webauthn::Ceremony;

constexpr std::size_t max_name_bytes = 4 * people::Passkeys::max_name_characters;

webauthn::RelyingParty party_of(const Desk& desk) { return {host_of(desk.parts.origin), desk.parts.origin}; }

json::object describe_credential(ByteView id)
{
    json::object object;
    object["type"] = "public-key";
    object["id"] = format_base64url(id);
    return object;
}

json::array list_credentials(const people::FactorList& list)
{
    json::array all;
    for (const auto& passkey : list.passkeys) all.push_back(describe_credential(passkey.credential_id));
    return all;
}

Task<Checked<Bytes>> begin_ceremony(const Desk& desk, Request& request, Ceremony ceremony, Secret session)
{
    std::vector<GuardKey> counted;
    counted.push_back({GuardKey::Kind::challenge, network_of(request)});
    SEALPOST_CO_CHECK(co_await desk.admit(std::move(counted)));
    SEALPOST_CO_TRY(auto challenge, co_await desk.parts.people->passkeys().begin(ceremony, std::move(session)));
    co_return std::move(challenge);
}

// Level 2 §5.5 as JSON. Somebody who is signed in is asked for one of their own; otherwise the passkey says who they are.
Task<Checked<Response>> begin_sign_in(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.find_signed_in(request, Desk::Purpose::change));
    Secret session = signed_in ? signed_in->token.clone() : Secret();
    SEALPOST_CO_TRY(const auto challenge, co_await begin_ceremony(desk, request, Ceremony::get, std::move(session)));
    json::object answer;
    answer["challenge"] = format_base64url(challenge);
    answer["rpId"] = party_of(desk).id;
    answer["userVerification"] = "required";
    answer["timeout"] = std::chrono::milliseconds(people::Passkeys::challenge_lifetime).count();
    json::array allowed;
    if (signed_in) {
        SEALPOST_CO_TRY(const auto list, co_await desk.parts.people->factors().list(signed_in->person.id));
        allowed = list_credentials(list);
    }
    answer["allowCredentials"] = std::move(allowed);
    co_return http::json_response(200, answer);
}

json::object describe_user(const Desk& desk, const people::Person& person)
{
    const std::string name = person.addresses.empty() ? std::string() : person.addresses.front();
    json::object user;
    user["id"] = format_base64url(people::Passkeys::user_handle_of(party_of(desk), person.id));
    user["name"] = name;
    user["displayName"] = name;
    return user;
}

json::object describe_choice()
{
    json::object choice;
    choice["residentKey"] = "required";
    choice["requireResidentKey"] = true;
    choice["userVerification"] = "required";
    return choice;
}

json::array describe_algorithms()
{
    json::array all;
    for (const auto algorithm : {webauthn::Algorithm::es256, webauthn::Algorithm::eddsa, webauthn::Algorithm::rs256}) {
        json::object one;
        one["type"] = "public-key";
        one["alg"] = static_cast<int>(algorithm);
        all.push_back(std::move(one));
    }
    return all;
}

// §5.4 as JSON.
Task<Checked<Response>> begin_adding(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Desk::Purpose::change));
    SEALPOST_CO_TRY(const auto challenge, co_await begin_ceremony(desk, request, Ceremony::create, signed_in.token.clone()));
    SEALPOST_CO_TRY(const auto list, co_await desk.parts.people->factors().list(signed_in.person.id));
    json::object party;
    party["id"] = party_of(desk).id;
    party["name"] = party_of(desk).id;
    json::object answer;
    answer["rp"] = std::move(party);
    answer["user"] = describe_user(desk, signed_in.person);
    answer["challenge"] = format_base64url(challenge);
    answer["pubKeyCredParams"] = describe_algorithms();
    answer["timeout"] = std::chrono::milliseconds(people::Passkeys::challenge_lifetime).count();
    answer["excludeCredentials"] = list_credentials(list);
    answer["authenticatorSelection"] = describe_choice();
    answer["attestation"] = "none";
    co_return http::json_response(200, answer);
}

Bytes read_octets(http::Fields& fields, std::string_view name, std::size_t max_bytes)
{
    auto octets = parse_base64url(fields.text(name, (max_bytes * 4 + 2) / 3));
    if (octets) return std::move(*octets);
    fields.complain(name, "is no base64url");
    return {};
}

std::string read_client_data(http::Fields& response)
{
    const auto octets = read_octets(response, "clientDataJSON", webauthn::max_client_data_bytes);
    return std::string(as_text(octets));
}

std::string read_name(http::Fields& fields)
{
    std::string name = fields.text("name", max_name_bytes);
    const auto clean = mail::clean_utf8(name, mail::Controls::none);
    if (name.empty() || clean != name) fields.complain("name", "is empty, or holds what is no text");
    const auto characters = std::ranges::count_if(name, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
    if (static_cast<std::size_t>(characters) > people::Passkeys::max_name_characters) fields.complain("name", "is too long");
    return name;
}

Task<Checked<Response>> add_passkey(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(auto signed_in, co_await admit_change(desk, request));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    people::NewPasskey passkey{act_as(signed_in, request), read_name(fields), {}};
    http::Fields response = fields.object("credential").object("response");
    passkey.answer.client_data = read_client_data(response);
    passkey.answer.attestation = read_octets(response, "attestationObject", webauthn::max_attestation_bytes);
    SEALPOST_CO_CHECK(fields.check());
    SEALPOST_CO_TRY(auto answer, co_await desk.parts.people->passkeys().add(party_of(desk), std::move(passkey)));
    if (answer.verdict != FactorVerdict::done) co_return problem_of(answer.verdict);
    co_await note_change(desk, signed_in.person, seal::FactorChange::passkey_added);
    auto strong = co_await answer_strong(desk, signed_in.person.id, std::move(*answer.session));
    co_return strong;
}

std::int64_t read_id(const Request& request)
{
    const auto number = parse_decimal(request.parameter("id"));
    return number && *number <= static_cast<std::uint64_t>(INT64_MAX) ? static_cast<std::int64_t>(*number) : 0;
}

Task<Checked<Response>> rename_passkey(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(auto signed_in, co_await desk.require_signed_in(request, Desk::Purpose::change));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    std::string name = read_name(fields);
    SEALPOST_CO_CHECK(fields.check());
    auto& passkeys = desk.parts.people->passkeys();
    SEALPOST_CO_TRY(const auto verdict, co_await passkeys.rename(act_as(signed_in, request), read_id(request), std::move(name)));
    if (verdict != FactorVerdict::done) co_return problem_of(verdict);
    co_return http::empty_response(204);
}

Task<Checked<Response>> remove_passkey(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(auto signed_in, co_await admit_change(desk, request));
    auto& passkeys = desk.parts.people->passkeys();
    SEALPOST_CO_TRY(const auto verdict, co_await passkeys.remove(act_as(signed_in, request), read_id(request)));
    if (verdict != FactorVerdict::done) co_return problem_of(verdict);
    co_await note_change(desk, signed_in.person, seal::FactorChange::passkey_removed);
    co_return http::empty_response(204);
}

}  // namespace

Task<Checked<Response>> sign_in_with_passkey(const Desk& desk, Request& request, json::object body,
                                             std::optional<SignedIn> signed_in)
{
    http::Fields fields(body);
    http::Fields credential = fields.object("passkey");
    people::PasskeySignIn passkey;
    passkey.credential_id = read_octets(credential, "id", webauthn::max_credential_id_bytes);
    http::Fields response = credential.object("response");
    passkey.answer.client_data = read_client_data(response);
    passkey.answer.authenticator_data = read_octets(response, "authenticatorData", webauthn::max_authenticator_data_bytes);
    passkey.answer.signature = read_octets(response, "signature", webauthn::max_signature_bytes);
    if (response.has("userHandle")) passkey.user_handle = read_octets(response, "userHandle", 64);
    SEALPOST_CO_CHECK(fields.check());
    const std::vector<GuardKey> counted(1, {GuardKey::Kind::network, network_of(request)});
    SEALPOST_CO_CHECK(co_await desk.admit(counted));
    if (signed_in) passkey.former = std::move(signed_in->token);
    passkey.network = network_of(request);
    SEALPOST_CO_TRY(auto answer, co_await desk.parts.people->passkeys().sign_in(party_of(desk), std::move(passkey)));
    // Whether a passkey is known here is nobody's business.
    if (answer.verdict == FactorVerdict::unknown) co_return problem_of(FactorVerdict::refused);
    if (answer.verdict != FactorVerdict::done) co_return problem_of(answer.verdict);
    SEALPOST_CO_CHECK(co_await desk.parts.people->guard().note_success(counted));
    auto strong = co_await answer_strong(desk, answer.person, std::move(*answer.session));
    co_return strong;
}

void add_passkey_routes(http::Router& router, const std::shared_ptr<const Desk>& desk)
{
    const auto own = http::from_own_pages(desk->parts.origin);
    router.add(http::Method::post, "/api/v1/session/passkey", http::call_with(desk, begin_sign_in), own);
    router.add(http::Method::post, "/api/v1/me/passkeys/options", http::call_with(desk, begin_adding), own);
    router.add(http::Method::post, "/api/v1/me/passkeys", http::call_with(desk, add_passkey), own);
    router.add(http::Method::put, "/api/v1/me/passkeys/{id}", http::call_with(desk, rename_passkey), own);
    router.add(http::Method::remove, "/api/v1/me/passkeys/{id}", http::call_with(desk, remove_passkey), own);
}

}  // namespace sealpost::reader
