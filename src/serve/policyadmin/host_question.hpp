#pragma once

#include "core/policy/snapshot.hpp"
#include "sys/http/fields.hpp"

namespace sealpost::policyadmin {

// The host that a question is about: "listener", "ip", "host"?, "host_state"?, "listed"?, "country"?,
// "reputation"? of the body. Complains into `fields`, which reads that body.
[[nodiscard]] policy::ConnectionFacts read_host(http::Fields& fields, const boost::json::object& body);
// Names of DNS lists, lower case; none where the field is absent.
[[nodiscard]] std::vector<std::string> read_zones(http::Fields& fields, std::string_view field);

}  // namespace sealpost::policyadmin
