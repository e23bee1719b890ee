#pragma once

#include "core/people/factors.hpp"
#include "wire/webauthn/webauthn.hpp"

namespace sealpost::people {

struct NewPasskey {
    FactorActor actor;
    std::string name;
    webauthn::RegistrationAnswer answer;
};
struct PasskeySignIn {
    Secret former;  // the token of the session that asked; may be empty
    std::string network;
    Bytes credential_id;
    Bytes user_handle;  // what the passkey says whose it is; may be empty
    webauthn::AssertionAnswer answer;
};
struct SignedInByPasskey {
    FactorVerdict verdict = FactorVerdict::done;
    PersonId person = {};
    std::optional<NewSession> session = {};  // strong
};

// Passkeys (WebAuthn), as doc/spec/strong-sign-in.md says.
class Passkeys {
public:
    static constexpr int most = 10;
    static constexpr std::size_t max_name_characters = 60;
    static constexpr std::chrono::minutes challenge_lifetime{5};

    explicit Passkeys(Store store) : store_(std::move(store)) {}

    // 32 octets for the browser; good once, for this ceremony and the session with this token (may be empty).
    Task<Result<Bytes>> begin(webauthn::Ceremony ceremony, Secret session);
    // Also makes the session strong: the passkey has just been used.
    Task<Result<FactorAnswer>> add(webauthn::RelyingParty party, NewPasskey passkey);
    Task<Result<SignedInByPasskey>> sign_in(webauthn::RelyingParty party, PasskeySignIn passkey);
    Task<Result<FactorVerdict>> rename(FactorActor actor, std::int64_t id, std::string name);
    Task<Result<FactorVerdict>> remove(FactorActor actor, std::int64_t id);
    Task<Result<>> sweep();

    // What an authenticator keeps to tell people apart.
    [[nodiscard]] static Bytes user_handle_of(const webauthn::RelyingParty& party, PersonId id);

private:
    Store store_;
};

}  // namespace sealpost::people
