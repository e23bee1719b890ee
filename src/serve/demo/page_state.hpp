#pragma once

#include "serve/demo/world.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <map>
#include <string>

namespace sealpost::demo {

// What only the page's own actions know.
struct Deeds {
    bool sent = false;
    bool swapped = false;
    bool switched_on = false;
};

// The State of doc/spec/demo-api.md.
Task<Result<boost::json::object>> describe_state(World& world, Deeds deeds);
// How each secure reply was carried, by its Message-ID: the `tls` object of its delivery.
using ReplyTls = std::map<std::string, boost::json::value>;
Task<Result<ReplyTls>> find_reply_tls(World& world);
// The Summary of one message.
[[nodiscard]] boost::json::object describe_mail(const StoredMail& mail, const ReplyTls& replies);

}  // namespace sealpost::demo
