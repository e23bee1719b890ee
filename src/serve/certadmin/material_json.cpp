#include "serve/certadmin/material_json.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "core/config/schema.hpp"

#include <algorithm>

namespace sealpost::certadmin {
namespace {

namespace json = boost::json;

constexpr std::size_t max_part_bytes = 64;  // RFC 5280, upper bounds of the parts of a name
constexpr std::size_t max_name_bytes = 253;
constexpr std::size_t max_names = 100;

bool is_host_name(std::string_view name)
{
    if (name.starts_with("*.")) name.remove_prefix(2);
    return config::is_domain(name);
}

}  // namespace

http::Checked<MaterialOrder> read_material(const json::object& body)
{
    http::Fields fields(body);
    MaterialOrder order;
    for (const char* name : {"certificate", "intermediates", "key"}) {
        Secret text = fields.secret_or_empty(name, crypto::max_material_bytes);
        if (!trim(text.reveal_text()).empty()) order.material.pieces.push_back(std::move(text));
    }
    const Secret base64 = fields.secret_or_empty("pkcs12", 2 * crypto::max_material_bytes);
    if (!base64.empty()) {
        auto bytes = parse_base64(base64.reveal_text());
        if (bytes.has_error()) fields.complain("pkcs12", "is not base64");
        if (bytes.has_value()) order.material.pieces.emplace_back(std::move(*bytes));
    }
    Secret password = fields.secret_or_empty("password", crypto::max_password_bytes);
    if (!password.empty()) order.material.password = std::move(password);
    order.even_though_it_does_not_verify = fields.flag_or("even_though_it_does_not_verify", false);
    if (auto checked = fields.check(); checked.has_error()) return checked.error();
    return order;
}

http::Checked<certificates::RequestOrder> read_request_order(const json::object& body)
{
    http::Fields fields(body);
    certificates::RequestOrder order;
    if (fields.has("subject")) {
        auto subject = fields.object("subject");
        order.subject.organization = subject.text_or("organization", max_part_bytes, "");
        order.subject.unit = subject.text_or("unit", max_part_bytes, "");
        order.subject.city = subject.text_or("city", max_part_bytes, "");
        order.subject.state = subject.text_or("state", max_part_bytes, "");
        order.subject.country = subject.text_or("country", 2, "");
        if (order.subject.country.size() == 1) subject.complain("country", "is not a code of two letters");
    }
    if (fields.has("names")) order.names = fields.texts("names", max_names, max_name_bytes);
    for (auto& name : order.names) {
        name = ascii_lower(name);
        if (!is_host_name(name)) fields.complain("names", "holds something that is no host name");
    }
    order.key_type = fields.text_or("key_type", 10, "");
    if (!order.key_type.empty() && order.key_type != "ecdsa" && order.key_type != "rsa")
        fields.complain("key_type", "is neither ecdsa nor rsa");
    if (auto checked = fields.check(); checked.has_error()) return checked.error();
    return order;
}

}  // namespace sealpost::certadmin
