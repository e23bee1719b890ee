#pragma once

#include "base/result.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::mail {

struct HeaderLimits {
    std::size_t max_bytes = 256 * 1024;
    std::size_t max_fields = 2000;
    std::size_t max_line_bytes = 4096;  // above RFC 5322's 998: foreign mail is read generously
};

// The position just behind the empty line that ends the head (CRLF CRLF, or LF LF), or absent when
// `text` does not hold the whole head yet. A text that begins with an empty line has an empty head.
[[nodiscard]] std::optional<std::size_t> find_end_of_head(std::string_view text);

// The same of a message that may have been written without the empty line, or without a head: its first line that is no field
// is the body's. `beginning` reaches to the first empty line, or is the whole message. Where that line or one behind it is a
// field, or would be without what stands before its name (blanks, octets beyond ASCII), it is the head that is broken, and all of
// `beginning` is it: nothing that its writer meant as a field becomes text.
[[nodiscard]] std::size_t find_end_of_open_head(std::string_view beginning);

struct HeaderField {
    std::string name;  // as written
    std::string raw;   // the whole field with its line ends and folds
};

// The head of a message: fields in order, each octet kept, so that text() gives back what came in.
class HeaderBlock {
public:
    // `head` with or without the empty line at its end. A line without a colon, or with a name
    // outside RFC 5322 §3.6.8, makes it Fault::peer_broke_it.
    [[nodiscard]] static Result<HeaderBlock> parse(std::string_view head, const HeaderLimits& limits = {});

    [[nodiscard]] const std::vector<HeaderField>& fields() const { return fields_; }

    // Unfolded (RFC 5322 §2.2.3) and trimmed, not decoded; names compare without case.
    [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> find_all(std::string_view name) const;

    void remove(std::string_view name);                                              // every field of that name
    std::size_t remove_if(const std::function<bool(const HeaderField&)>& unwanted);  // how many went
    void append(std::string_view name, std::string_view value);                      // folded
    void set(std::string_view name, std::string_view value);                         // in place of the first, others go
    // Each field of these names gets another value, where there is one, and is folded anew; the others stay.
    void rewrite_values(std::span<const std::string_view> names,
                        const std::function<std::optional<std::string>(const std::string& unfolded)>& other);

    // Fields only, without the empty line.
    [[nodiscard]] std::string text() const;

private:
    std::vector<HeaderField> fields_;
};

// The unfolded and trimmed value of one raw field.
[[nodiscard]] std::string unfold(const HeaderField& field);

// "Name: value\r\n", folded at spaces before column 78 where it can be. The value must be ASCII or
// UTF-8 (RFC 6532) and free of line breaks, which are replaced with spaces, as tabs are: nothing can be injected.
[[nodiscard]] std::string format_field(std::string_view name, std::string_view value);

// RFC 2047: encoded words to UTF-8 and back. Unknown charsets and bad octets become U+FFFD or stay as
// they are; the result is always valid UTF-8 without control characters.
[[nodiscard]] std::string decode_words(std::string_view text);
[[nodiscard]] std::string encode_words(std::string_view utf8);

// A display name for use before "<a@b>": atom text, quoted string or encoded words.
[[nodiscard]] std::string encode_display_name(std::string_view utf8);

}  // namespace sealpost::mail
