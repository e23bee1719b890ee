#include "wire/dkim/signing.hpp"

#include "base/encoding.hpp"

#include <algorithm>
#include <array>

namespace sealpost::dkim {
namespace {

constexpr std::size_t fold_column = 76;  // leaves room for ";" or ":"
constexpr std::string_view new_line = "\r\n\t";

struct SignedName {
    std::string_view name;
    bool is_oversigned = false;
};

// A second From, Subject, Reply-To … would be shown, or answered to, in place of ours; a second Content-Type
// would make another body of the same octets. Trace fields, and those that lists add, are left free.
constexpr std::array<SignedName, 15> signed_names{{{"from", true},
                                                   {"reply-to", true},
                                                   {"to", true},
                                                   {"cc", true},
                                                   {"subject", true},
                                                   {"date", true},
                                                   {"mime-version", true},
                                                   {"content-type", true},
                                                   {"content-transfer-encoding", true},
                                                   {"content-disposition", false},
                                                   {"sender", false},
                                                   {"message-id", false},
                                                   {"in-reply-to", false},
                                                   {"references", false},
                                                   {"auto-submitted", false}}};

}  // namespace

void TagWriter::fold()
{
    text_ += new_line;
    column_ = 8;
}

// On this line if `least` columns of it fit.
void TagWriter::begin_tag(std::string_view tag, std::size_t least)
{
    if (has_tag_) text_ += ';';
    has_tag_ = true;
    if (column_ + 2 + least > fold_column) {
        fold();
    } else {
        text_ += ' ';
        column_ += 2;
    }
    text_ += tag;
    column_ += tag.size();
}

void TagWriter::add(std::string_view name, std::string_view value)
{
    const std::string tag = std::string(name) + '=' + std::string(value);
    begin_tag(tag, tag.size());
}

void TagWriter::add_list(std::string_view name, const std::vector<std::string>& items)
{
    const std::string first = std::string(name) + '=' + (items.empty() ? "" : items.front());
    begin_tag(first, first.size());
    for (std::size_t i = 1; i < items.size(); ++i) {
        text_ += ':';
        ++column_;
        if (column_ + items[i].size() > fold_column) fold();
        text_ += items[i];
        column_ += items[i].size();
    }
}

void TagWriter::append_base64(std::string_view text)
{
    while (!text.empty()) {
        if (column_ >= fold_column) fold();
        const std::size_t count = std::min(text.size(), fold_column - column_);
        text_ += text.substr(0, count);
        column_ += count;
        text.remove_prefix(count);
    }
}

void TagWriter::add_octets(std::string_view name, ByteView octets)
{
    const std::string tag = std::string(name) + '=';
    begin_tag(tag, tag.size());
    append_base64(format_base64(octets));
}

std::vector<std::string> names_to_sign(const Head& head)
{
    std::vector<std::string> names;
    for (const auto& signed_name : signed_names) {
        const std::string name(signed_name.name);
        names.insert(names.end(), head.find_all(name).size() + (signed_name.is_oversigned ? 1 : 0), name);
    }
    return names;
}

std::string_view format_algorithm(crypto::SignatureKind kind)
{
    return kind == crypto::SignatureKind::rsa ? "rsa-sha256" : "ed25519-sha256";
}

std::string format_seconds(WallTime time)
{
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

Result<std::string> seal_field(TagWriter writer, crypto::Sha256 sha, const crypto::PrivateKey& key)
{
    TagWriter unsigned_writer = writer;
    unsigned_writer.add_octets("b", {});
    sha.update(format_unsigned(unsigned_writer.text(), Canon::relaxed));
    SEALPOST_TRY(const Bytes signature, crypto::sign(key, sha.finish()));
    writer.add_octets("b", signature);
    return writer.text() + "\r\n";
}

}  // namespace sealpost::dkim
