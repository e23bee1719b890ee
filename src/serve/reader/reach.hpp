#pragma once

#include "serve/reader/reader.hpp"

#include <map>

namespace sealpost::reader {

// Whether the account takes messages that somebody begins, to whom it has written before or not.
[[nodiscard]] bool takes_messages(const people::Account& account, bool has_written);

// Whom somebody reaches here by a message that they begin (doc/decisions/0058): organisations of this service only, by the
// nearest name that an account has, of two equally near ones the operator's. For one call.
class Reach {
public:
    // Of whoever has these addresses.
    Reach(const Parts& parts, std::vector<std::string> addresses) : parts_(parts), addresses_(std::move(addresses)) {}

    // The account that a message to this address goes to; absent: it is not reached.
    Task<Result<std::optional<people::AccountId>>> find_account(std::string recipient);
    // Of the accounts that have written to one of the addresses those that may be written to, by their names.
    struct Organisation {
        std::string name;
        std::vector<std::string> domains;  // at least one
    };
    Task<Result<std::vector<Organisation>>> list_organisations();
    // Whether there is anybody to be reached.
    Task<Result<bool>> is_any();

private:
    using Found = std::optional<people::AccountId>;
    Task<Result<>> look_who_wrote();
    Task<Result<std::optional<Organisation>>> describe(people::AccountId id);
    Task<Result<Found>> look_up(std::string domain);

    const Parts& parts_;
    const std::vector<std::string> addresses_;
    std::optional<std::vector<people::AccountId>> writers_;  // accounts that wrote to one of the addresses; absent: not asked yet
    std::map<std::string, Found> by_domain_;
};

}  // namespace sealpost::reader
