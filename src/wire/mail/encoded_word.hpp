// Only for the .cpp files of this room: text in other charsets than UTF-8.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sealpost::mail {

// iconv for one charset.
class Converter {
public:
    // Null when iconv does not know the charset.
    [[nodiscard]] static std::unique_ptr<Converter> open(std::string_view charset);
    ~Converter();
    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;

    // In UTF-8; octets that mean nothing become U+FFFD.
    [[nodiscard]] std::string convert(std::string_view octets);

private:
    explicit Converter(void* handle) : handle_(handle) {}
    void* handle_;
};

// Absent when iconv does not know the charset.
[[nodiscard]] std::optional<std::string> convert_to_utf8(std::string_view octets, std::string_view charset);

// Reads the encoded words of one text (RFC 2047 §2), of which it knows so many charsets at most: who writes in more means harm.
class WordReader {
public:
    static constexpr std::size_t max_charsets = 16;

    // Loose: "text" may hold what RFC 2047 §2 forbids, as in subjects of some senders. Strict: nothing in which another reader
    // of an address list might see the end of a name (§5).
    enum class Payload { loose, strict };
    explicit WordReader(Payload payload) : payload_(payload) {}

    // `text` is always a rest of the same text. What the words at the beginning of `text` say, in UTF-8, and taken off it, with
    // the white space between them (§6.2). Words of one charset are put together before they are converted, so that characters
    // that a sender split stay whole. Absent when there is no whole word of a known charset.
    [[nodiscard]] std::optional<std::string> take(std::string_view& text);

private:
    struct Word {
        std::string_view charset;  // without the language of RFC 2231 §5
        bool is_base64 = false;
        std::string_view payload;
        std::size_t size = 0;  // in the text, with white space before it
        Converter* converter = nullptr;
    };
    [[nodiscard]] std::optional<Word> parse(std::string_view text);
    [[nodiscard]] std::optional<Word> parse_next(std::string_view text);
    [[nodiscard]] std::size_t find_end(std::string_view text);
    [[nodiscard]] Converter* find_converter(std::string_view charset);

    Payload payload_;
    const char* next_end_ = nullptr;  // the first "?=" behind all that was searched, or the end of the text
    std::map<std::string, std::unique_ptr<Converter>> converters_;  // null: not known
};

}  // namespace sealpost::mail
