#pragma once

#include <string>
#include <string_view>

namespace sealpost::log {

constexpr std::size_t max_words_bytes = 1024;

// Several values of one field, such as recipients: a space between them, as many as max_words_bytes hold.
class WordList {
public:
    // false: this one and those behind it find no room.
    bool add(std::string_view word)
    {
        if (text_.size() + 1 + word.size() > max_words_bytes) return false;
        if (!text_.empty()) text_ += ' ';
        text_ += word;
        return true;
    }
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    std::string text_;
};

}  // namespace sealpost::log
