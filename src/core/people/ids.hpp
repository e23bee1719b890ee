#pragma once

#include "base/id.hpp"

#include <cstdint>

namespace sealpost::people {

using AccountId = Id<struct AccountIdTag, std::int64_t>;
using TokenId = Id<struct TokenIdTag, std::int64_t>;
using PersonId = Id<struct PersonIdTag, std::int64_t>;
using AdministratorId = Id<struct AdministratorIdTag, std::int64_t>;

}  // namespace sealpost::people
