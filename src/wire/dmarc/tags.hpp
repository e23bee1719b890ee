#pragma once

#include "wire/dmarc/dmarc.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sealpost::dmarc {

// RFC 5234 WSP: space and tab, at both ends.
[[nodiscard]] std::string_view trim_wsp(std::string_view text);

struct Tag {
    std::string name;        // lower case
    std::string_view value;  // of the text that was split
    bool repeated = false;
};

// The tags behind the version, each name once; what is no tag=value goes to `problems`. RFC 6376 §3.2, whose
// syntax this is: "Tags with duplicate names MUST NOT occur". Which of two was meant cannot be known.
[[nodiscard]] std::vector<Tag> split_tags(std::string_view text, std::vector<TagProblem>& problems);

}  // namespace sealpost::dmarc
