#pragma once

#include <string>

namespace sealpost::dns {

// A zone signed by ldns with a key made for it. Throws std::runtime_error when that does not work:
// missing tools are an install step (Debian: package ldnsutils).
struct SignedZone {
    std::string master_file;
    std::string trust_anchor;  // the DS record
};
[[nodiscard]] SignedZone sign_zone(const std::string& zone, const std::string& master_file);

}  // namespace sealpost::dns
