#pragma once

#include "core/traffic/facts.hpp"

#include <string>
#include <string_view>

namespace sealpost::traffic {

// A record as it stands in the store (doc/spec/traffic.md), without its time. What has its default is left out.
[[nodiscard]] std::string format_record(const ConnectionRecord& record);
[[nodiscard]] std::string format_record(const MessageRecord& record);

// Fault::give_up when the text is broken.
[[nodiscard]] Result<ConnectionRecord> parse_connection(std::string_view text);
[[nodiscard]] Result<MessageRecord> parse_message(std::string_view text);

}  // namespace sealpost::traffic
