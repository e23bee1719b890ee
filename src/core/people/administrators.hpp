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
    bool of_node = false;              // its mail policies
};

struct Administrator {
    AdministratorId id;
    std::string name;
    Duties duties;
};

class Administrators {
public:
    Administrators(Store store, std::shared_ptr<PasswordChecker> passwords)
        : store_(std::move(store)), passwords_(std::move(passwords))
    {
    }

    // Fault::denied when the name is taken, there is nothing to manage, or the password is shorter than
    // Persons::min_password_bytes.
    Task<Result<Administrator>> add(std::string name, Duties duties, Secret password);
    Task<Result<std::vector<Administrator>>> list();
    Task<Result<std::optional<Administrator>>> find(AdministratorId id);
    Task<Result<std::optional<Administrator>>> check_password(std::string name, Secret password);
    Task<Result<bool>> set_password(std::string name, Secret password);  // ends the sessions
    Task<Result<bool>> remove(std::string name);

private:
    Store store_;
    std::shared_ptr<PasswordChecker> passwords_;
};

}  // namespace sealpost::people
