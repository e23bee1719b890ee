#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::dkim {

struct TagLimits {
    std::size_t max_bytes = 16 * 1024;
    std::size_t max_tags = 64;
};

// Two ";" with nothing between them are no tag-spec. A signature that has them is not what its signer meant; in a key
// record they are a slip of whoever published it by hand, and take nothing away.
enum class EmptyTags { refused, skipped };

struct Tag {
    std::string_view name;
    std::string_view value;  // without the white space around it
    std::size_t begin = 0;   // where the value stands in the text, white space included
    std::size_t end = 0;
};

// RFC 6376 §3.2: "tag-spec *( ";" tag-spec ) [ ";" ]". A tag that stands twice, an empty one that is not to be skipped,
// an octet that no tag holds: Fault::peer_broke_it. Non-ASCII octets may stand in values (RFC 8616). Views of the text.
class TagList {
public:
    [[nodiscard]] static Result<TagList> parse(std::string_view text, EmptyTags empty = EmptyTags::refused,
                                               const TagLimits& limits = {});

    [[nodiscard]] const std::vector<Tag>& tags() const { return tags_; }
    [[nodiscard]] const Tag* find(std::string_view name) const;  // names have case
    [[nodiscard]] std::optional<std::string_view> value(std::string_view name) const;

private:
    std::vector<Tag> tags_;
};

// RFC 6376 §3.2, base64string and lists: folding white space means nothing there.
[[nodiscard]] std::string without_space(std::string_view value);
// RFC 6376 §2.10, base64string: "=" at the end may be left away. Fault::peer_broke_it where it is none.
[[nodiscard]] Result<Bytes> parse_base64string(std::string_view value);
// The items between the separators, each without the space around it.
[[nodiscard]] std::vector<std::string_view> split_items(std::string_view value, char separator);

}  // namespace sealpost::dkim
