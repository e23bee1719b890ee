#pragma once

#include "base/bytes.hpp"

#include <boost/json/object.hpp>

#include <string_view>

namespace sealpost::pages {

// What a page shows once of an authenticator app that waits for its first code: {"secret","uri"}, the latter as apps read it
// (doc/spec/strong-sign-in.md). `origin` is that of the pages, `owner` how the app calls whose codes they are, or empty.
[[nodiscard]] boost::json::object format_app_offer(std::string_view origin, std::string_view owner, ByteView secret);

}  // namespace sealpost::pages
