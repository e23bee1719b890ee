#include "wire/mail/folded_text.hpp"

#include "base/text.hpp"
#include "wire/mail/utf8.hpp"

#include <glib.h>

#include <memory>

namespace sealpost::mail {
namespace {

struct GlibFreer {
    void operator()(char* text) const { g_free(text); }
};
using GlibText = std::unique_ptr<char, GlibFreer>;

std::string compose(std::string_view text)
{
    const std::string clean = clean_utf8(text, Controls::keep_lines);
    const GlibText composed(g_utf8_normalize(clean.data(), static_cast<gssize>(clean.size()), G_NORMALIZE_NFC));
    return composed ? std::string(composed.get()) : clean;
}

}  // namespace

FoldedText::FoldedText(std::string_view text)
{
    if (is_ascii(text)) {
        text_ = text;
        folded_ = ascii_lower(text);
        return;
    }
    text_ = compose(text);
    for (std::size_t at = 0; at < text_.size();) {
        const std::size_t bytes = first_code_point(std::string_view(text_).substr(at)).bytes;
        const GlibText folded(g_utf8_casefold(text_.data() + at, static_cast<gssize>(bytes)));
        folded_ += folded.get();
        begins_.resize(folded_.size(), at);
        at += bytes;
    }
    begins_.push_back(text_.size());
}

std::optional<std::size_t> FoldedText::place_of(std::size_t folded) const
{
    if (begins_.empty()) return folded;
    if (folded > 0 && folded < folded_.size() && begins_[folded] == begins_[folded - 1]) return std::nullopt;
    return begins_[folded];
}

std::optional<std::pair<std::size_t, std::size_t>> FoldedText::find(const FoldedText& part) const
{
    for (auto at = folded_.find(part.folded_); at != std::string::npos; at = folded_.find(part.folded_, at + 1)) {
        const auto begin = place_of(at), end = place_of(at + part.folded_.size());
        if (begin && end) return std::pair(*begin, *end - *begin);
    }
    return std::nullopt;
}

}  // namespace sealpost::mail
