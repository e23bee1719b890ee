#pragma once

#include "base/clock.hpp"
#include "core/queue/message.hpp"
#include "serve/sealer/key_service.hpp"
#include "sys/async/task.hpp"
#include "sys/log/log.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sealpost::sealer {

// What the queue remembers of a notification: the envelope that it tells of. When that ends is the key service's to know, since
// it may be moved after the sealing.
[[nodiscard]] std::string format_notification_facts(const std::string& envelope_id);
// Absent: these are the facts of other mail.
[[nodiscard]] std::optional<std::string> find_envelope(std::string_view facts);

// A notification that has waited long (for a host, for an operator, or for the end of a suspension) tells of an envelope that may
// have ended meanwhile; nobody is sent there then. Absent: it may leave. Other mail always may.
Task<std::optional<queue::Report>> check_late_notification(std::shared_ptr<KeyService> keys, queue::DueMessage message,
                                                           WallTime now, log::Log log);

}  // namespace sealpost::sealer
