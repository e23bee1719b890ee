#pragma once

#include "sys/files/files.hpp"

#include <string_view>

namespace sealpost::files {

// For this room only.

// Closes its descriptor; errors of close() matter to nobody after a sync.
class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor();
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int number() const { return number_; }
    [[nodiscard]] bool is_open() const { return number_ >= 0; }
    int release();

private:
    int number_;
};

// What errno says: "cannot <what> <path>: …".
[[nodiscard]] Error error_of(std::string_view what, const Path& path);

// Where the descriptor stands, whole; `path` is for the error.
[[nodiscard]] Result<> write_all(int descriptor, std::string_view text, const Path& path);

}  // namespace sealpost::files
