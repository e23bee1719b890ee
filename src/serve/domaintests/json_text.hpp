#pragma once

#include "sys/jsonread/jsonread.hpp"

namespace sealpost::domaintests {

using jsonread::find_text;

// Of a host in a report: it was not tried, since there are more than a test looks at, and its verdict says nothing.
[[nodiscard]] inline bool is_left_out(const boost::json::object& host) { return jsonread::find_flag(host, "left_out", false); }

// Of a host in a report: false where a fault of our own kept us from asking it, or where it was left out. Reports of before say
// nothing of it.
[[nodiscard]] inline bool was_asked(const boost::json::object& host) { return jsonread::find_flag(host, "asked", true); }

}  // namespace sealpost::domaintests
