// Only for the .cpp files of this room.
#pragma once

#include <string>
#include <string_view>

namespace sealpost::mail {

// What the head of a message or part says of its body (RFC 2045, 2183), as far as it can be read: it is others' mail, and there
// is always an answer. Of several fields of one name the first counts.
struct ContentFields {
    std::string type;      // "text/html", lower case
    std::string boundary;  // of a multipart
    std::string name;      // of a file, UTF-8
    std::string encoding;  // Content-Transfer-Encoding, lower case
    std::string content_id;
    bool is_attachment = false;
};

// `head`: fields with their line ends. `type`: what counts without Content-Type.
[[nodiscard]] ContentFields read_content_fields(std::string_view head, std::string_view type);

}  // namespace sealpost::mail
