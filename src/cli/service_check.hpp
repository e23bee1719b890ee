#pragma once

#include "core/config/node_config.hpp"
#include "core/config/problem.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>

namespace sealpost::cli {

// What `config check --service` tells.
struct ServiceCheck {
    boost::json::object facts;  // empty: it could not be asked; null in it: not known, since a step before was not well
    std::string text;           // the same as a line
    std::optional<config::Problem> problem;
    bool may_pass = false;  // the problem, by itself
};

// Asks the envelope service of this gateway, over the network; `config` names one.
[[nodiscard]] ServiceCheck check_service(const config::NodeConfig& config);

}  // namespace sealpost::cli
