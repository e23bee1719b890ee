#pragma once

#include <string_view>

namespace sealpost::cli {

// Long-running commands take their signals on the main thread: SIGTERM and SIGINT end, SIGHUP reloads.
enum class Signalled { end, reload };

void block_signals();  // in this thread and those it starts
Signalled wait_for_signal();

// Tells systemd, when it started us (sd_notify protocol); otherwise nothing.
void notify_service_manager(std::string_view state);

}  // namespace sealpost::cli
