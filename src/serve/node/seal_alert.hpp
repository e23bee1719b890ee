#pragma once

#include "serve/alerts/alerts.hpp"
#include "serve/sealer/key_service.hpp"

#include <string>

namespace sealpost::node {

inline constexpr const char* seal_kind = "sealing_fails";

struct SealTrouble {
    WallTime since;
    std::size_t waiting = 0;  // messages
    bool are_more = false;    // at least so many
    sealer::ServiceTrouble trouble = sealer::ServiceTrouble::other;
    std::string problem;
};

// Nothing is sealed, in both languages; its stage is the trouble, since each has a remedy of its own. Whom it is about is the
// watch's to set.
[[nodiscard]] alerts::Alert make_seal_alert(const SealTrouble& seen);

}  // namespace sealpost::node
