#pragma once

#include "core/config/schema.hpp"
#include "core/policy/document.hpp"

#include <map>
#include <string>
#include <vector>

namespace sealpost::policy {

// Every table and key of the policy document.
[[nodiscard]] const std::vector<config::Section>& document_sections();
// The keys of a mail flow policy that inherit, in the order in which they are printed.
[[nodiscard]] const std::vector<config::Key>& parameter_keys();

using ParameterMap = std::map<std::string, config::Value>;
// The built-in defaults: what a policy inherits when neither it nor the listener says otherwise.
[[nodiscard]] const ParameterMap& parameter_defaults();
// From a complete map; `lists` are those that "list:NAME" stands for.
[[nodiscard]] Parameters make_parameters(const ParameterMap& values, const std::vector<AddressList>& lists);

}  // namespace sealpost::policy
