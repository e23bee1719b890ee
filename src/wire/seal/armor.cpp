#include "wire/seal/armor.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace sealpost::seal {
namespace {

constexpr std::size_t columns = 64;
constexpr std::size_t line_octets = columns / 4 * 3;
constexpr std::size_t max_space_bytes = 1024;  // as age does

Error bad(std::string_view what) { return Error{Fault::peer_broke_it, "armor: " + std::string(what)}; }

}  // namespace

std::string ArmorWriter::append(std::string_view bytes)
{
    std::string out;
    if (!begun_) {
        begun_ = true;
        out += armor_begin;
        out += '\n';
    }
    out.reserve(out.size() + (held_.size() + bytes.size()) / line_octets * (columns + 1));
    while (held_.size() + bytes.size() >= line_octets) {
        const std::size_t count = line_octets - held_.size();
        held_ += bytes.substr(0, count);
        bytes.remove_prefix(count);
        out += format_base64(as_bytes(held_)) + "\n";
        held_.clear();
    }
    held_ += bytes;
    return out;
}

std::string ArmorWriter::finish()
{
    std::string out = append({});
    if (!held_.empty()) out += format_base64(as_bytes(held_)) + "\n";
    held_.clear();
    out += armor_end;
    out += '\n';
    return out;
}

Result<> ArmorReader::take_line(std::string_view line, std::string& out)
{
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (stage_ == Stage::before || stage_ == Stage::after) {
        if (stage_ == Stage::before && line == armor_begin) {
            stage_ = Stage::inside;
            return {};
        }
        space_bytes_ += line.size() + 1;
        if (!trim(line).empty())
            return bad(stage_ == Stage::before ? "it does not begin with its first line" : "something follows its last line");
        if (space_bytes_ > max_space_bytes) return bad("too much white space around it");
        return {};
    }
    if (line == armor_end) {
        if (!has_content_) return bad("it is empty");
        stage_ = Stage::after;
        space_bytes_ = 0;
        return {};
    }
    if (stage_ == Stage::last) return bad("a line follows a short line");
    if (line.empty() || line.size() > columns) return bad("a line of a wrong length");
    const auto octets = parse_base64(line);
    if (octets.has_error()) return bad("a line that is not canonical base64");
    // A short or padded line is the last one.
    if (octets->size() < line_octets) stage_ = Stage::last;
    has_content_ = true;
    out += as_text(*octets);
    return {};
}

Result<> ArmorReader::take(std::string_view text, std::string& out)
{
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::size_t count = std::min(end, text.size());
        // Longer than any line that could be right: refused before it is kept.
        if (line_.size() + count > max_space_bytes) return bad("a line is too long");
        line_ += text.substr(0, count);
        text.remove_prefix(std::min(count + 1, text.size()));
        if (end == std::string_view::npos) break;
        SEALPOST_CHECK(take_line(line_, out));
        line_.clear();
    }
    return {};
}

Result<std::string> ArmorReader::append(std::string_view text)
{
    if (error_) return *error_;
    std::string out;
    if (const auto taken = take(text, out); taken.has_error()) {
        error_ = taken.error();
        return *error_;
    }
    return out;
}

Result<> ArmorReader::finish()
{
    if (error_) return *error_;
    std::string out;
    if (!line_.empty()) {
        if (const auto taken = take_line(line_, out); taken.has_error()) error_ = taken.error();
        line_.clear();
    }
    // The last line carries no octets, so nothing is lost when only its line end is missing.
    if (!error_ && stage_ != Stage::after) error_ = bad("it is cut off");
    if (error_) return *error_;
    return {};
}

}  // namespace sealpost::seal
