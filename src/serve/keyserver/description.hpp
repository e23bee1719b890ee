#pragma once

#include <string_view>

namespace sealpost::keyserver {

// doc/spec/key-api.openapi.json, put here by the build (cmake/Embed.cmake).
extern const std::string_view service_description;

}  // namespace sealpost::keyserver
