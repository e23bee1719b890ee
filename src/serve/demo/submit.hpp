#pragma once

#include "serve/demo/world.hpp"

#include <string>

namespace sealpost::demo {

// What Alice's mail program does: signs in at acme's submission listener inside verified TLS and hands
// the message over. Answers the gateway's reply; Fault::denied when it said no. Blocks.
Result<std::string> submit_as_alice(World& world, std::string message, const std::string& to);

}  // namespace sealpost::demo
