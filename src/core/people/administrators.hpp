#pragma once

#include "base/secret.hpp"
#include "core/people/ids.hpp"
#include "core/people/password_checker.hpp"
#include "core/people/store.hpp"
#include "sys/async/task.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::people {

// What an administrator manages; one of them at least.
struct Duties {
    std::optional<AccountId> account;  // its domains, envelopes and deliveries; can read none of them
    bool of_node = false;              // its mail policies and certificates, and all administrators
    friend bool operator==(const Duties&, const Duties&) = default;
};

// One of the node manages everybody, one of an account those who manage nothing but that account.
[[nodiscard]] bool may_manage(const Duties& actor, const Duties& others);

struct Administrator {
    AdministratorId id;
    std::string name;
    Duties duties;
    bool is_enabled = true;          // false: may not sign in
    bool has_second_factor = false;  // then the password alone begins no session
};

// Who does it, as the audit trail says it.
struct Actor {
    std::string who = "operator";
    std::string network = "local";
    // Of one with a session. Whether they may do it is then judged once more in the transaction that does it: meanwhile they
    // may have lost the right, and a name may have become another's. If not, nobody is changed (`unknown`, false, denied).
    std::optional<AdministratorId> administrator = std::nullopt;
};

// "administrator:2", as the audit trail names them; also where a name would be read, for one that cannot be written there.
[[nodiscard]] std::string format_administrator(AdministratorId id);

// What is wrong with a name for a new one: "has 1 to 64 octets" …; empty: nothing. Those of former versions may have any name.
[[nodiscard]] std::string_view check_administrator_name(std::string_view name);

// What became of a change of an administrator. The two `last`: nobody who may sign in would be left for the node, or
// for the account.
enum class AdministratorChange { done, unknown, last_of_node, last_of_account };

// What became of taking somebody's second factor away; none: there was none.
enum class FactorRemoval { done, none, unknown };

// code_asked, wrong_code: behind the right password there was no code, or a wrong one.
enum class SignIn { right, wrong, code_asked, wrong_code };

// Whether the last one for the node or for an account may go.
enum class LastOne { stays, may_go };

class Administrators {
public:
    Administrators(Store store, std::shared_ptr<PasswordChecker> passwords)
        : store_(std::move(store)), passwords_(std::move(passwords))
    {
    }

    // Fault::denied when the name is taken or none (check_administrator_name), there is nothing to manage, or the password is
    // shorter than Persons::is_long_enough.
    Task<Result<Administrator>> add(std::string name, Duties duties, Secret password, Actor by = {});
    Task<Result<std::vector<Administrator>>> list();
    Task<Result<std::optional<Administrator>>> find(AdministratorId id);
    Task<Result<std::optional<Administrator>>> find_by_name(std::string name);
    // By the name, or by what format_administrator() makes.
    Task<Result<std::optional<Administrator>>> find_said(std::string said);
    // Absent, too, when they are disabled. As Persons::check_password.
    Task<Result<std::optional<RightPassword<Administrator>>>> check_password(std::string name, Secret password,
                                                                             std::string network = {});

    // Into the audit trail, where it stays for ever: so only for a name that there is, and some hundred a day of each name and
    // kind at most. Nobody waits for it: the time that it takes would tell which names there are.
    void note_sign_in(std::string name, SignIn what, std::string network);

    // Each of these ends the administrator's sessions at once, and stands in the audit trail.
    Task<Result<bool>> set_password(std::string name, Secret password, Actor by = {});
    Task<Result<AdministratorChange>> set_duties(std::string name, Duties duties, LastOne last, Actor by = {});
    Task<Result<AdministratorChange>> set_enabled(std::string name, bool is_enabled, LastOne last, Actor by = {});
    Task<Result<AdministratorChange>> remove(std::string name, LastOne last, Actor by = {});
    // Of one who lost the phone: app and recovery codes, also an app that waits for its first code.
    Task<Result<FactorRemoval>> remove_factors(std::string name, Actor by = {});

private:
    Store store_;
    std::shared_ptr<PasswordChecker> passwords_;
};

}  // namespace sealpost::people
