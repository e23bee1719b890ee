#include "wire/seal/opener.hpp"

#include "base/encoding.hpp"
#include "sys/crypto/digest.hpp"
#include "wire/seal/age_format.hpp"
#include "wire/seal/sealer.hpp"

#include <algorithm>

namespace sealpost::seal {
namespace {

using crypto::x25519::PublicKey;

constexpr std::size_t sealed_chunk_bytes = chunk_bytes + crypto::aead_tag_bytes;

Error bad(std::string_view what) { return Error{Fault::peer_broke_it, std::string(what)}; }

// Takes `expected` from the front, or fails.
Result<> skip(std::string_view& text, std::string_view expected, std::string_view problem)
{
    if (!text.starts_with(expected)) return bad(problem);
    text.remove_prefix(expected.size());
    return {};
}

// 32 octets in unpadded canonical base64, then the end of the line.
Result<Bytes> take_key(std::string_view& text, std::string_view problem)
{
    auto key = parse_base64_unpadded(text.substr(0, coded_key_bytes));
    if (key.has_error() || key->size() != 32) return bad(problem);
    text.remove_prefix(coded_key_bytes);
    SEALPOST_CHECK(skip(text, "\n", problem));
    return std::move(*key);
}

struct Header {
    PublicKey share{};
    Bytes wrapped_key;
    std::string_view authenticated;  // through "---"
    Bytes mac;
};

Result<Header> parse_header(std::string_view text)
{
    Header header;
    std::string_view rest = text;
    SEALPOST_CHECK(skip(rest, version_line, "not an age v1 file"));
    SEALPOST_CHECK(skip(rest, stanza_start, "the age file is not sealed for an X25519 key alone"));
    SEALPOST_TRY(const Bytes share, take_key(rest, "the age header has a broken key share"));
    std::ranges::copy(share, header.share.begin());
    SEALPOST_TRY(header.wrapped_key, take_key(rest, "the age header has a broken wrapped key"));
    SEALPOST_CHECK(skip(rest, mac_start, "the age header has more than one stanza"));
    header.authenticated = text.substr(0, text.size() - rest.size());
    SEALPOST_CHECK(skip(rest, " ", "the age header has no MAC"));
    SEALPOST_TRY(header.mac, take_key(rest, "the age header has a broken MAC"));
    return header;
}

}  // namespace

Opener::Opener(const Identity& identity) : scalar_(identity.scalar().clone()) {}

std::size_t Opener::wanted_bytes() const
{
    switch (stage_) {
        case Stage::header: return header_bytes;
        case Stage::nonce: return payload_nonce_bytes;
        default: return sealed_chunk_bytes;
    }
}

Result<> Opener::read_header()
{
    SEALPOST_TRY(const Header header, parse_header(held_));
    SEALPOST_TRY(const PublicKey own, crypto::x25519::public_of(scalar_));
    SEALPOST_TRY(const Secret shared, crypto::x25519::agree(scalar_, header.share));
    auto file_key =
        crypto::chacha20poly1305_open(wrap_key(shared, header.share, own).reveal(), AeadNonce{}, {}, header.wrapped_key);
    if (file_key.has_error()) return Error{Fault::denied, "the age file was sealed for another key"};
    file_key_ = Secret(std::move(*file_key));
    if (!crypto::equal_in_constant_time(header_mac(file_key_, header.authenticated), header.mac))
        return bad("the age header was changed");
    return {};
}

Result<> Opener::open_chunk(std::string& out, bool last)
{
    const auto text = crypto::chacha20poly1305_open(payload_key_.reveal(), chunk_nonce(chunk_, last), {}, as_bytes(held_));
    if (text.has_error())
        return bad(last ? "the age file is damaged or cut off" : "the age file is damaged, or something follows its end");
    // age.md: "The final chunk MAY be shorter … but MUST NOT be empty unless the whole payload is empty".
    if (text->empty() && chunk_ > 0) return bad("the age file ends in an empty chunk");
    ++chunk_;
    out += as_text(*text);
    return {};
}

Result<> Opener::open_held(std::string& out)
{
    if (stage_ == Stage::header) {
        SEALPOST_CHECK(read_header());
        stage_ = Stage::nonce;
    } else if (stage_ == Stage::nonce) {
        payload_key_ = payload_key(file_key_, as_bytes(held_));
        stage_ = Stage::payload;
    } else {
        SEALPOST_CHECK(open_chunk(out, false));
    }
    held_.clear();
    return {};
}

Result<> Opener::take(std::string_view bytes, std::string& out)
{
    while (!bytes.empty()) {
        if (stage_ == Stage::done) return bad("the age file has ended already");
        // A full chunk is opened when more follows: until then it may be the last one.
        if (stage_ == Stage::payload && held_.size() == sealed_chunk_bytes) SEALPOST_CHECK(open_held(out));
        const std::size_t count = std::min(wanted_bytes() - held_.size(), bytes.size());
        held_ += bytes.substr(0, count);
        bytes.remove_prefix(count);
        if (stage_ != Stage::payload && held_.size() == wanted_bytes()) SEALPOST_CHECK(open_held(out));
    }
    return {};
}

Result<std::string> Opener::append(std::string_view bytes)
{
    if (error_) return *error_;
    std::string out;
    if (const auto taken = take(bytes, out); taken.has_error()) {
        error_ = taken.error();
        return *error_;
    }
    return out;
}

Result<std::string> Opener::finish()
{
    if (error_) return *error_;
    std::string out;
    if (stage_ != Stage::payload) {
        error_ = bad("the age file is cut off in its header");
        return *error_;
    }
    if (const auto opened = open_chunk(out, true); opened.has_error()) {
        error_ = opened.error();
        return *error_;
    }
    held_.clear();
    stage_ = Stage::done;
    return out;
}

}  // namespace sealpost::seal
