#pragma once

#include "core/tally/chores.hpp"
#include "serve/dmarcreports/sender.hpp"

namespace sealpost::dmarcreports {

using ChoreParts = tally::ChoreParts<Reports>;
Task<void> run_chores(ChoreParts parts);

using SendingParts = tally::SendingParts<Sender>;
Task<void> send_reports(SendingParts parts);

}  // namespace sealpost::dmarcreports
