#pragma once

#include "serve/demo/world.hpp"

#include <boost/json/object.hpp>

namespace sealpost::demo {

// What only the page's own actions know.
struct Deeds {
    bool sent = false;
    bool swapped = false;
    bool switched_on = false;
};

// The State of doc/spec/demo-api.md.
Task<Result<boost::json::object>> describe_state(World& world, Deeds deeds);
// The Summary of one message.
[[nodiscard]] boost::json::object describe_mail(const StoredMail& mail);

}  // namespace sealpost::demo
