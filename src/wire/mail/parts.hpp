#pragma once

#include "base/result.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace sealpost::mail {

// One leaf of a message's MIME tree, transfer encoding undone.
struct Part {
    std::string type;        // "text/html", lower case
    std::string name;        // file name, decoded UTF-8; may be empty
    std::string content_id;  // without angle brackets
    bool is_attachment = false;
    std::string content;  // text stays in its charset
};

struct PartLimits {
    std::size_t max_message_bytes = 64 * 1024 * 1024;
    // Copies that are in memory at one time, beside the message: of a part, and of encoded messages that it lies in.
    std::size_t max_decoded_bytes = static_cast<std::size_t>(-1);
    std::size_t max_parts = 1000;
    int max_depth = 20;
};

// Shows the leaves of a message (of forwarded messages inside it, too) one at a time, in order, until
// the visitor answers false. One decoded part is in memory at a time.
[[nodiscard]] Result<> visit_parts(std::string_view message, const std::function<bool(Part&&)>& visitor,
                                   const PartLimits& limits = {});

}  // namespace sealpost::mail
