#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace sealpost::cli {

// A file that a command reads or makes, in pieces; "-" is standard input or output. One that is made
// never replaces another, and goes again unless keep() says that it is whole.
class StreamFile {
public:
    [[nodiscard]] static Result<StreamFile> open(const std::string& path);
    [[nodiscard]] static Result<StreamFile> make(const std::string& path);

    [[nodiscard]] Result<std::string> read();  // up to 64 KiB; empty at the end
    [[nodiscard]] Result<> write(std::string_view text);
    [[nodiscard]] Result<> keep();

    StreamFile(StreamFile&& other) noexcept;
    StreamFile& operator=(StreamFile&&) = delete;
    ~StreamFile();

private:
    struct Close {
        void operator()(std::FILE* file) const;
    };
    StreamFile(std::string path, std::FILE* file, bool removed_at_end);

    std::string path_;
    std::unique_ptr<std::FILE, Close> file_;
    bool removed_at_end_;
};

// A private key in PEM form. Fault::config for one that cannot be read, or that others can read.
[[nodiscard]] Result<Secret> read_key_file(const std::string& path);

// What is wrong with a file's content is an answer: "no" (exit 1), not "wrong usage".
[[nodiscard]] Error as_answer(Error error);

// The message on standard input as it is on the wire, with CRLF. config: larger than `most` octets.
[[nodiscard]] Result<std::string> read_message(std::size_t most);

}  // namespace sealpost::cli
