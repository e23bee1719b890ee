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

// What an administrator manages; one of them at least.
struct Duties {
    std::optional<AccountId> account;  // its domains, envelopes and deliveries; can read none of them
    bool of_node = false;              // its mail policies and certificates, and all administrators
    friend bool operator==(const Duties&, const Duties&) = default;
};

struct Administrator {
    AdministratorId id;
    std::string name;
    Duties duties;
    bool is_enabled = true;  // false: may not sign in
};

// Who does it, as the audit trail says it.
struct Actor {
    std::string who = "operator";
    std::string network = "local";
};

// What became of a change of an administrator. The two `last`: nobody who may sign in would be left for the node, or
// for the account.
enum class AdministratorChange { done, unknown, last_of_node, last_of_account };

// Whether the last one for the node or for an account may go.
enum class LastOne { stays, may_go };

class Administrators {
public:
    Administrators(Store store, std::shared_ptr<PasswordChecker> passwords)
        : store_(std::move(store)), passwords_(std::move(passwords))
    {
    }

    // Fault::denied when the name is taken, there is nothing to manage, or the password is shorter than
    // Persons::is_long_enough.
    Task<Result<Administrator>> add(std::string name, Duties duties, Secret password, Actor by = {});
    Task<Result<std::vector<Administrator>>> list();
    Task<Result<std::optional<Administrator>>> find(AdministratorId id);
    Task<Result<std::optional<Administrator>>> find_by_name(std::string name);
    // Absent, too, when they are disabled.
    Task<Result<std::optional<RightPassword<Administrator>>>> check_password(std::string name, Secret password);

    // Each of these ends the administrator's sessions at once, and stands in the audit trail.
    Task<Result<bool>> set_password(std::string name, Secret password, Actor by = {});
    Task<Result<AdministratorChange>> set_duties(std::string name, Duties duties, LastOne last, Actor by = {});
    Task<Result<AdministratorChange>> set_enabled(std::string name, bool is_enabled, LastOne last, Actor by = {});
    Task<Result<AdministratorChange>> remove(std::string name, LastOne last, Actor by = {});

private:
    Store store_;
    std::shared_ptr<PasswordChecker> passwords_;
};

}  // namespace sealpost::people
