#pragma once

#include "wire/dkim/head.hpp"
#include "wire/dkim/signature_field.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sealpost::dkim {

// One ARC set (RFC 8617 §4): the numbers of its fields in the head.
struct ArcSet {
    std::size_t results = 0;  // ARC-Authentication-Results
    std::size_t message = 0;  // ARC-Message-Signature
    std::size_t seal = 0;     // ARC-Seal
    SignatureField seal_field{};
};

// The chain as it stands, before a signature is looked at.
struct ChainShape {
    unsigned highest = 0;      // instance; 0: no chain
    std::vector<ArcSet> sets;  // instance 1 first; empty unless the structure is sound
    SignatureField message{};  // of the newest set
    bool is_closed = false;    // the newest seal says cv=fail: nothing may be added
    std::string problem;       // of the structure; empty: sound

    [[nodiscard]] bool is_sound() const { return problem.empty(); }
};

// RFC 8617 §5.2 steps 1 to 3: each instance exactly once in each kind, without a gap, cv= none and then pass.
[[nodiscard]] ChainShape read_chain(const Head& head, std::size_t max_sets);

// What the seal of set `instance` (from 1) signs: the sets up to its own, RFC 8617 §5.1.1.
[[nodiscard]] crypto::Digest256 hash_seal(const Head& head, const ChainShape& chain, std::size_t instance);

// The instance of a field: a leading "i=N;". Absent when it is none of 1..50.
[[nodiscard]] std::optional<unsigned> find_instance(std::string_view value);

}  // namespace sealpost::dkim
