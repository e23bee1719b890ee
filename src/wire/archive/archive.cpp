#include "wire/archive/archive.hpp"

#include "base/text.hpp"

#include <zlib.h>
#include <algorithm>
#include <cstdint>
#include <new>
#include <optional>
#include <stdexcept>
#include <vector>

namespace sealpost::archive {
namespace {

constexpr int max_gzip_members = 100;
constexpr int gzip_window = 15 + 16;  // zlib's way to ask for the gzip format …
constexpr int raw_window = -15;       // … and for bare deflate
constexpr std::size_t piece_bytes = 64 * 1024;
constexpr std::size_t max_packed_bytes = 64 * 1024 * 1024;
constexpr unsigned max_zip_entries = 10;

Error bad(std::string_view what) { return Error{Fault::peer_broke_it, std::string(what)}; }

// zlib wants non-const input that it never writes to.
Bytef* input_of(std::string_view octets)
{
    return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(octets.data()));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

class Inflater {
public:
    explicit Inflater(int window)
    {
        if (inflateInit2(&stream_, window) != Z_OK) throw std::bad_alloc();
    }
    ~Inflater() { inflateEnd(&stream_); }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    // One compressed stream; `octets` loses what belonged to it.
    Result<> inflate_into(std::string& out, std::string_view& octets, std::size_t max_bytes)
    {
        stream_.next_in = input_of(octets);
        stream_.avail_in = static_cast<uInt>(octets.size());
        int status = Z_OK;
        while (status == Z_OK) {
            const std::size_t before = out.size();
            const std::size_t room = std::min(piece_bytes, max_bytes - before + 1);  // one more octet shows that it is too much
            out.resize(before + room);
            stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
            stream_.avail_out = static_cast<uInt>(room);
            status = ::inflate(&stream_, Z_NO_FLUSH);
            out.resize(before + room - stream_.avail_out);
            if (out.size() > max_bytes)
                return bad("the report is larger than " + std::to_string(max_bytes) + " octets when unpacked");
        }
        if (status != Z_STREAM_END)
            return bad(status == Z_BUF_ERROR ? "the compressed report is cut off" : "the compressed report is damaged");
        octets.remove_prefix(octets.size() - stream_.avail_in);
        return {};
    }
    void restart() { inflateReset(&stream_); }

private:
    z_stream stream_{};
};

// RFC 1952 §2.2: "a sequence of members".
Result<std::string> unpack_gzip(std::string_view octets, std::size_t max_bytes)
{
    std::string out;
    Inflater inflater(gzip_window);
    for (int members = 0; !octets.empty(); ++members) {
        if (members == max_gzip_members) return bad("the compressed report consists of too many pieces");
        SEALPOST_CHECK(inflater.inflate_into(out, octets, max_bytes));
        inflater.restart();
    }
    return out;
}

// --- zip (APPNOTE.TXT 6.3.3): one file of it is wanted, stored or deflated. Sizes and places are those of the
// central directory.

std::uint32_t number_at(std::string_view octets, std::size_t at, int bytes)
{
    std::uint32_t number = 0;
    for (int i = bytes - 1; i >= 0; --i)
        number = number << 8U | static_cast<std::uint8_t>(octets[at + static_cast<std::size_t>(i)]);
    return number;
}

struct ZipEntry {
    std::string_view name;
    std::uint32_t flags = 0;
    std::uint32_t method = 0;
    std::uint32_t crc = 0;
    std::uint32_t packed_bytes = 0;
    std::uint32_t local_header = 0;
};

struct Directory {
    std::uint32_t entries = 0;
    std::uint32_t offset = 0;
};

// The end record may have a comment behind it; the last place that fits counts.
std::optional<Directory> find_directory(std::string_view zip)
{
    constexpr std::size_t end_bytes = 22, max_comment_bytes = 0xffff;
    if (zip.size() < end_bytes) return std::nullopt;
    const std::size_t last = zip.size() - end_bytes;
    const std::size_t first = last > max_comment_bytes ? last - max_comment_bytes : 0;
    for (std::size_t at = last + 1; at-- > first;) {
        if (zip.substr(at, 4) != std::string_view("PK\5\6") || number_at(zip, at + 20, 2) != last - at) continue;
        return Directory{number_at(zip, at + 10, 2), number_at(zip, at + 16, 4)};
    }
    return std::nullopt;
}

// The entry at `at`, which moves behind it.
std::optional<ZipEntry> read_entry(std::string_view zip, std::size_t& at)
{
    constexpr std::size_t fixed_bytes = 46;
    if (at > zip.size() || zip.size() - at < fixed_bytes || zip.substr(at, 4) != std::string_view("PK\1\2")) return std::nullopt;
    const std::size_t name_bytes = number_at(zip, at + 28, 2);
    const std::size_t other_bytes = number_at(zip, at + 30, 2) + number_at(zip, at + 32, 2);
    if (zip.size() - at - fixed_bytes < name_bytes + other_bytes) return std::nullopt;
    ZipEntry entry;
    entry.name = zip.substr(at + fixed_bytes, name_bytes);
    entry.flags = number_at(zip, at + 8, 2);
    entry.method = number_at(zip, at + 10, 2);
    entry.crc = number_at(zip, at + 16, 4);
    entry.packed_bytes = number_at(zip, at + 20, 4);
    entry.local_header = number_at(zip, at + 42, 4);
    at += fixed_bytes + name_bytes + other_bytes;
    return entry;
}

// The first file called *.xml, or else the only file.
Result<ZipEntry> find_entry(std::string_view zip)
{
    const auto directory = find_directory(zip);
    if (!directory) return bad("the zip file has no directory at its end");
    if (directory->entries > max_zip_entries) return bad("the zip file holds more than one report");
    std::size_t at = directory->offset;
    std::vector<ZipEntry> files;
    for (std::uint32_t i = 0; i < directory->entries; ++i) {
        const auto entry = read_entry(zip, at);
        if (!entry) return bad("the directory of the zip file is damaged");
        if (ascii_lower(entry->name).ends_with(".xml")) return *entry;
        if (!entry->name.ends_with('/')) files.push_back(*entry);
    }
    if (files.size() != 1) return bad("the zip file does not say which of its files is the report");
    return files.front();
}

Result<std::string_view> find_packed(std::string_view zip, const ZipEntry& entry)
{
    constexpr std::size_t fixed_bytes = 30;
    const std::size_t at = entry.local_header;
    if (at > zip.size() || zip.size() - at < fixed_bytes || zip.substr(at, 4) != std::string_view("PK\3\4"))
        return bad("the zip file has no file where its directory says");
    const std::size_t head_bytes = fixed_bytes + number_at(zip, at + 26, 2) + number_at(zip, at + 28, 2);
    if (zip.size() - at < head_bytes || zip.size() - at - head_bytes < entry.packed_bytes)
        return bad("the file in the zip file is cut off");
    return zip.substr(at + head_bytes, entry.packed_bytes);
}

Result<std::string> unpack_zip(std::string_view zip, std::size_t max_bytes)
{
    constexpr std::uint32_t encrypted = 1, stored = 0, deflated = 8;
    SEALPOST_TRY(const ZipEntry entry, find_entry(zip));
    if ((entry.flags & encrypted) != 0) return bad("the zip file is encrypted");
    SEALPOST_TRY(std::string_view packed, find_packed(zip, entry));
    std::string out;
    if (entry.method == stored) {
        if (packed.size() > max_bytes) return bad("the report in the zip file is too large");
        out = packed;
    } else if (entry.method == deflated) {
        Inflater inflater(raw_window);
        SEALPOST_CHECK(inflater.inflate_into(out, packed, max_bytes));
    } else {
        return bad("the zip file is compressed in a way that is not deflate");
    }
    const auto crc = ::crc32(0, reinterpret_cast<const Bytef*>(out.data()), static_cast<uInt>(out.size()));
    if (crc != entry.crc) return bad("the file in the zip file does not match its checksum");
    return out;
}

}  // namespace

std::string pack(std::string_view text)
{
    z_stream stream{};
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
    std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
    stream.next_in = input_of(text);
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int status = ::deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    if (status != Z_STREAM_END) throw std::logic_error("deflateBound() was too small");
    return out;
}

Result<std::string> unpack(std::string_view octets, std::size_t max_bytes)
{
    if (octets.size() > max_packed_bytes) return bad("the packed report is larger than 64 MiB");
    if (octets.starts_with("\x1f\x8b")) return unpack_gzip(octets, max_bytes);
    if (octets.starts_with("PK")) return unpack_zip(octets, max_bytes);
    if (octets.size() > max_bytes) return bad("the report is larger than " + std::to_string(max_bytes) + " octets");
    return std::string(octets);
}

}  // namespace sealpost::archive
