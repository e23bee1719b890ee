#include "wire/mail/parts.hpp"

#include "base/text.hpp"
#include "wire/mail/content_fields.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/mail/lines.hpp"
#include "wire/mail/transfer_encoding.hpp"

#include <vector>

namespace sealpost::mail {
namespace {

constexpr std::size_t max_boundary_bytes = 200;  // RFC 2046 §5.1.1: 70
// The body of a multipart is looked through once for each that it lies in: small messages may be nested as deep as anybody
// likes, large ones in three.
constexpr std::size_t looks_at_all = 3;
constexpr std::size_t looked_at_anyway = 16 * 1024 * 1024;

Error bad(std::string_view what) { return Error{Fault::peer_broke_it, std::string(what)}; }

// A message or part: its head with the empty line, and what follows.
struct Entity {
    std::string_view head;
    std::string_view body;
};

Entity divide(std::string_view text)
{
    const std::size_t end = find_end_of_head(text).value_or(text.size());
    return {text.substr(0, end), text.substr(end)};
}

// RFC 2046 §5.1.1: "--boundary", white space, and "--" before that for the last one.
enum class Delimiter { none, next, last };
Delimiter read_delimiter(std::string_view line, std::string_view boundary)
{
    if (!line.starts_with("--") || !line.substr(2).starts_with(boundary)) return Delimiter::none;
    const std::string_view rest = trim(line.substr(2 + boundary.size()));
    if (rest.empty()) return Delimiter::next;
    return rest == "--" ? Delimiter::last : Delimiter::none;
}

// The parts of a multipart's body, at most `most` and one; what stands before the first and behind the last is not for readers.
std::vector<std::string_view> split_parts(std::string_view body, std::string_view boundary, std::size_t most)
{
    std::vector<std::string_view> parts;
    std::size_t begin = std::string_view::npos;  // of the part that the scan is in
    for (std::string_view rest = body; !rest.empty() && parts.size() <= most;) {
        const std::size_t at = body.size() - rest.size();
        const Delimiter delimiter = read_delimiter(take_line(rest), boundary);
        if (delimiter == Delimiter::none) continue;
        if (begin != std::string_view::npos) parts.push_back(without_line_end(body.substr(begin, at - begin)));
        if (delimiter == Delimiter::last) return parts;
        begin = body.size() - rest.size();
    }
    if (begin != std::string_view::npos) parts.push_back(body.substr(begin));  // it was cut off
    return parts;
}

std::string decode_body(std::string_view body, std::string_view encoding)
{
    if (encoding == "base64") return decode_base64_text(body);
    if (encoding == "quoted-printable") return decode_quoted_printable(body);
    return std::string(body);
}

// At the most.
std::size_t decoded_size(std::string_view body, std::string_view encoding)
{
    return encoding == "base64" ? body.size() / 4 * 3 + 3 : body.size();
}

class Visit {
public:
    Visit(const std::function<bool(Part&&)>& visitor, const PartLimits& limits, std::size_t bytes)
        : visitor_(visitor),
          limits_(limits),
          may_look_at_(looks_at_all * bytes + looked_at_anyway),
          may_decode_(bytes),
          may_hold_(limits.max_decoded_bytes)
    {
    }

    Result<> walk(std::string_view text, std::string_view default_type, int depth)
    {
        if (stopped_) return {};
        if (depth > limits_.max_depth) return bad("the parts of the message are nested too deeply");
        if (++parts_ > limits_.max_parts) return bad("the message has too many parts");
        const Entity entity = divide(text);
        ContentFields fields = read_content_fields(entity.head, default_type);
        const bool has_boundary = !fields.boundary.empty() && fields.boundary.size() <= max_boundary_bytes;
        if (fields.type.starts_with("multipart/") && has_boundary) return walk_parts(entity.body, fields, depth);
        if (fields.type == "message/rfc822" || fields.type == "message/global")
            return walk_message(entity.body, fields.encoding, depth);
        if (decoded_size(entity.body, fields.encoding) > may_hold_) return bad("a part of the message is too large");
        stopped_ = !visitor_({std::move(fields.type), std::move(fields.name), std::move(fields.content_id), fields.is_attachment,
                              decode_body(entity.body, fields.encoding)});
        return {};
    }

private:
    Result<> walk_parts(std::string_view body, const ContentFields& fields, int depth)
    {
        if (body.size() > may_look_at_) return bad("the parts of the message are nested too deeply");
        may_look_at_ -= body.size();
        const std::string_view type = fields.type == "multipart/digest" ? "message/rfc822" : "text/plain";
        for (const std::string_view part : split_parts(body, fields.boundary, limits_.max_parts))
            SEALPOST_CHECK(walk(part, type, depth + 1));
        return {};
    }

    // RFC 2046 §5.2.1 allows no encoding here; where one is, it is undone.
    Result<> walk_message(std::string_view body, std::string_view encoding, int depth)
    {
        if (encoding != "base64" && encoding != "quoted-printable") return walk(body, "text/plain", depth + 1);
        if (body.size() > may_decode_) return bad("the parts of the message are nested too deeply");
        may_decode_ -= body.size();
        const std::size_t held = decoded_size(body, encoding);
        if (held > may_hold_) return bad("a part of the message is too large");
        may_hold_ -= held;
        const std::string decoded = decode_body(body, encoding);
        const auto walked = walk(decoded, "text/plain", depth + 1);
        may_hold_ += held;
        return walked;
    }

    const std::function<bool(Part&&)>& visitor_;
    const PartLimits& limits_;
    std::size_t may_look_at_;  // octets of multiparts that are left
    std::size_t may_decode_;   // octets of messages, which are held while their parts are walked
    std::size_t may_hold_;     // octets that may be decoded beside those that are
    std::size_t parts_ = 0;
    bool stopped_ = false;
};

}  // namespace

Result<> visit_parts(std::string_view message, const std::function<bool(Part&&)>& visitor, const PartLimits& limits)
{
    if (message.empty()) return bad("an empty message");
    if (message.size() > limits.max_message_bytes) return bad("the message is too large");
    return Visit(visitor, limits, message.size()).walk(message, "text/plain", 0);
}

}  // namespace sealpost::mail
