#pragma once

#include "wire/spf/evaluator.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace sealpost::cli {

// doc/spec/spf.md: {"result","identity","domain","mechanism","explanation","problem","lookups",
// "void_lookups","trace"}; the trace only when there is one.
[[nodiscard]] boost::json::object to_json(const spf::Report& report);

// The verdict in a sentence, then the path that led to it as a tree.
[[nodiscard]] std::string format_tree(const spf::Report& report);

}  // namespace sealpost::cli
