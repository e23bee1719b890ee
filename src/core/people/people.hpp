// people: who there is. Accounts (organisations) and their gateways' tokens, persons and their
// proven addresses, administrators; signing in by mailed code or password; second factors; sessions; the guard that
// slows guessing down; the audit trail. It sends no mail and speaks no HTTP: serve/ does.
// Called from any worker; nothing here blocks one (the store has its threads, Argon2id a pool).
// Wrong passwords and the like are verdicts; a Fault means that the store is not at hand.
#pragma once

#include "core/people/accounts.hpp"
#include "core/people/address.hpp"
#include "core/people/administrators.hpp"
#include "core/people/assurance.hpp"
#include "core/people/audit.hpp"
#include "core/people/codes.hpp"
#include "core/people/factors.hpp"
#include "core/people/guard.hpp"
#include "core/people/passkeys.hpp"
#include "core/people/persons.hpp"
#include "core/people/sessions.hpp"

namespace sealpost::people {

class People {
public:
    struct Options {
        Secret pepper;  // for codes: keys::KekRing::derive("people codes"); see Codes
        PasswordChecker::Limits hashing = {};
        std::shared_ptr<Vault> vault = {};       // for one-time codes: keys::KekVault; see Factors
        std::optional<KeptFor> keep_audit = {};  // how long the audit trail is kept; absent: for ever
    };

    // Brings the tables up to date. The clock outlives the answer.
    static Result<std::shared_ptr<People>> open(std::shared_ptr<db::Database> database, const Clock& clock, Options options);

    [[nodiscard]] Accounts& accounts() { return accounts_; }
    [[nodiscard]] Persons& persons() { return persons_; }
    [[nodiscard]] Administrators& administrators() { return administrators_; }
    [[nodiscard]] Codes& codes() { return codes_; }
    [[nodiscard]] Sessions& sessions() { return sessions_; }
    [[nodiscard]] Sessions& administrator_sessions() { return administrator_sessions_; }
    [[nodiscard]] Factors& factors() { return factors_; }
    [[nodiscard]] Passkeys& passkeys() { return passkeys_; }
    [[nodiscard]] Guard& guard() { return guard_; }
    [[nodiscard]] AuditTrail& audit() { return audit_; }

    // Forgets codes, sessions, what is pending, counts, and records of the audit trail, whose time is over; call it every minute.
    Task<Result<>> sweep();

private:
    People(Store store, Options options);

    std::shared_ptr<PasswordChecker> passwords_;
    Accounts accounts_;
    Persons persons_;
    Administrators administrators_;
    Codes codes_;
    Sessions sessions_;
    Sessions administrator_sessions_;
    Factors factors_;
    Passkeys passkeys_;
    Guard guard_;
    AuditTrail audit_;
    std::optional<KeptFor> keep_audit_;
};

}  // namespace sealpost::people
