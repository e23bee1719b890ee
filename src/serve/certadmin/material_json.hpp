#pragma once

#include "core/certificates/store.hpp"
#include "sys/http/fields.hpp"

namespace sealpost::certadmin {

inline constexpr std::uint64_t max_material_body_bytes = 512 * 1024;  // as JSON: line ends take two octets

struct MaterialOrder {
    certificates::Material material;
    bool even_though_it_does_not_verify = false;
};
[[nodiscard]] http::Checked<MaterialOrder> read_material(const boost::json::object& body);

[[nodiscard]] http::Checked<certificates::RequestOrder> read_request_order(const boost::json::object& body);

}  // namespace sealpost::certadmin
