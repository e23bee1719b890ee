#pragma once

#include "base/secret.hpp"
#include "core/people/ids.hpp"
#include "core/people/password_checker.hpp"
#include "core/people/store.hpp"
#include "sys/async/task.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sealpost::people {

// What beside a password a person has for signing in at assurance `strong` (doc/spec/strong-sign-in.md).
struct FactorCount {
    int passkeys = 0;
    bool totp = false;  // an authenticator app
    int recovery_codes = 0;

    [[nodiscard]] bool has_any() const { return passkeys > 0 || totp; }  // recovery codes only stand in for one
};

// Somebody who opens envelopes. A person may own several addresses, each proven by a code.
struct Person {
    PersonId id;
    std::vector<std::string> addresses;  // normalised; in the order of their proof
    std::string language;                // "" = not chosen
    bool has_password = false;
    WallTime created_at;
    FactorCount factors = {};
};

enum class PasswordChange { done, too_short, too_long, no_such_person, session_over, needs_strong };

struct AddedAddress {
    enum class Verdict { added, no_such_person, owner_has_password, session_over, needs_account, needs_strong };
    Verdict verdict = Verdict::added;
    Person person = {};   // when it was added: as the person is now
    bool is_new = false;  // else it was theirs already
};

struct RemovedAddress {
    enum class Verdict { removed, unknown, last_one, session_over, needs_account, needs_strong };
    Verdict verdict = Verdict::removed;
    Person former = {};  // when it was removed: as the person was before, with that address
};

class Persons {
public:
    static constexpr std::size_t min_password_characters = 12;
    static constexpr std::size_t max_password_bytes = 1024;
    // Characters of UTF-8, without the spaces around them: twelve spaces are no password, and three pictures none of twelve.
    [[nodiscard]] static bool is_long_enough(const Secret& password);

    Persons(Store store, std::shared_ptr<PasswordChecker> passwords) : store_(std::move(store)), passwords_(std::move(passwords))
    {
    }

    Task<Result<std::optional<Person>>> find(PersonId id);
    Task<Result<std::optional<Person>>> find_by_address(std::string address);
    Task<Result<std::vector<Person>>> list(int page, int per_page);

    // After a right code: the person who owns the address, made now when there is none.
    Task<Result<Person>> ensure(std::string address, std::string language, std::string network);
    // After a right code with a session: the address becomes this person's. When another person had
    // it, it moves, since the newer proof counts; a person left without an address is erased. It stays with an owner
    // who has a password: that is not got round by taking the address to a person with another one.
    // `session` is the token of the session that asks: of a person with a password it must be one that may change factors.
    Task<Result<AddedAddress>> add_address(PersonId id, std::string address, Secret session, std::string network);
    // Takes one off the person, judged as adding is, and never the last one: whoever proves it again is somebody new. Ends the
    // person's other sessions: one of them may have been begun by that address.
    Task<Result<RemovedAddress>> remove_address(PersonId id, std::string address, Secret session, std::string network);
    // The same by the operator, who answers for it; ends all sessions.
    Task<Result<RemovedAddress>> take_address_off(PersonId id, std::string address, std::string who, std::string network);

    Task<Result<bool>> set_language(PersonId id, std::string language);
    // Ends all sessions of the person but the one named by keep_session (its token), if any; that one must still be there:
    // another change may have ended it meanwhile. Of a person with a second factor it must be strong.
    Task<Result<PasswordChange>> set_password(PersonId id, Secret password, Secret keep_session, std::string network);
    // The person when the password is right; the same work is done for an address nobody owns.
    // Ask the Guard first. Fault::retry_later when too many hashes are waiting already; who asks from a network (network_of)
    // where that address signed in lately goes before others.
    Task<Result<std::optional<RightPassword<Person>>>> check_password(std::string address, Secret password,
                                                                      std::string network = {});

    // Erases the person for real: addresses, password, sessions, codes. The audit trail keeps
    // "person:<id>", which then leads nowhere.
    Task<Result<bool>> erase(PersonId id, std::string who, std::string network);

private:
    Store store_;
    std::shared_ptr<PasswordChecker> passwords_;
};

}  // namespace sealpost::people
