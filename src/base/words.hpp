#pragma once

#include <string>
#include <string_view>

namespace sealpost {

// A sentence for people, in each language that we speak.
struct Words {
    std::string en;
    std::string fr;

    [[nodiscard]] const std::string& in(std::string_view language) const { return language == "fr" ? fr : en; }
};

}  // namespace sealpost
