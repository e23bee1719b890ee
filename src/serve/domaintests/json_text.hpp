#pragma once

#include <boost/json/object.hpp>

#include <string_view>

namespace sealpost::domaintests {

// A member's text; empty when it is none. Of domaintests only.
[[nodiscard]] inline std::string_view text_of(const boost::json::object& object, std::string_view name)
{
    const auto* value = object.if_contains(name);
    return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

}  // namespace sealpost::domaintests
