#include "wire/mail/mime_writer.hpp"

#include "base/encoding.hpp"
#include "sys/crypto/random.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/mail/utf8.hpp"

namespace sealpost::mail {
namespace {

constexpr std::size_t line_octets = 57;  // RFC 2045 §6.8: lines of no more than 76 characters

void append_lines(std::string& out, std::string_view bytes)
{
    while (!bytes.empty()) {
        out += format_base64(as_bytes(bytes.substr(0, line_octets)));
        out += "\r\n";
        bytes.remove_prefix(std::min(line_octets, bytes.size()));
    }
}

// RFC 5987 attr-char, which RFC 2231 allows as well.
bool is_attribute_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$&+-.^_`|~").find(c) != std::string_view::npos;
}

std::string format_fields(const MimeWriter::Fields& fields)
{
    std::string out;
    for (const auto& [name, value] : fields) out += format_field(name, value);
    return out + "MIME-Version: 1.0\r\n";
}

std::string text_body(std::string_view type, std::string_view utf8)
{
    return "Content-Type: " + std::string(type) + "; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
           encode_base64_lines(utf8);
}

std::string alternative(const std::string& boundary, std::string_view text, std::string_view html)
{
    return "Content-Type: multipart/alternative;\r\n boundary=\"" + boundary + "\"\r\n\r\n--" + boundary + "\r\n" +
           text_body("text/plain", text) + "--" + boundary + "\r\n" + text_body("text/html", html) + "--" + boundary + "--\r\n";
}

}  // namespace

// RFC 2045 §6.7: "=_" can stand neither in base64 nor in quoted-printable text.
MimeWriter::MimeWriter() : MimeWriter("=_" + format_hex(crypto::random_bytes(16))) {}
MimeWriter::MimeWriter(std::string boundary) : boundary_(std::move(boundary)) {}

std::string MimeWriter::begin_mixed(const Fields& fields)
{
    return format_fields(fields) + "Content-Type: multipart/mixed;\r\n boundary=\"" + boundary_ + "\"\r\n\r\n";
}

std::string MimeWriter::begin_report(const Fields& fields, std::string_view type)
{
    return format_fields(fields) + "Content-Type: multipart/report; report-type=\"" + std::string(type) + "\";\r\n boundary=\"" +
           boundary_ + "\"\r\n\r\n";
}

std::string MimeWriter::begin_part(std::string_view fields) const { return "--" + boundary_ + "\r\n" + std::string(fields); }

std::string MimeWriter::add_text(std::string_view utf8) { return begin_part(text_body("text/plain", utf8)); }

std::string MimeWriter::add_alternative(std::string_view text, std::string_view html)
{
    return begin_part(alternative(boundary_ + "_a", text, html));
}

std::string MimeWriter::begin_attachment(std::string_view name, std::string_view type)
{
    held_.clear();
    return begin_part(format_field("Content-Type", type) +
                      format_field("Content-Disposition", "attachment; " + format_parameter("filename", name)) +
                      "Content-Transfer-Encoding: base64\r\n\r\n");
}

std::string MimeWriter::append(std::string_view bytes)
{
    std::string out;
    if (!held_.empty()) {
        const std::size_t missing = std::min(line_octets - held_.size(), bytes.size());
        held_ += bytes.substr(0, missing);
        bytes.remove_prefix(missing);
        if (held_.size() < line_octets) return out;
        append_lines(out, held_);
        held_.clear();
    }
    const std::size_t whole = bytes.size() / line_octets * line_octets;
    out.reserve(out.size() + whole / line_octets * 78);
    append_lines(out, bytes.substr(0, whole));
    held_ = bytes.substr(whole);
    return out;
}

std::string MimeWriter::end_attachment()
{
    std::string out;
    append_lines(out, held_);
    held_.clear();
    return out;
}

std::string MimeWriter::end() { return "--" + boundary_ + "--\r\n"; }

std::string MimeWriter::begin_alternative_only(const Fields& fields, std::string_view text, std::string_view html)
{
    return format_fields(fields) + alternative(boundary_, text, html);
}

std::string encode_base64_lines(std::string_view bytes)
{
    std::string out;
    out.reserve(bytes.size() / line_octets * 78 + 80);
    append_lines(out, bytes);
    return out;
}

std::string format_parameter(std::string_view attribute, std::string_view utf8)
{
    const std::string clean = clean_utf8(utf8, Controls::none);
    std::string out(attribute);
    if (is_ascii(clean)) {
        out += "=\"";
        for (const char c : clean) {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
        return out + '"';
    }
    // RFC 2231 §4: charset, no language, percent-encoded octets.
    out += "*=utf-8''";
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : clean) {
        const auto octet = static_cast<unsigned char>(c);
        if (is_attribute_char(c))
            out += c;
        else
            out += {'%', digits[octet >> 4], digits[octet & 15]};
    }
    return out;
}

}  // namespace sealpost::mail
