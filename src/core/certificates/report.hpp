#pragma once

#include "core/certificates/store.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace sealpost::certificates {

// As doc/spec/certificates-api.md says; no private key is in any of them. `language` is "en" or "fr".
[[nodiscard]] boost::json::object to_json(const crypto::Certificate& certificate);
[[nodiscard]] boost::json::array to_json(const std::vector<crypto::Certificate>& chain);
[[nodiscard]] boost::json::object to_json(const Finding& finding, std::string_view language);
[[nodiscard]] boost::json::object to_json(const Request& request);
[[nodiscard]] boost::json::object to_json(const Entry& entry, std::string_view language);  // "renewal" is null

}  // namespace sealpost::certificates
