#pragma once

#include "core/certificates/finding.hpp"
#include "sys/crypto/material.hpp"

#include <optional>

namespace sealpost::certificates {

// What somebody wants to install: files or texts in any form and order.
struct Material {
    std::vector<Secret> pieces;      // a key may be in each; 256 KiB together
    std::optional<Secret> password;  // of the encrypted ones
};

// What is here already and may be completed by it.
struct Kept {
    std::optional<crypto::PrivateKey> request_key;
    std::optional<crypto::PrivateKey> previous_request_key;  // of the request that the pending one replaced
    std::optional<crypto::PrivateKey> key;
    std::vector<crypto::Certificate> chain;
    std::string problem = {};  // why some of it is taken as none; empty: all could be read
};

struct Prepared {
    Finding finding;                        // its chain is what would be sent
    std::optional<crypto::PrivateKey> key;  // when the finding is installable
    bool is_of_request = false;             // it is that of the pending request
    bool is_of_previous_request = false;
    std::vector<crypto::Certificate> left_out = {};  // roots, and what leads nowhere
};

struct PrepareOptions {
    std::vector<std::string> names = {};  // which the leaf must bear
    WallTime now{};
};

// Reads, finds the key, puts in order, checks (doc/spec/certificates.md). May take a second: not on a worker.
[[nodiscard]] Prepared prepare(const Material& material, const Kept& kept, const crypto::TrustStore& trust,
                               const PrepareOptions& options);

}  // namespace sealpost::certificates
