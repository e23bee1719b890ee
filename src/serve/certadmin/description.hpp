#pragma once

#include <string_view>

namespace sealpost::certadmin {

// doc/spec/certificates-api.openapi.json, put here by the build (cmake/Embed.cmake).
extern const std::string_view certificates_description;

}  // namespace sealpost::certadmin
