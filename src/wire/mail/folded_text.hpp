#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sealpost::mail {

// A text as it compares without case, in any script, composed or decomposed: "SÉCURISÉ" holds "sécurisé". Octets that
// are no UTF-8 count as U+FFFD.
class FoldedText {
public:
    explicit FoldedText(std::string_view text);

    // In text(), from where and how many octets; whole characters only. Absent: it is not there.
    [[nodiscard]] std::optional<std::pair<std::size_t, std::size_t>> find(const FoldedText& part) const;
    [[nodiscard]] bool contains(const FoldedText& part) const { return find(part).has_value(); }
    [[nodiscard]] const std::string& text() const { return text_; }  // composed (NFC), in its own case

private:
    std::string text_;
    std::string folded_;
    // Where in text_ the character of each octet of folded_ begins; both ends behind the last. Empty: they are alike.
    std::vector<std::size_t> begins_;
    [[nodiscard]] std::optional<std::size_t> place_of(std::size_t folded) const;  // absent: within a character
};

}  // namespace sealpost::mail
