#include "wire/dmarc/tags.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace sealpost::dmarc {

std::string_view trim_wsp(std::string_view text)
{
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::vector<Tag> split_tags(std::string_view text, std::vector<TagProblem>& problems)
{
    std::vector<Tag> tags;
    const auto pieces = split(text, ';');
    for (std::size_t i = 1; i < pieces.size(); ++i) {  // the first is the version
        const std::string_view piece = trim_wsp(pieces[i]);
        const std::size_t equals = piece.find('=');
        if (piece.empty()) {
            if (i + 1 < pieces.size()) problems.push_back({"", "there is nothing between two semicolons"});
        } else if (equals == std::string_view::npos) {
            problems.push_back({"", "\"" + std::string(piece) + "\" is no tag=value"});
        } else {
            std::string name = ascii_lower(trim_wsp(piece.substr(0, equals)));
            const auto same = std::ranges::find(tags, name, &Tag::name);
            if (same == tags.end())
                tags.push_back({std::move(name), trim_wsp(piece.substr(equals + 1))});
            else
                same->repeated = true;
        }
    }
    return tags;
}

}  // namespace sealpost::dmarc
