#pragma once

#include "sys/async/byte_source.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sealpost::http {

// multipart/form-data (RFC 7578) as it arrives, without I/O and in constant memory.
struct PartBegin {
    std::string name;
    std::optional<std::string> file_name;
    std::string content_type;  // "text/plain" when the part has none
};
struct PartData {
    std::string bytes;
};
struct PartEnd {};
using MultipartEvent = std::variant<PartBegin, PartData, PartEnd>;

struct MultipartLimits {
    std::size_t max_parts = 64;
    std::size_t max_part_head_bytes = 8 * 1024;
};

// The boundary of a `multipart/form-data; boundary=…` content type (RFC 2046 §5.1.1: 1 to 70 characters, no controls).
[[nodiscard]] Result<std::string> parse_boundary(std::string_view content_type);

class MultipartParser {
public:
    explicit MultipartParser(std::string_view boundary, MultipartLimits limits = {});

    // The events that these octets complete; the split of the octets over calls changes nothing but
    // the split of PartData. After an error the parser is dead.
    [[nodiscard]] Result<std::vector<MultipartEvent>> feed(std::string_view bytes);
    [[nodiscard]] Result<> finish() const;  // refuses a body that stopped early

private:
    enum class State { preamble, after_delimiter, head, data, epilogue, dead };
    Result<bool> step(std::vector<MultipartEvent>& events);
    Result<bool> find_first_delimiter();
    Result<bool> read_after_delimiter();
    Result<bool> read_head(std::vector<MultipartEvent>& events);
    Result<bool> read_data(std::vector<MultipartEvent>& events);

    std::string delimiter_;  // CRLF "--" boundary
    MultipartLimits limits_;
    State state_ = State::preamble;
    std::string pending_ = "\r\n";  // lets the first delimiter, which has no CRLF before it, match
    std::size_t parts_ = 0;
};

// The same over a body: the next event, or absent at the orderly end.
class MultipartReader {
public:
    MultipartReader(async::ByteSource& body, std::string_view boundary, MultipartLimits limits = {})
        : body_(body), parser_(boundary, limits)
    {
    }
    Task<Result<std::optional<MultipartEvent>>> next();

private:
    async::ByteSource& body_;
    MultipartParser parser_;
    std::vector<MultipartEvent> events_;
    std::size_t at_ = 0;
};

}  // namespace sealpost::http
