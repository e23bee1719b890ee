#pragma once

#include "base/language.hpp"
#include "core/people/people.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace sealpost::replies {

// What mails of the service to people have in common.

// What they chose as a person here, or else the account's.
Task<Result<Language>> choose_language(std::shared_ptr<people::People> people, std::string address, people::AccountId account);

// A Message-ID with its angle brackets, as a header of ours can hold it; empty: it cannot.
[[nodiscard]] std::string check_message_id(std::string_view text);

}  // namespace sealpost::replies
