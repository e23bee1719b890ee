// Inside wire/dkim: how our own signature fields are written, the same for DKIM and ARC.
#pragma once

#include "wire/dkim/head.hpp"
#include "wire/dkim/signer.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sealpost::dkim {

// Writes a field of tags, folded before column 78.
class TagWriter {
public:
    explicit TagWriter(std::string_view field) : text_(std::string(field) + ':'), column_(text_.size()) {}

    void add(std::string_view name, std::string_view value);
    void add_list(std::string_view name, const std::vector<std::string>& items);  // joined by ":"
    void add_octets(std::string_view name, ByteView octets);                      // base64

    // The field so far, without a line end.
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    void begin_tag(std::string_view tag, std::size_t least);
    void fold();
    void append_base64(std::string_view text);

    std::string text_;
    std::size_t column_;
    bool has_tag_ = false;
};

// RFC 6376 §5.4: what h= names: each field that says who speaks to whom about what and how the body is to be read,
// as often as it stands there, and those that must not be added (doc/spec/dkim.md) once more.
[[nodiscard]] std::vector<std::string> names_to_sign(const Head& head);

// "rsa-sha256" or "ed25519-sha256".
[[nodiscard]] std::string_view format_algorithm(crypto::SignatureKind kind);
[[nodiscard]] std::string format_seconds(WallTime time);

// Ends the field with b=: the signature over `sha`, to which the field is added. The field with its CRLF.
[[nodiscard]] Result<std::string> seal_field(TagWriter writer, crypto::Sha256 sha, const crypto::PrivateKey& key);

}  // namespace sealpost::dkim
