#pragma once

#include "wire/dkim/canonical.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sealpost::dkim {

// The fields of a head, as signatures select and read them.
class Head {
public:
    explicit Head(std::size_t max_bytes) : room_(max_bytes) {}

    bool append(std::string_view raw);  // false: the head is larger than that; nothing more is taken

    [[nodiscard]] std::size_t size() const { return fields_.size(); }
    [[nodiscard]] const std::string& raw(std::size_t field) const { return fields_[field].raw; }
    [[nodiscard]] std::string_view value(std::size_t field) const;  // behind the colon, with folds and line end
    // Lower-case name; from the top.
    [[nodiscard]] const std::vector<std::size_t>& find_all(const std::string& name) const;

    // RFC 6376 §5.4.2: of several fields with a name the last one is signed first, then the one above it. A name
    // with no field left selects nothing. `except`: the signature itself, which is no part of the choice.
    [[nodiscard]] std::vector<std::size_t> select(const std::vector<std::string>& names,
                                                  std::optional<std::size_t> except = std::nullopt) const;

    // Adds canonical fields to a hash.
    void hash(crypto::Sha256& into, const std::vector<std::size_t>& fields, Canon canon) const;
    void hash(crypto::Sha256& into, std::size_t field, Canon canon) const;

private:
    struct Field {
        std::string raw;
        std::size_t colon = 0;
        mutable std::array<std::string, 2> canonical{};  // empty until it is needed
    };
    std::size_t room_;
    std::vector<Field> fields_;
    std::unordered_map<std::string, std::vector<std::size_t>> by_name_;
};

// RFC 6376 §3.7: the signature's own field, "with the value of the "b=" tag (including all surrounding whitespace)
// deleted" and without its line end. Unchanged when it has no such tag.
[[nodiscard]] std::string format_unsigned(std::string_view raw, Canon canon);

}  // namespace sealpost::dkim
