#include "sys/jsonread/jsonread.hpp"

namespace sealpost::jsonread {
namespace json = boost::json;

std::optional<json::object> parse_object(std::string_view text)
{
    boost::system::error_code error;
    auto value = json::parse({text.data(), text.size()}, error);
    if (error || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

std::string_view find_text(const json::object& object, std::string_view name)
{
    const auto* value = object.if_contains({name.data(), name.size()});
    return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

bool find_flag(const json::object& object, std::string_view name, bool otherwise)
{
    const auto* value = object.if_contains({name.data(), name.size()});
    return value && value->is_bool() ? value->get_bool() : otherwise;
}

}  // namespace sealpost::jsonread
