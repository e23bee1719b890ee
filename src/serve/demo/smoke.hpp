#pragma once

#include "serve/demo/world.hpp"

#include <functional>
#include <optional>
#include <string>

namespace sealpost::demo {

struct SmokeOptions {
    // Breaks the story on purpose: acme's gateway shows a certificate that nobody vouches for when
    // its domain is tested, so that TLS replies cannot be switched on.
    bool break_certificate = false;
};

struct SmokeStep {
    std::string what;
    std::optional<std::string> problem = {};  // absent: it was as it should be
};

// Plays the whole story once, without a browser: both reply modes and the failing certificate. Tells each step as it is
// done, of which the first with a problem is the last; true when there was none.
bool play_smoke(World& world, const SmokeOptions& options, std::function<void(const SmokeStep&)> tell);

}  // namespace sealpost::demo
