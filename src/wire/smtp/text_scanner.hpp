#pragma once

#include <cstdint>
#include <string_view>

namespace sealpost::smtp {

// The end-of-data machine. It looks over received content without copying it, and holds the one
// rule that keeps two servers from seeing different messages in the same octets:
// RFC 5321 §4.1.1.4: "The mail data are terminated by a line containing only a period, that is, the
// character sequence "<CRLF>.<CRLF>"" and §2.3.8: CR and LF never appear but together. NUL is
// refused too (§4.5.2 allows only for text of 1 to 127, and 8BITMIME excludes it).
class TextScanner {
public:
    enum class Framing { dots, counted };  // DATA, BDAT
    enum class Found { more, piece, end, bare_cr, bare_lf, nul };

    struct Step {
        Found found = Found::more;  // more: nothing further can be said without more input
        std::size_t consumed = 0;   // octets of the input that are done with
        std::string_view piece;     // content, unstuffed; a view into the input
    };

    explicit TextScanner(Framing framing) : framing_(framing) {}

    // Call again with what follows `consumed`, until more, end or a violation. With dots, up to two
    // octets at the end of the input may stay unconsumed until it is clear what they are.
    [[nodiscard]] Step scan(std::string_view input);

    // With counted framing: may the content end here, or is half a CRLF missing?
    [[nodiscard]] bool cr_is_pending() const { return cr_pending_; }
    [[nodiscard]] bool is_at_line_start() const { return at_line_start_; }

    [[nodiscard]] std::uint64_t content_bytes() const { return content_bytes_; }
    [[nodiscard]] std::uint64_t head_bytes() const { return head_bytes_; }            // up to the first empty line
    [[nodiscard]] std::uint64_t longest_line_bytes() const { return longest_line_; }  // with CRLF

private:
    Step scan_dot(std::string_view input);
    Step scan_line(std::string_view input);
    void take_segment(std::string_view segment, bool ends_line);

    Framing framing_;
    bool at_line_start_ = true;
    bool cr_pending_ = false;
    bool in_head_ = true;
    std::uint64_t line_bytes_ = 0;
    std::uint64_t longest_line_ = 0;
    std::uint64_t content_bytes_ = 0;
    std::uint64_t head_bytes_ = 0;
};

}  // namespace sealpost::smtp
