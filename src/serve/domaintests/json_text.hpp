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

// Of a host in a report: it was not tried, since there are more than a test looks at, and its verdict says nothing.
[[nodiscard]] inline bool is_left_out(const boost::json::object& host)
{
    const auto* left_out = host.if_contains("left_out");
    return left_out != nullptr && left_out->is_bool() && left_out->get_bool();
}

// Of a host in a report: false where a fault of our own kept us from asking it, or where it was left out. Reports of before say
// nothing of it.
[[nodiscard]] inline bool was_asked(const boost::json::object& host)
{
    const auto* asked = host.if_contains("asked");
    return asked == nullptr || !asked->is_bool() || asked->get_bool();
}

}  // namespace sealpost::domaintests
