#pragma once

#include "core/certificates/store.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace sealpost::certificates {

// As doc/spec/certificates-api.md says; no private key is in any of them.
[[nodiscard]] boost::json::object to_json(const crypto::Certificate& certificate);
[[nodiscard]] boost::json::array to_json(const std::vector<crypto::Certificate>& chain);
[[nodiscard]] boost::json::object to_json(const Finding& finding, Language language);
[[nodiscard]] boost::json::object to_json(const Request& request);
[[nodiscard]] boost::json::object to_json(const Entry& entry, Language language);  // "renewal" is null

}  // namespace sealpost::certificates
