#pragma once

#include "core/people/forgetting.hpp"

namespace sealpost::keys {

// Removes all that is kept of envelopes that ended longer ago than that; they are as unknown then as one that never was. One that
// has not ended is never touched. Answers how many went, as the audit trail does (envelope.forgotten).
Task<Result<std::int64_t>> forget_ended(people::Store store, people::KeptFor period);

}  // namespace sealpost::keys
