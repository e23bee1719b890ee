#pragma once

#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sealpost::seal {

inline constexpr std::string_view armor_begin = "-----BEGIN AGE ENCRYPTED FILE-----";
inline constexpr std::string_view armor_end = "-----END AGE ENCRYPTED FILE-----";

// age's ASCII armor: strict RFC 7468 with lines of 64 columns.
class ArmorWriter {
public:
    [[nodiscard]] std::string append(std::string_view bytes);
    [[nodiscard]] std::string finish();

private:
    std::string held_;
    bool begun_ = false;
};

// The way back, in pieces. Lines end in LF or CRLF; white space is allowed before the first line and
// after the last one, nowhere else. After an error every call repeats that error.
class ArmorReader {
public:
    [[nodiscard]] Result<std::string> append(std::string_view text);
    [[nodiscard]] Result<> finish();
    [[nodiscard]] bool is_complete() const { return stage_ == Stage::after; }

private:
    Result<> take(std::string_view text, std::string& out);
    Result<> take_line(std::string_view line, std::string& out);

    enum class Stage { before, inside, last, after } stage_ = Stage::before;
    std::string line_;
    std::size_t space_bytes_ = 0;
    bool has_content_ = false;
    std::optional<Error> error_;
};

}  // namespace sealpost::seal
