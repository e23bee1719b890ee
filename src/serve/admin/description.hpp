#pragma once

#include <string_view>

namespace sealpost::admin {

// doc/spec/administrators-api.openapi.json, put here by the build (cmake/Embed.cmake).
extern const std::string_view administrators_description;

}  // namespace sealpost::admin
