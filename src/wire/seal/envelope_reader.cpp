#include "wire/seal/envelope_reader.hpp"

#include "base/text.hpp"
#include "wire/mail/parts.hpp"
#include "wire/seal/age_format.hpp"

#include <algorithm>

namespace sealpost::seal {
namespace {

constexpr std::size_t sniff_bytes = 1200;              // white space that armor may have, and more
constexpr std::size_t max_before_armor = 1024 * 1024;  // of a page
constexpr std::size_t max_line_bytes = 1024;           // inside armor
constexpr std::size_t piece_bytes = 64 * 1024;         // of what is at hand
// Copies of a message's parts, decoded: as much again as the message, and so much for an envelope in a message in a message.
constexpr std::size_t decoded_anyway = 16 * 1024 * 1024;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

Error bad(std::string_view what) { return Error{Fault::peer_broke_it, std::string(what)}; }
Error too_large() { return Error{Fault::denied, "it is too large for an envelope"}; }

EnvelopeReader::Kind sniff(std::string_view text)
{
    using Kind = EnvelopeReader::Kind;
    if (text.starts_with(version_line)) return Kind::binary;
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    text = trim(text);
    if (text.starts_with("-----BEGIN AGE")) return Kind::armor;
    if (text.starts_with('<')) return Kind::page;
    return Kind::message;
}

// An envelope at hand, in pieces, so that no copy of it is made but for what comes out, if that is wanted.
Result<> read_through(EnvelopeReader& reader, std::string_view text, std::string* out)
{
    if (out) out->reserve(text.size());
    while (!text.empty()) {
        SEALPOST_TRY(const std::string octets, reader.append(text.substr(0, piece_bytes)));
        if (out) *out += octets;
        text.remove_prefix(std::min(piece_bytes, text.size()));
    }
    SEALPOST_TRY(const std::string rest, reader.finish());
    if (out) *out += rest;
    return {};
}

}  // namespace

Result<> EnvelopeReader::take_page(std::string_view piece, std::string& out)
{
    if (armor_.is_complete()) return {};  // what follows the armor in a page is the page's own
    const std::size_t searched = held_.size() - std::min(held_.size(), armor_begin.size());
    held_ += piece;
    if (!in_armor_) {
        const std::size_t start = held_.find(armor_begin, searched);
        if (std::min(start, held_.size()) > max_before_armor) return bad("the page holds no envelope in its first MiB");
        if (start == std::string::npos) return {};
        claims_ = read_claims(std::string_view(held_).substr(0, start));
        held_ = held_.substr(start);  // erased in place it would keep its memory
        in_armor_ = true;
    }
    return take_armor_lines(out);
}

Result<> EnvelopeReader::take_armor_lines(std::string& out)
{
    std::string_view rest = held_;
    while (!armor_.is_complete()) {
        const std::size_t end = rest.find('\n');
        if (rest.starts_with(armor_end)) {
            SEALPOST_CHECK(armor_.append(armor_end));
            SEALPOST_CHECK(armor_.append("\n"));
            rest = {};
            break;
        }
        if (std::min(end, rest.size()) > max_line_bytes) return bad("armor: a line is too long");
        if (end == std::string_view::npos) break;
        SEALPOST_TRY(const std::string octets, armor_.append(rest.substr(0, end + 1)));
        out += octets;
        rest.remove_prefix(end + 1);
    }
    held_.erase(0, held_.size() - rest.size());
    return {};
}

Result<> EnvelopeReader::take(std::string_view piece, std::string& out)
{
    switch (kind_) {
        case Kind::binary: out += piece; return {};
        case Kind::page: return take_page(piece, out);
        case Kind::armor: {
            SEALPOST_TRY(const std::string octets, armor_.append(piece));
            out += octets;
            return {};
        }
        default:
            if (piece.size() > max_message_bytes - held_.size()) return too_large();
            held_ += piece;
            return {};
    }
}

Result<> EnvelopeReader::decide(std::string& out)
{
    const std::string beginning = std::exchange(held_, {});
    kind_ = sniff(beginning);
    const bool marked = kind_ == Kind::armor && beginning.starts_with(byte_order_mark);
    return take(std::string_view(beginning).substr(marked ? byte_order_mark.size() : 0), out);
}

std::size_t EnvelopeReader::max_decoded_bytes() const { return held_.size() + std::min(held_.size(), decoded_anyway); }

// The copies are there beside the message; once the envelope is found, its part is there beside what comes out of it.
std::size_t EnvelopeReader::held_bytes_at_the_end() const
{
    const bool may_be_message = kind_ == Kind::message || kind_ == Kind::unknown;
    return may_be_message ? held_.size() + max_decoded_bytes() : held_.size();
}

Result<> EnvelopeReader::search_message(std::string& out)
{
    std::string found;
    mail::PartLimits limits;
    limits.max_message_bytes = max_message_bytes;
    limits.max_decoded_bytes = max_decoded_bytes();
    const auto visited = mail::visit_parts(
        held_,
        [&](mail::Part&& part) {
            if (sniff(std::string_view(part.content).substr(0, sniff_bytes)) == Kind::message) return true;
            EnvelopeReader inner(max_bytes_);
            const auto read = read_through(inner, part.content, nullptr);
            const auto& claims = inner.claims();
            if (read.has_value() || claims.envelope_id.size() > claims_.envelope_id.size()) claims_ = claims;
            if (read.has_value()) found = std::move(part.content);
            return read.has_error();
        },
        limits);
    std::string().swap(held_);  // its memory goes before more is taken
    if (visited.has_error()) return visited.error();
    if (found.empty()) return bad("no envelope was found in the message");
    EnvelopeReader again(max_bytes_);
    return read_through(again, found, &out);
}

Result<> EnvelopeReader::end(std::string& out)
{
    if (kind_ == Kind::unknown) SEALPOST_CHECK(decide(out));
    switch (kind_) {
        case Kind::armor: return armor_.finish();
        case Kind::page:
            return armor_.is_complete() ? Result<>() : bad(in_armor_ ? "armor: it is cut off" : "the page holds no envelope");
        case Kind::message: return search_message(out);
        default: return seen_bytes_ < header_bytes ? bad("the age file is cut off in its header") : Result<>();
    }
}

Result<std::string> EnvelopeReader::append(std::string_view piece)
{
    if (error_) return *error_;
    if (piece.size() > max_bytes_ - seen_bytes_) return broken(too_large());
    seen_bytes_ += piece.size();
    std::string out;
    const auto taken = take(piece, out);
    if (taken.has_error()) return broken(taken.error());
    if (kind_ == Kind::unknown && held_.size() >= sniff_bytes)
        if (const auto decided = decide(out); decided.has_error()) return broken(decided.error());
    return out;
}

Result<std::string> EnvelopeReader::finish()
{
    if (error_) return *error_;
    std::string out;
    if (const auto ended = end(out); ended.has_error()) return broken(ended.error());
    return out;
}

Result<std::string> EnvelopeReader::broken(Error error)
{
    // A page may have lost its envelope and still say which one it was.
    if (kind_ == Kind::page && !in_armor_) claims_ = read_claims(held_);
    std::string().swap(held_);
    error_ = std::move(error);
    return *error_;
}

std::string_view format_kind(EnvelopeReader::Kind kind)
{
    switch (kind) {
        case EnvelopeReader::Kind::binary: return "binary";
        case EnvelopeReader::Kind::armor: return "armor";
        case EnvelopeReader::Kind::page: return "page";
        case EnvelopeReader::Kind::message: return "message";
        default: return "unknown";
    }
}

}  // namespace sealpost::seal
