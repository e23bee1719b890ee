#include "cli/stream_file.hpp"

#include "sys/crypto/x509.hpp"
#include "sys/files/files.hpp"
#include "wire/mail/line_ends.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace sealpost::cli {
namespace {

constexpr std::size_t piece_bytes = 64 * 1024;

}  // namespace

Result<StreamFile> StreamFile::open(const std::string& path)
{
    std::FILE* file = path == "-" ? stdin : std::fopen(path.c_str(), "rb");
    if (file == nullptr) return Error{Fault::config, path + ": cannot be read: " + std::strerror(errno)};
    return StreamFile(path, file, false);
}

Result<StreamFile> StreamFile::make(const std::string& path)
{
    std::FILE* file = path == "-" ? stdout : std::fopen(path.c_str(), "wbx");
    if (file == nullptr) return Error{Fault::config, path + ": cannot be made: " + std::strerror(errno)};
    return StreamFile(path, file, path != "-");
}

StreamFile::StreamFile(std::string path, std::FILE* file, bool removed_at_end)
    : path_(std::move(path)), file_(file), removed_at_end_(removed_at_end)
{
}

StreamFile::StreamFile(StreamFile&& other) noexcept
    : path_(std::move(other.path_)), file_(std::move(other.file_)), removed_at_end_(std::exchange(other.removed_at_end_, false))
{
}

StreamFile::~StreamFile()
{
    std::error_code ignored;
    if (removed_at_end_) std::filesystem::remove(path_, ignored);
}

void StreamFile::Close::operator()(std::FILE* file) const
{
    if (file != stdin && file != stdout) std::fclose(file);
}

Result<std::string> StreamFile::read()
{
    std::string piece(piece_bytes, '\0');
    piece.resize(std::fread(piece.data(), 1, piece.size(), file_.get()));
    if (std::ferror(file_.get()) != 0) return Error{Fault::config, path_ + ": cannot be read: " + std::strerror(errno)};
    return piece;
}

Result<> StreamFile::write(std::string_view text)
{
    if (std::fwrite(text.data(), 1, text.size(), file_.get()) == text.size()) return {};
    return Error{Fault::retry_later, path_ + ": cannot be written"};
}

Result<> StreamFile::keep()
{
    if (std::fflush(file_.get()) != 0) return Error{Fault::retry_later, path_ + ": cannot be written"};
    removed_at_end_ = false;
    return {};
}

Result<Secret> read_key_file(const std::string& path)
{
    auto pem = files::read_secret(path, crypto::max_chain_pem_bytes);
    if (pem.has_error()) return Error{Fault::config, pem.error().text};  // also when the disk is at fault
    return pem;
}

Error as_answer(Error error)
{
    if (error.fault == Fault::peer_broke_it) error.fault = Fault::give_up;
    return error;
}

Result<std::string> read_message(std::size_t most)
{
    SEALPOST_TRY(auto file, StreamFile::open("-"));
    std::string text;
    for (;;) {
        SEALPOST_TRY(const auto piece, file.read());
        if (piece.empty()) return mail::to_crlf(text);
        if (piece.size() > most - text.size())
            return Error{Fault::config, "the message is larger than " + std::to_string(most) + " octets"};
        text += piece;
    }
}

}  // namespace sealpost::cli
