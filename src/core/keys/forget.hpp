#pragma once

#include "core/people/forgetting.hpp"

namespace sealpost::keys {

// Removes what is kept of envelopes that ended longer ago than that, as of `now`, which the caller believes. They are as unknown
// then as one that never was, but that nobody can store another under their id. One that has not ended is never touched. Answers
// how many went, as the audit trail does (envelope.forgotten); of very many the rest goes with the next calls.
Task<Result<std::int64_t>> forget_ended(people::Store store, people::KeptFor period, WallTime now);

}  // namespace sealpost::keys
