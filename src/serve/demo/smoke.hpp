#pragma once

#include "serve/demo/world.hpp"

#include <iosfwd>

namespace sealpost::demo {

struct SmokeOptions {
    // Breaks the story on purpose: acme's gateway shows a certificate that nobody vouches for when
    // its domain is tested, so that TLS replies cannot be switched on.
    bool break_certificate = false;
};

// Plays the whole story once, without a browser: both reply modes and the failing certificate. Prints
// one line a step; true when every step was as it should be.
bool play_smoke(World& world, const SmokeOptions& options, std::ostream& out);

}  // namespace sealpost::demo
