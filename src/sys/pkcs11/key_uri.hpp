#pragma once

#include "base/result.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

struct p11_kit_uri;

namespace sealpost::pkcs11 {

// Which key of which token, reached how: RFC 7512, of which we take what doc/spec/keys.md names.
class KeyUri {
public:
    // Fault::config with what is wrong; no value of the text is repeated, since one may be a PIN.
    static Result<KeyUri> parse(const std::string& text);

    // For people, logs and the store: without the part behind "?".
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::filesystem::path& module_path() const { return module_path_; }
    [[nodiscard]] const std::filesystem::path& pin_file() const { return pin_file_; }
    [[nodiscard]] p11_kit_uri* handle() const { return handle_.get(); }  // for this room

private:
    std::string name_;
    std::filesystem::path module_path_;
    std::filesystem::path pin_file_;
    std::shared_ptr<p11_kit_uri> handle_;
};

}  // namespace sealpost::pkcs11
