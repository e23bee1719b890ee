#pragma once

#include "core/config/tree.hpp"

#include <boost/json/value.hpp>

#include <optional>

namespace sealpost::revisions {

// A value as written: texts, numbers, flags, and lists of them; null for what is none of these.
[[nodiscard]] boost::json::value to_json(const config::Value& value);
// Absent for a table, a fraction or a list in a list.
[[nodiscard]] std::optional<config::Value> parse_value(const boost::json::value& json);

}  // namespace sealpost::revisions
