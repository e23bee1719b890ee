#pragma once

#include "wire/spf/evaluator.hpp"

#include <boost/json/object.hpp>

namespace sealpost::spfadvice {

// doc/spec/spf.md: {"result","identity","domain","mechanism","explanation","problem","lookups","void_lookups","trace"}: what
// `spf check` and the portal answer; the trace only when there is one. Empty texts are null.
[[nodiscard]] boost::json::object to_json(const spf::Report& report);

}  // namespace sealpost::spfadvice
