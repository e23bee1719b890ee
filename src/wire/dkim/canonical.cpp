#include "wire/dkim/canonical.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace sealpost::dkim {
namespace {

constexpr std::size_t block_bytes = 16 * 1024;

bool is_wsp(char c) { return c == ' ' || c == '\t'; }

std::string_view without_line_end(std::string_view raw)
{
    while (raw.ends_with('\n') || raw.ends_with('\r')) raw.remove_suffix(1);
    return raw;
}

// RFC 6376 §3.4.2: "Unfold all header field continuation lines […]. Convert all sequences of one or more WSP
// characters to a single SP character. […] Delete all WSP characters at the end of each unfolded header field
// value." And those around the colon.
void append_relaxed_value(std::string_view value, std::string& out)
{
    bool has_space = false;
    const std::size_t start = out.size();
    for (const char c : value) {
        if (c == '\r' || c == '\n') continue;
        if (is_wsp(c)) {
            has_space = true;
            continue;
        }
        if (has_space && out.size() > start) out += ' ';
        has_space = false;
        out += c;
    }
}

}  // namespace

std::optional<Canon> parse_canon(std::string_view word)
{
    if (iequals(word, "simple")) return Canon::simple;
    if (iequals(word, "relaxed")) return Canon::relaxed;
    return std::nullopt;
}

std::string canonical_field(std::string_view raw, Canon canon)
{
    raw = without_line_end(raw);
    if (canon == Canon::simple) return std::string(raw) + "\r\n";
    const std::size_t colon = std::min(raw.find(':'), raw.size());
    std::string_view name = raw.substr(0, colon);
    while (!name.empty() && is_wsp(name.back())) name.remove_suffix(1);
    std::string out = ascii_lower(name);
    out.reserve(raw.size() + 2);
    out += ':';
    append_relaxed_value(raw.substr(std::min(colon + 1, raw.size())), out);
    return out + "\r\n";
}

void BodyCanon::append(std::string_view piece)
{
    if (canon_ == Canon::simple)
        take_simple(piece);
    else
        take_relaxed(piece);
    flush();
}

void BodyCanon::flush()
{
    if (!out_.empty()) sink_(out_);
    out_.clear();
}

void BodyCanon::write_pending()
{
    for (; line_ends_ > 0; --line_ends_) {
        out_ += "\r\n";
        if (out_.size() >= block_bytes) flush();
    }
    if (has_space_) out_ += ' ';
    has_space_ = false;
    is_empty_ = false;
}

void BodyCanon::write(std::string_view run)
{
    if (line_ends_ > 0 || has_space_ || is_empty_) write_pending();
    out_ += run;
}

// What follows the CR decides what it was.
std::string_view BodyCanon::take_after_cr(std::string_view piece)
{
    has_cr_ = false;
    if (piece.front() != '\n') {
        write("\r");
        return piece;
    }
    ++line_ends_;
    has_space_ = false;
    return piece.substr(1);
}

// RFC 6376 §3.4.3: "ignores all empty lines at the end of the message body".
void BodyCanon::take_simple(std::string_view piece)
{
    while (!piece.empty()) {
        if (has_cr_) {
            piece = take_after_cr(piece);
            continue;
        }
        const std::size_t run = std::min(piece.find('\r'), piece.size());
        if (run > 0) write(piece.substr(0, run));
        has_cr_ = run < piece.size();
        piece.remove_prefix(std::min(run + 1, piece.size()));
    }
}

// RFC 6376 §3.4.4: "Ignore all whitespace at the end of lines. […] Reduce all sequences of WSP within a line to a
// single SP character."
void BodyCanon::take_relaxed(std::string_view piece)
{
    while (!piece.empty()) {
        if (has_cr_) {
            piece = take_after_cr(piece);
            continue;
        }
        std::size_t run = 0;
        while (run < piece.size() && piece[run] != '\r' && !is_wsp(piece[run])) ++run;
        if (run > 0) write(piece.substr(0, run));
        if (run == piece.size()) return;
        (piece[run] == '\r' ? has_cr_ : has_space_) = true;
        piece.remove_prefix(run + 1);
    }
}

void BodyCanon::finish()
{
    if (has_cr_) write("\r");
    // §3.4.3: "If there is no body or no trailing CRLF on the message body, a CRLF is added." §3.4.4: "If the body is
    // non-empty but does not end with a CRLF, a CRLF is added."
    if (!is_empty_ || canon_ == Canon::simple) out_ += "\r\n";
    flush();
}

std::size_t BodyHashes::add(Canon canon, std::optional<std::uint64_t> most)
{
    const auto same = std::ranges::find_if(hashes_, [&](const Hash& hash) { return hash.canon == canon && hash.most == most; });
    if (same != hashes_.end()) return static_cast<std::size_t>(same - hashes_.begin());
    if (std::ranges::none_of(hashes_, [&](const Hash& hash) { return hash.canon == canon; }))
        streams_.emplace_back(canon, [this, canon](std::string_view block) { take(canon, block); });
    hashes_.push_back(Hash{canon, most});
    return hashes_.size() - 1;
}

void BodyHashes::take(Canon canon, std::string_view block)
{
    for (auto& hash : hashes_) {
        if (hash.canon != canon) continue;
        const std::uint64_t room = hash.most ? *hash.most - std::min(*hash.most, hash.seen) : block.size();
        hash.sha.update(block.substr(0, std::min<std::uint64_t>(room, block.size())));
        hash.seen += block.size();
    }
}

void BodyHashes::append(std::string_view piece)
{
    for (auto& stream : streams_) stream.append(piece);
}

void BodyHashes::finish()
{
    for (auto& stream : streams_) stream.finish();
    for (auto& hash : hashes_) hash.digest = hash.sha.finish();
}

}  // namespace sealpost::dkim
