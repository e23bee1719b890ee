#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sealpost::mail {

// Writes a MIME message piece by piece; every call answers the text to send next (CRLF lines, ASCII,
// base64 at 76 columns), and nothing is kept but a few octets. Order of calls:
//   begin_mixed | begin_report · [add_alternative | add_text] … · (begin_attachment · append … · end_attachment) … · end
// one call a statement, since each depends on the one before;
// or `begin_alternative_only` (text and HTML, no attachments), which is complete in itself.
class MimeWriter {
public:
    using Fields = std::vector<std::pair<std::string, std::string>>;

    MimeWriter();                               // with a random boundary
    explicit MimeWriter(std::string boundary);  // for tests and reproducible output

    // The message's own fields; MIME-Version and Content-Type are added.
    [[nodiscard]] std::string begin_mixed(const Fields& fields);
    // In place of begin_mixed: multipart/report (RFC 6522) with this report-type.
    [[nodiscard]] std::string begin_report(const Fields& fields, std::string_view type);
    [[nodiscard]] std::string add_text(std::string_view utf8);
    [[nodiscard]] std::string add_alternative(std::string_view text, std::string_view html);

    // `name` becomes filename (RFC 2231 when not ASCII); `type` like "text/html; charset=utf-8".
    [[nodiscard]] std::string begin_attachment(std::string_view name, std::string_view type);
    [[nodiscard]] std::string append(std::string_view bytes);
    [[nodiscard]] std::string end_attachment();

    [[nodiscard]] std::string end();

    [[nodiscard]] std::string begin_alternative_only(const Fields& fields, std::string_view text, std::string_view html);

private:
    [[nodiscard]] std::string begin_part(std::string_view fields) const;
    std::string boundary_;
    std::string held_;  // octets of the attachment that do not fill a line yet
};

// One whole part's body in base64 lines of 76 columns with CRLF.
[[nodiscard]] std::string encode_base64_lines(std::string_view bytes);

// `name*` of RFC 2231 when needed: `filename="a.txt"` or `filename*=UTF-8''…`.
[[nodiscard]] std::string format_parameter(std::string_view attribute, std::string_view utf8);

}  // namespace sealpost::mail
