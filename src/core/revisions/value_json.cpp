#include "core/revisions/value_json.hpp"

#include <boost/json/array.hpp>

namespace sealpost::revisions {

namespace json = boost::json;
using config::Value;

json::value to_json(const Value& value)
{
    switch (value.kind) {
        case Value::Kind::text: return json::value(value.text);
        case Value::Kind::number: return json::value(value.number);
        case Value::Kind::flag: return json::value(value.flag);
        case Value::Kind::list: break;
        default: return json::value(nullptr);
    }
    json::array out;
    out.reserve(value.items.size());
    for (const auto& item : value.items) out.push_back(to_json(item));
    return out;
}

std::optional<Value> parse_value(const json::value& json)
{
    if (const auto* text = json.if_string()) return Value::of_text(std::string(*text));
    if (const auto* flag = json.if_bool()) return Value::of_flag(*flag);
    if (const auto* number = json.if_int64()) return Value::of_number(*number);
    const auto* items = json.if_array();
    if (items == nullptr) return std::nullopt;
    Value list;
    list.kind = Value::Kind::list;
    for (const auto& item : *items) {
        auto value = item.is_array() ? std::nullopt : parse_value(item);
        if (!value) return std::nullopt;
        list.items.push_back(std::move(*value));
    }
    return list;
}

}  // namespace sealpost::revisions
