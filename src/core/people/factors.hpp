#pragma once

#include "core/people/persons.hpp"
#include "core/people/sessions.hpp"
#include "core/people/vault.hpp"

#include <vector>

namespace sealpost::people {

enum class FactorVerdict {
    done,
    wrong,          // code, or one that was used before
    expired,        // nothing is pending any more, or what is lies under another key: begin anew
    session_over,   // it ended meanwhile
    needs_account,  // the session must have given the password
    needs_strong,   // the person has a second factor: the session must have used it
    too_many,
    unknown,    // no such passkey, or nothing that recovery codes could stand in for
    refused,    // a passkey's answer is no good
    elsewhere,  // the secret of the app in use lies under another key: of another node, or one that was lost
};

// Whose session asks for it, and from where.
struct FactorActor {
    SessionOwner owner;
    Secret session;  // its token
    std::string network;
};

// With a session that takes the place of the one that asked.
struct FactorAnswer {
    FactorVerdict verdict = FactorVerdict::done;
    std::optional<NewSession> session = {};
};

struct PasskeyFacts {
    std::int64_t id = 0;
    std::string name;
    Bytes credential_id;
    WallTime added_at;
    std::optional<WallTime> last_used_at;
};
struct TotpFacts {
    WallTime added_at;
    std::optional<WallTime> last_used_at;
};
struct FactorList {
    std::vector<PasskeyFacts> passkeys;  // oldest first
    std::optional<TotpFacts> totp;
    int recovery_codes = 0;
};

struct TotpOffer {
    FactorVerdict verdict = FactorVerdict::done;
    Secret secret = {};  // 20 octets, shown once
};
struct RecoveryOffer {
    FactorVerdict verdict = FactorVerdict::done;
    std::vector<Secret> codes = {};  // "abcd-efgh-ijkl-mnop", shown once
};

// Authenticator apps and recovery codes of persons and of administrators; what is right about them, and about passkeys, which
// are for persons only, stands in doc/spec/strong-sign-in.md. Who may change is judged in the transaction of the change. Ask the
// Guard before a code is checked.
class Factors {
public:
    static constexpr int recovery_codes = 10;
    static constexpr std::chrono::minutes pending_lifetime{15};

    // Without a vault no authenticator app can be set up or used (Fault::config).
    Factors(Store store, std::shared_ptr<Vault> vault) : store_(std::move(store)), vault_(std::move(vault)) {}

    Task<Result<FactorList>> list(SessionOwner owner);

    // A new secret waits for its first code; the app in use, if any, stays until then.
    Task<Result<TotpOffer>> begin_totp(FactorActor actor);
    Task<Result<FactorAnswer>> confirm_totp(FactorActor actor, Secret code);
    Task<Result<FactorVerdict>> remove_totp(FactorActor actor);
    // Ten new ones; the former are void.
    Task<Result<RecoveryOffer>> make_recovery_codes(FactorActor actor);

    // From a session of assurance account to a strong one.
    Task<Result<FactorAnswer>> step_up_with_totp(FactorActor actor, Secret code);
    Task<Result<FactorAnswer>> step_up_with_recovery_code(FactorActor actor, Secret code);

    // By the operator: all factors of a person, and all sessions with them. False: there was none. Those of administrators:
    // Administrators::remove_factors.
    Task<Result<bool>> remove_all(PersonId id, std::string who, std::string network);
    // Wraps every secret of the vault's ring under its newest key; answers how many.
    Task<Result<int>> rewrap_all();
    Task<Result<>> sweep();

private:
    Store store_;
    std::shared_ptr<Vault> vault_;
};

}  // namespace sealpost::people
