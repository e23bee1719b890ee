#include "wire/mail/parts.hpp"

#include "base/text.hpp"
#include "wire/mail/gmime_memory.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/mail/utf8.hpp"

#include <algorithm>

namespace sealpost::mail {
namespace {

// GMime makes an object of every header field and part, without a limit of its own. Lines that could
// become one are counted first, so that a message of nothing but "a:" cannot eat the memory.
constexpr std::size_t max_structure_lines = 200'000;

Error bad(std::string_view what) { return Error{Fault::peer_broke_it, std::string(what)}; }

bool may_be_structure(std::string_view line)
{
    if (line.starts_with("--")) return true;
    for (const char c : line.substr(0, 80)) {
        if (c == ':') return true;
        if (c <= ' ' || c >= 127) return false;
    }
    return false;
}

Result<> check_structure(std::string_view message, const PartLimits& limits)
{
    if (message.size() > limits.max_message_bytes) return bad("the message is too large");
    std::size_t lines = 0;
    for (std::size_t at = 0; at < message.size();) {
        const std::size_t end = std::min(message.find('\n', at), message.size());
        if (may_be_structure(message.substr(at, end - at)) && ++lines > max_structure_lines)
            return bad("the message has too many parts or header fields");
        at = end + 1;
    }
    return {};
}

std::string text_or_empty(const char* text) { return text == nullptr ? std::string() : std::string(text); }

std::string decoded_content(GMimePart* part)
{
    GMimeDataWrapper* content = g_mime_part_get_content(part);
    if (content == nullptr) return {};
    const Owned<GMimeStream> out(g_mime_stream_mem_new());
    g_mime_data_wrapper_write_to_stream(content, out.get());
    const GByteArray* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(out.get()));
    if (bytes == nullptr || bytes->len == 0) return {};
    return {reinterpret_cast<const char*>(bytes->data), bytes->len};
}

Part describe(GMimePart* part)
{
    Part out;
    GMimeObject* object = GMIME_OBJECT(part);
    if (GMimeContentType* type = g_mime_object_get_content_type(object); type != nullptr) {
        const OwnedText name(g_mime_content_type_get_mime_type(type));
        out.type = ascii_lower(text_or_empty(name.get()));
        out.charset = text_or_empty(g_mime_content_type_get_parameter(type, "charset"));
    }
    out.name = clean_utf8(text_or_empty(g_mime_part_get_filename(part)), Controls::none);
    out.content_id = text_or_empty(g_mime_object_get_content_id(object));
    out.is_attachment = g_mime_part_is_attachment(part) != 0;
    out.content = decoded_content(part);
    return out;
}

class Visit {
public:
    Visit(const std::function<bool(Part&&)>& visitor, const PartLimits& limits) : visitor_(visitor), limits_(limits) {}

    Result<> walk(GMimeObject* object, int depth)
    {
        if (object == nullptr || stopped_) return {};
        if (depth > limits_.max_depth) return bad("the parts of the message are nested too deeply");
        if (++parts_ > limits_.max_parts) return bad("the message has too many parts");
        if (GMIME_IS_MULTIPART(object)) return walk_children(GMIME_MULTIPART(object), depth);
        if (GMIME_IS_MESSAGE_PART(object))
            return walk_message(g_mime_message_part_get_message(GMIME_MESSAGE_PART(object)), depth + 1);
        if (GMIME_IS_PART(object)) stopped_ = !visitor_(describe(GMIME_PART(object)));
        return {};
    }

    Result<> walk_message(GMimeMessage* message, int depth)
    {
        if (message == nullptr) return {};
        return walk(g_mime_message_get_mime_part(message), depth);
    }

private:
    Result<> walk_children(GMimeMultipart* multipart, int depth)
    {
        const int count = g_mime_multipart_get_count(multipart);
        for (int i = 0; i < count; ++i) SEALPOST_CHECK(walk(g_mime_multipart_get_part(multipart, i), depth + 1));
        return {};
    }

    const std::function<bool(Part&&)>& visitor_;
    const PartLimits& limits_;
    std::size_t parts_ = 0;
    bool stopped_ = false;
};

// GMime reads the caller's text where it lies: the array borrows it, and gives it back before it goes.
class BorrowedArray {
public:
    explicit BorrowedArray(std::string_view text)
        : array_(g_byte_array_new_take(reinterpret_cast<guint8*>(const_cast<char*>(text.data())), text.size()))
    {
    }
    ~BorrowedArray()
    {
        (void)g_byte_array_steal(array_, nullptr);
        g_byte_array_free(array_, TRUE);
    }
    BorrowedArray(const BorrowedArray&) = delete;
    BorrowedArray& operator=(const BorrowedArray&) = delete;
    [[nodiscard]] GByteArray* array() const { return array_; }

private:
    GByteArray* array_;
};

}  // namespace

Result<> visit_parts(std::string_view message, const std::function<bool(Part&&)>& visitor, const PartLimits& limits)
{
    start_gmime();
    SEALPOST_CHECK(check_structure(message, limits));
    if (message.empty()) return bad("an empty message");
    const BorrowedArray borrowed(message);
    const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_byte_array(borrowed.array()));
    g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream.get()), FALSE);
    const Owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
    g_mime_parser_set_persist_stream(parser.get(), TRUE);
    const Owned<GMimeMessage> parsed(g_mime_parser_construct_message(parser.get(), nullptr));
    if (!parsed) return bad("not a message");
    return Visit(visitor, limits).walk_message(parsed.get(), 0);
}

std::string to_utf8(std::string_view text, std::string_view charset)
{
    start_gmime();
    const std::string name(charset);
    if (name.empty() || iequals(name, "utf-8") || iequals(name, "us-ascii")) return clean_utf8(text, Controls::keep_lines);
    const iconv_t converter = g_mime_iconv_open("utf-8", name.c_str());
    if (converter == reinterpret_cast<iconv_t>(-1))  // NOLINT(performance-no-int-to-ptr): iconv's own word for failure
        return clean_utf8(text, Controls::keep_lines);
    const OwnedText converted(g_mime_iconv_strndup(converter, text.data(), text.size()));
    g_mime_iconv_close(converter);
    return clean_utf8(converted ? std::string_view(converted.get()) : text, Controls::keep_lines);
}

}  // namespace sealpost::mail
