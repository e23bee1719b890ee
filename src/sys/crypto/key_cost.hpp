// What it costs to verify with a key that a stranger chose.
#pragma once

struct evp_pkey_st;

namespace sealpost::crypto {

// Each bit of an RSA exponent costs whoever verifies: 65537 is usual, 33 bits are room enough. True of keys that have none.
[[nodiscard]] bool has_usual_exponent(const evp_pkey_st* key);
// At most 8192 bits as well: beyond them a single signature takes milliseconds.
[[nodiscard]] bool is_of_usual_cost(const evp_pkey_st* key);

}  // namespace sealpost::crypto
